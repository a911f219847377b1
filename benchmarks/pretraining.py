"""Training a small GPT: nanoGPT's recipe, the sprint and the marathon of the chapter, in turns.

python -m benchmarks.pretraining              about ten minutes on two cores: three seeds
python -m benchmarks.pretraining --seeds 1    a third of that

Each seed trains all three, the order changing. Only training is timed, not imports and scoring; all are scored on the
same windows, drawn from the whole held-out tenth of the text. nanoGPT's own program, run by us with these settings on
this split with two threads, took 60 ms a step and reached 2.36, 2.12, 1.98 and 1.93 nats after 500, 1,000, 1,500 and
2,000 steps.
"""

import argparse
from dataclasses import replace

import pandas as pd
import torch
from tqdm.auto import tqdm

from utils.runtime import stopwatch
from utils.sources import ROOT, definitions

CHAPTER = ROOT / "book/3_training/02_pre_training_a_gpt.ipynb"
NAMES = ["works", "coded", "Run", "scored", "NANOGPT", "SPRINT", "MARATHON", "N_CHARACTERS", "N_WINDOWS"]
STEPS = {"SPRINT": 300, "MARATHON": 1480}  # as in book/records/pretraining.py
MARKS = (500, 1000, 1500, 2000)  # of nanoGPT's recipe


def trained(page, recipe, train, held_out, starts, n_letters, seed):
    """Seconds of training, and the loss after each of MARKS and at the end."""
    run, seconds, losses = page["Run"](recipe, train, n_letters, seed), 0.0, {}
    for stop in (*(mark for mark in MARKS if mark < recipe.n_steps), recipe.n_steps):
        with stopwatch() as elapsed:
            run.go(stop - len(run.losses))
        seconds += elapsed()
        losses[stop] = float(page["scored"](run.model, held_out, starts).mean())
    return seconds, losses


def main(seeds=3):
    page = definitions(CHAPTER, NAMES)
    alphabet, ids = page["coded"](page["works"]()[: page["N_CHARACTERS"]])
    cut = int(0.9 * len(ids))
    train, held_out = ids[:cut], ids[cut:]
    starts = torch.randint(len(held_out) - 65, (page["N_WINDOWS"],), generator=torch.Generator().manual_seed(1))
    recipes = {name: replace(page[name], n_steps=STEPS[name]) for name in STEPS} | {"NANOGPT": page["NANOGPT"]}
    rows = []
    for seed in tqdm(range(seeds), desc="seeds"):
        for name in sorted(recipes, reverse=seed % 2 == 1):
            seconds, losses = trained(page, recipes[name], train, held_out, starts, len(alphabet), seed)
            n_steps = recipes[name].n_steps
            facts = {"recipe": name.lower(), "seed": seed, "ms a step": 1000 * seconds / n_steps, "seconds": seconds}
            rows.append(facts | {f"at {mark}": losses.get(mark) for mark in MARKS[:3]} | {"loss": losses[n_steps]})
    table = pd.DataFrame(rows)
    table["share of time"] = table["seconds"] / table["seed"].map(
        table[table["recipe"] == "nanogpt"].set_index("seed")["seconds"]
    )
    print(table.groupby("recipe").agg(["mean", "min", "max"]).drop(columns="seed").round(3).T.to_string())
    print(f"\n{torch.get_num_threads()} threads, PyTorch {torch.__version__}, {seeds} seeds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each recipe")
    main(**vars(parser.parse_args()))
