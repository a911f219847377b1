"""Record of the chapter on faster and better: what six ways to learn reach in one, four, fifteen and sixty seconds.

python -m book.records.race               about half an hour on one core; resumes if interrupted
python -m book.records.race --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import numpy as np
import torch

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/7_questions/03_faster_and_better.ipynb"
SHOWN = ["RACE", "TUNED", "rows_of", "scores", "costs", "afforded"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["movie_snippets"], "models": ["minilm"]}
PARTS = ROOT / "out" / "records" / "race"
FULL = {}
SMALLEST = {
    "budgets": [1.2],
    "seeds": 1,
    "rates": [1e-4],
    "penalties": [1],
    "weights": [1],
    "practised": 1.2,
    "least": 8,
    "validation": 8,
    "test": 8,
}
TOLERANCE = 1e-3
PRACTICE = 9  # the seed of the runs that choose settings
SMALL_COST = 0.05  # seconds a text that the smallest run assumes, so that it is short on every machine


def main(smallest=False):
    torch.set_num_threads(1)
    page = definitions(ROOT / CHAPTER, SHOWN)
    sizes = page["RACE"]
    sizes.update(SMALLEST if smallest else FULL)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    contenders = ["words", "states", "states and words", *page["TUNED"]]
    parts = Parts(folder)
    slow = dict.fromkeys(contenders, SMALL_COST) | {"words": 1e-4}
    cost = slow if smallest else parts.kept("costs", page["costs"])
    rows = {split: page["rows_of"](split, sizes[split], seed=PRACTICE) for split in ("validation", "test")}

    def right(contender, seconds, settings, seed, split):
        texts, labels = rows[split]
        n = page["afforded"](contender, seconds, cost)
        said = page["scores"](contender, n, settings, seed, texts) > 0
        return {"learnt": n, "right": "".join(str(int(found)) for found in said == (labels == 1))}

    settings, practice = {"words": 1, "states": 1, "weight": 1}, []

    def choose(name, contender, values):
        """Set the setting that is right most often on the validation texts."""
        for value in values:
            found = parts.kept(
                f"practice {contender} {value}",
                lambda value=value: right(
                    contender, sizes["practised"], settings | {name: value}, PRACTICE, "validation"
                ),
            )
            share = np.mean([letter == "1" for letter in found["right"]])
            practice.append({"contender": contender, "value": value, "right": float(share)})
        tried = [run for run in practice if run["contender"] == contender]
        settings[name] = max(tried, key=lambda run: run["right"])["value"]

    choose("words", "words", sizes["penalties"])
    choose("states", "states", sizes["penalties"])
    choose("weight", "states and words", sizes["weights"])
    for way in page["TUNED"]:
        choose(way, way, sizes["rates"])
    runs = [
        {"contender": contender, "seconds": seconds, "seed": seed}
        | parts.kept(
            f"{contender} {seconds} s seed {seed}",
            lambda c=contender, s=seconds, seed=seed: right(c, s, settings, seed, "test"),
        )
        for seed in range(sizes["seeds"])
        for seconds in sizes["budgets"]
        for contender in contenders
        if page["afforded"](contender, seconds, cost) >= page["RACE"]["least"]
    ]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"race{'_smallest' * smallest}.json",
        name="race",
        command="python -m book.records.race" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=parts.seconds(),
        hashes=hashes,
        results={"costs": cost, "practice": practice, "chosen": settings, "runs": runs},
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of computation on one core")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
