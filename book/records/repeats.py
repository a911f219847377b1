"""Record of the chapter on compute, energy and data: what reading a text again is worth.

python -m book.records.repeats               about half an hour on one core; resumes if interrupted
python -m book.records.repeats --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/07_compute_energy_data.ipynb"
SHOWN = ["LESSON", "TAKEN", "alphabet", "coded_works", "passages", "trained", "held_out_loss"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["shakespeare"], "models": []}
PARTS = ROOT / "out" / "records" / "repeats"
FULL = {"steps": 1000, "passes": [1, 2, 4, 8, 16, 32, 64], "windows": 400, "seeds": 5}
SMALLEST = {"steps": 12, "passes": [1, 2], "windows": 2, "seeds": 1}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3
STEP = 12 * 64  # characters that a step reads


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    # each number of passes at all steps; and one pass over the same text, at as many steps as that takes
    plan = [(passes, sizes["steps"]) for passes in [0, *sizes["passes"]]]
    plan += [(passes, sizes["steps"] // passes) for passes in sizes["passes"] if passes > 1]
    parts = Parts(folder, len(plan) * sizes["seeds"])
    reading, unseen = page["coded_works"](False), page["coded_works"](True)

    def run(passes, n_steps, seed):
        """The loss after so many steps; no number of passes stands for all the text there is."""
        text = page["passages"](reading, sizes["steps"] * STEP / passes, seed) if passes else reading
        with stopwatch() as seconds:
            model = page["trained"](text, n_steps, len(page["alphabet"]), seed)
        found = {"passes": passes, "steps": n_steps, "seed": seed, "characters": len(text), "seconds": seconds()}
        return found | {
            "loss": page["held_out_loss"](model, unseen, sizes["windows"]),
            "loss_reading": page["held_out_loss"](model, text, sizes["windows"]),
        }

    runs = [
        parts.kept(f"{passes} passes {n_steps} steps seed {seed}", lambda p=passes, n=n_steps, s=seed: run(p, n, s))
        for seed in range(sizes["seeds"])
        for passes, n_steps in plan
    ]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"repeats{'_smallest' * smallest}.json",
        name="repeats",
        command="python -m book.records.repeats" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=sum(run["seconds"] for run in runs),
        hashes=hashes,
        results={"steps": sizes["steps"], "runs": runs},
    )
    print(f"{path}: {sum(run['seconds'] for run in runs) / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
