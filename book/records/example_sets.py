"""Which rows each set of examples gets right, for *An application framework, built*: the luck of choosing the best.

python -m book.records.example_sets [--smallest]
"""

import argparse

import numpy as np

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/5_deployment/01_an_application_framework.ipynb"
SHOWN = ["judge_pipeline", "solved", "example_sets", "hits_of", "short_rows", "LABELS"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "example_sets"
FULL = {"pool": 100, "sets": 32, "examples": 4, "rows": 350, "seed": 0}
SMALLEST = {"pool": 10, "sets": 1, "examples": 2, "rows": 4, "seed": 0}


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes)
    parts = Parts(folder, total=sizes["sets"] + 2)
    rows = page["short_rows"]("train")  # the test rows are not touched
    first, rows = rows[: sizes["pool"]], rows[sizes["pool"] : sizes["pool"] + sizes["rows"]]

    def bits(examples):
        """A letter for each row: 1 where the answer is right."""
        return "".join(map(str, page["hits_of"](examples, rows).astype(int)))

    pool = parts.kept("pool", lambda: page["solved"](page["judge_pipeline"](), first))
    sets = page["example_sets"](pool, sizes["sets"], sizes["examples"], sizes["seed"])
    without = parts.kept("none", lambda: bits([]))
    hits = [parts.kept(f"set {i}", lambda examples=examples: bits(examples)) for i, examples in enumerate(sets)]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"example_sets{'_smallest' * smallest}.json",
        name="example_sets",
        command="python -m book.records.example_sets" + " --smallest" * smallest,
        seeds=[sizes["seed"]],
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results={
            "sizes": sizes,
            "pool_labels": [int(page["LABELS"].index(f" {example['label']}")) for example in pool],
            "truth": [row["label"] for row in rows],
            "without": without,
            "hits": hits,
        },
    )
    share = np.mean([[letter == "1" for letter in line] for line in hits])
    print(f"{path}: {parts.seconds():.0f} seconds of processor time, {share:.3f} right on average")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
