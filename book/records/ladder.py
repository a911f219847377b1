"""Record of the chapter on training faster and larger: a ladder of small models, for scaling laws.

python -m book.records.ladder               about 10 minutes on one core; resumes if interrupted
python -m book.records.ladder --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import torch

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/09_training_faster_and_larger.ipynb"
SHOWN = ["LADDER", "three_counts", "ladder_ids", "climb"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["shakespeare"], "models": []}
PARTS = ROOT / "out" / "records" / "ladder"
FULL = {
    "works": None,  # all but those held out
    "rates": [0.003, 0.006, 0.012, 0.024, 0.048],
    "steps_to_choose": 100,
    "rungs": 6,
    "lengths": 5,
    "seeds": 2,
}
SMALLEST = FULL | {
    "works": 2,
    "rates": [0.006, 0.012],
    "steps_to_choose": 2,
    "rungs": 2,
    "lengths": 1,
    "seeds": 1,
}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


def main(smallest=False):
    torch.set_num_threads(1)
    page = definitions(ROOT / CHAPTER, SHOWN)
    sizes = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    ids = page["ladder_ids"](sizes["works"])
    widths, lengths = page["LADDER"]["widths"][: sizes["rungs"]], page["LADDER"]["steps"][: sizes["lengths"]]
    seeds = range(sizes["seeds"])
    n_runs = len(widths) * (len(sizes["rates"]) + len(lengths) * len(seeds))
    parts = Parts(folder, n_runs)

    def once(d_model, steps, rate, seed, judged="test"):
        about = {"d_model": d_model, "steps": steps, "rate": rate, "seed": seed}
        name = f"{judged} {d_model} {steps} {rate} {seed}"
        return about | {"loss": parts.kept(name, lambda: page["climb"](d_model, steps, rate, seed, ids, judged))}

    search = {
        width: [once(width, sizes["steps_to_choose"], rate, 100, "choose") for rate in sizes["rates"]]
        for width in widths
    }
    rates = {width: min(tried, key=lambda run: run["loss"])["rate"] for width, tried in search.items()}
    runs = [once(width, steps, rates[width], seed) for seed in seeds for width in widths for steps in lengths]
    results = {
        "search": {str(width): tried for width, tried in search.items()},
        "runs": runs,
        "tokens": {part: len(each) for part, each in ids.items()},
    }
    where = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        where / ("ladder_smallest.json" if smallest else "ladder.json"),
        name="ladder",
        command="python -m book.records.ladder" + " --smallest" * smallest,
        seeds=seeds,
        seconds=parts.seconds(),
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of training on one core")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
