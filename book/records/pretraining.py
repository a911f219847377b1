"""Record of the chapter on pre-training a GPT: the race, what each trick is worth, and the weights that are kept.

python -m book.records.pretraining               about an hour on one core; resumes if interrupted
python -m book.records.pretraining --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import json
import shutil
import time
from dataclasses import replace

import numpy as np
import torch
from safetensors.torch import save_file

from utils.data import file_hash, load
from utils.models import MODELS
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/02_pre_training_a_gpt.ipynb"
SHOWN = [
    "works",
    "coded",
    "Run",
    "scored",
    "choice_and_score",
    "counted",
    "save",
    "resumed",
    "written",
    "NANOGPT",
    "SPRINT",
    "MARATHON",
    "KEPT",
    "TRICKS",
    "HELD_OUT_PLAYS",
    "N_CHARACTERS",
]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["shakespeare"], "models": []}
PARTS = ROOT / "out" / "records" / "pretraining"
FULL = {
    "windows": 400,
    "points": 10,  # of a curve
    "race_seeds": 3,
    "base_seeds": 8,
    "trick_seeds": 4,
    "steps": {"nanogpt": 2000, "sprint": 300, "marathon": 1480, "quarter": 370, "kept": 6000},
    "adamw_rates": [1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2],
    "muon_rates": [0.0075, 0.015, 0.03, 0.06, 0.12],
    "choice_seeds": 2,
    "probe_steps": 30,
    "equal_time": True,  # else equal steps: those of equal time follow from measured times
    "sample_at": [0, 30, 100, 300, 1000, 6000],
    "sample_length": 240,
}
SMALLEST = FULL | {
    "windows": 4,
    "points": 1,
    "race_seeds": 1,
    "base_seeds": 1,
    "trick_seeds": 1,
    "steps": {"nanogpt": 2, "sprint": 2, "marathon": 2, "quarter": 2, "kept": 2},
    "adamw_rates": [1e-3],
    "muon_rates": [0.03],
    "choice_seeds": 1,
    "probe_steps": 1,
    "equal_time": False,
    "sample_at": [0, 2],
    "sample_length": 8,
}
NOT_COMPARED = ["seconds", "ms"]


class Work(Parts):
    """The page's functions and the text."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.page = plan, definitions(ROOT / CHAPTER, SHOWN)
        text = self.page["works"]()[: self.page["N_CHARACTERS"]]
        self.alphabet, ids = self.page["coded"](text)
        cut = int(0.9 * len(ids))
        self.train, self.held_out = ids[:cut], ids[cut:]
        self.for_choice, self.for_score = self.page["choice_and_score"](len(self.held_out), plan["windows"])

    def steps_for(self, n_steps, ms, own_ms):
        """Steps of `own_ms` each that take as long as `n_steps` of `ms`."""
        return round(n_steps * ms / own_ms) if self.plan["equal_time"] else n_steps

    def run(self, recipe, seed, points=1, starts=None):
        """One run: held-out loss along the way, with the processor seconds of training alone."""
        run, seconds, curve = self.page["Run"](recipe, self.train, len(self.alphabet), seed), 0.0, []
        starts = self.for_score if starts is None else starts
        for stop in np.linspace(0, recipe.n_steps, points + 1).round().astype(int)[1:]:
            start = time.process_time()
            run.go(int(stop) - len(run.losses))
            seconds += time.process_time() - start
            loss = float(self.page["scored"](run.model, self.held_out, starts).mean())
            curve.append({"step": int(stop), "seconds": round(seconds, 2), "loss": loss})
        n_weights = sum(weight.numel() for weight in run.model.parameters())
        about = {"seed": seed, "n_steps": recipe.n_steps, "parameters": n_weights}
        return (
            about | {"seconds": round(seconds, 2), "loss": curve[-1]["loss"]} | ({"curve": curve} if points > 1 else {})
        )


def milliseconds(work, recipes):
    """Median processor time of a step of each recipe, taken in turns so that all meet the same machine."""
    runs = {name: work.page["Run"](recipe, work.train, len(work.alphabet), 0) for name, recipe in recipes.items()}
    found = {name: [] for name in runs}
    for _ in range(work.plan["probe_steps"]):
        for name, run in runs.items():
            start = time.process_time()
            run.step()
            found[name].append(1000 * (time.process_time() - start))
    return {name: float(np.median(times)) for name, times in found.items()}


def race(work):
    """nanoGPT's recipe, the same with first weights by the width, and the marathon, in turns."""
    plan, page = work.plan, work.page
    entrants = {name: replace(page[name.upper()], n_steps=plan["steps"][name]) for name in ("nanogpt", "marathon")}
    entrants["larger start"] = replace(entrants["nanogpt"], std=0.0)
    sprint = replace(page["SPRINT"], n_steps=plan["steps"]["sprint"])
    ms = work.kept("milliseconds of the race", lambda: milliseconds(work, entrants | {"sprint": sprint}))
    found = [
        {"recipe": name, "ms": ms[name]}
        | work.kept(f"race {name} {seed}", lambda: work.run(recipe, seed, plan["points"]))  # noqa: B023
        for seed in range(plan["race_seeds"])
        for name, recipe in entrants.items()
    ]
    return {"runs": found, "ms": ms}


def tricks(work):
    """The sprint over many seeds, and with each trick left out or put in, for the same seconds."""
    plan = work.plan
    base = replace(work.page["SPRINT"], n_steps=plan["steps"]["sprint"])
    variants = {"sprint": base} | {name: replace(base, **change) for name, change in work.page["TRICKS"].items()}
    ms = work.kept("milliseconds", lambda: milliseconds(work, variants))
    found = []
    for name, recipe in variants.items():
        n_steps = work.steps_for(base.n_steps, ms["sprint"], ms[name])
        equal_time = replace(recipe, n_steps=n_steps)
        for seed in range(plan["base_seeds"] if name == "sprint" else plan["trick_seeds"]):
            result = work.kept(f"trick {name} {seed}", lambda: work.run(equal_time, seed))  # noqa: B023
            found.append({"recipe": name, "ms": ms[name]} | result)
    return found


def optimisers(work):
    """AdamW and Muon on the marathon's model: five rates each, then the best of each over seeds, for equal seconds."""
    plan = work.plan
    base = replace(work.page["MARATHON"], n_steps=plan["steps"]["quarter"])
    ways = {"AdamW": [replace(base, muon_rate=0.0, rate=rate) for rate in plan["adamw_rates"]]}
    ways["Muon"] = [replace(base, muon_rate=rate) for rate in plan["muon_rates"]]
    ms = work.kept(
        "milliseconds of optimisers", lambda: milliseconds(work, {name: way[0] for name, way in ways.items()})
    )
    found = []
    for name, recipes in ways.items():
        n_steps = work.steps_for(base.n_steps, ms["Muon"], ms[name])
        rows = []
        for recipe in recipes:
            recipe = replace(recipe, n_steps=n_steps)
            rate = recipe.muon_rate or recipe.rate
            for seed in range(100, 100 + plan["choice_seeds"]):
                run = work.kept(f"rate {name} {rate} {seed}", lambda: work.run(recipe, seed, starts=work.for_choice))  # noqa: B023
                rows.append({"optimiser": name, "rate": rate, "part": "choice", "ms": ms[name]} | run)
        means = np.reshape([row["loss"] for row in rows], (len(recipes), plan["choice_seeds"])).mean(1)
        best = int(np.argmin(means))
        chosen = replace(recipes[best], n_steps=n_steps)
        for seed in range(1, 1 + plan["trick_seeds"]):
            run = work.kept(f"best {name} {seed}", lambda: work.run(chosen, seed))  # noqa: B023
            rows.append(
                {"optimiser": name, "rate": chosen.muon_rate or chosen.rate, "part": "score", "ms": ms[name]} | run
            )
        found += rows
    return found


def weights(work, folder):
    """The GPT whose weights are kept: its held-out loss and its samples on the way; goes on from its checkpoint."""
    page, plan, path = work.page, work.plan, folder / "kept.safetensors"
    recipe = replace(page["KEPT"], n_steps=plan["steps"]["kept"])
    rows = load("shakespeare").to_list()
    alphabet = sorted(set("".join(row["text"] for row in rows)))
    number = {character: i for i, character in enumerate(alphabet)}
    seen, unseen = (
        torch.tensor(
            [number[c] for row in rows if (row["work"] in page["HELD_OUT_PLAYS"]) == held for c in row["text"]]
        )
        for held in (False, True)
    )
    rng = torch.Generator().manual_seed(99)
    starts = torch.randint(len(unseen) - recipe.context_length - 1, (plan["windows"],), generator=rng)
    run = page["resumed"](path, recipe, seen, len(alphabet), 0)
    noted = folder / "kept.json"
    notes = json.loads(noted.read_text()) if noted.exists() else {"seconds": 0.0, "curve": [], "samples": []}
    while True:
        step = len(run.losses)
        if step in plan["sample_at"] and step not in [row["step"] for row in notes["curve"]]:
            loss = float(page["scored"](run.model, unseen, starts, recipe.context_length).mean())
            ids = page["written"](run.model, [number["\n"]], plan["sample_length"], 0)
            notes["curve"].append({"step": step, "loss": loss})
            notes["samples"].append({"step": step, "text": "".join(alphabet[i] for i in ids)})
        if step == recipe.n_steps:
            break
        start = time.process_time()
        run.go(min(plan["sample_at"][[at > step for at in plan["sample_at"]].index(True)] - step, 100))
        notes["seconds"] += time.process_time() - start
        page["save"](run, path)
        noted.write_text(json.dumps(notes))
    half = {name: weight.half().contiguous() for name, weight in run.model.state_dict().items()}
    save_file(half, folder / "model.safetensors", {"alphabet": "".join(alphabet)})
    run.model.load_state_dict({name: weight.float() for name, weight in half.items()})
    by_window = page["scored"](run.model, unseen, starts, recipe.context_length)
    return notes | {
        "n_steps": recipe.n_steps,
        "parameters": sum(weight.numel() for weight in run.model.parameters()),
        "characters": len(seen),
        "loss": notes["curve"][-1]["loss"],
        "loss_in_16_bits": float(by_window.mean()),
        "sha256": file_hash(folder / "model.safetensors"),
    }


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan)
    work = Work(plan, folder)
    results = {
        "plan": plan,
        "tricks": tricks(work),
        "race": race(work),
        "optimisers": optimisers(work),
        "weights": work.kept("weights", lambda: weights(work, folder)),
    }
    work.progress.close()
    where = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        where / ("pretraining_smallest.json" if smallest else "pretraining.json"),
        name="pretraining",
        command="python -m book.records.pretraining" + " --smallest" * smallest,
        seeds=range(plan["base_seeds"]),
        seconds=work.seconds(),
        hashes=hashes,
        results=results,
    )
    if not smallest:
        target = MODELS / "gpt"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "model.safetensors", target / "model.safetensors")
    print(f"{path}: {work.seconds() / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(parser.parse_args().smallest)
