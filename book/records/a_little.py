"""Record of the chapter on fine-tuning a little: rates, ranks, batches, then seven methods with five seeds.

python -m book.records.a_little               about a quarter of an hour on one core; resumes if interrupted
python -m book.records.a_little --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import functools

import numpy as np
import torch
import torch.nn.functional as F

from utils.checkpoints import load_transformer
from utils.data import load
from utils.models import load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device, set_seed, stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/06_fine_tuning_a_little_of_it.ipynb"
SHOWN = [
    "UpperLayers",
    "prepare",
    "short_rows",
    "lower_states",
    "train",
    "logits_of",
    "partners",
    "drift",
    "MAX_TOKENS",
    "N_UPPER",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets", "help_in_four_languages"],
    "models": ["minilm"],
}
PARTS = ROOT / "out" / "records" / "a_little"
FULL = {
    "train": 1024,  # snippets of each seed's own sample
    "pool": 10_000,  # that these are drawn from: all that validation leaves
    "validation": 1000,
    "test": 10_000,  # or as many as there are
    "general": 256,
    "epochs": 3,
    "seeds": 5,
    "head_rates": [0.003, 0.01, 0.03, 0.1],
    "sizes": {"prefix": 16, "adapters": 29, "LoRA": 7, "LoRA, attention": 17},
    "rates": {
        "BitFit": [3e-3, 1e-2, 3e-2, 1e-1],
        "prefix": [1e-2, 3e-2, 1e-1, 3e-1],
        "adapters": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
        "LoRA": [3e-4, 1e-3, 3e-3, 1e-2],
        "LoRA, attention": [3e-4, 1e-3, 3e-3, 1e-2],
        "full": [3e-5, 1e-4, 3e-4, 1e-3],
    },
    "ranks": {1: [3e-4, 1e-3, 3e-3, 1e-2], 49: [3e-4, 1e-3, 3e-3, 1e-2]},
    "large_batch": 64,
    "large_rates": {"LoRA": [1e-3, 3e-3, 1e-2, 3e-2], "full": [1e-4, 3e-4, 1e-3, 3e-3]},
}
SMALLEST = FULL | {
    "train": 8,
    "pool": 64,
    "validation": 8,
    "test": 8,
    "general": 4,
    "epochs": 1,
    "seeds": 2,
    "head_rates": [0.01],
    "rates": {"BitFit": [1e-3], "prefix": [1e-2], "adapters": [1e-3], "LoRA": [1e-3], "full": [1e-4]},
    "ranks": {1: [1e-3]},
    "large_batch": 8,
    "large_rates": {"full": [1e-4]},
}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


@functools.cache
def page():
    """The functions that the chapter shows, by name."""
    return definitions(ROOT / CHAPTER, SHOWN)


class Bench:
    """Data as it enters the upper layers, and training runs kept on disk by their names."""

    def __init__(self, sizes, parts):
        self.sizes, self.parts = sizes, parts
        encoder = load_transformer("minilm").to(device())
        self.blocks = encoder.blocks[-page()["N_UPPER"] :]
        self.states = functools.partial(page()["lower_states"], encoder)
        texts, y = page()["short_rows"]("train")
        more, y_more = page()["short_rows"]("validation")
        tested, y_tested = page()["short_rows"]("test")
        order = np.random.default_rng(0).permutation(len(texts))  # the rows are sorted by label
        texts, y = [texts[i] for i in order], y[order]
        n_borrowed = max(0, sizes["validation"] - len(more))  # training rows that are never trained on
        pool = range(n_borrowed, len(texts))[: sizes["pool"]]
        self.pool = (*self.states([texts[i] for i in pool]), y[pool])
        chosen = (texts[:n_borrowed] + more)[: sizes["validation"]]
        self.validation = (*self.states(chosen), torch.cat([y[:n_borrowed], y_more])[: sizes["validation"]])
        self.test = (*self.states(tested[: sizes["test"]]), y_tested[: sizes["test"]])
        tokenizer, general = load_tokenizer("minilm"), load("help_in_four_languages")["test"]["en"][:]
        general = [text for text in general if 6 <= len(tokenizer(text)["input_ids"]) <= page()["MAX_TOKENS"]]
        self.general = self.states(general[: sizes["general"]])
        self.before = page()["partners"](page()["UpperLayers"](self.blocks), *self.general)

    def model(self, method, seed, size=None):
        """A fresh model; its added parameters are drawn from the seed."""
        set_seed(seed)
        size = self.sizes["sizes"].get(method, 0) if size is None else size
        return page()["prepare"](page()["UpperLayers"](self.blocks), method, size)

    def run(self, name, **options):
        """Results of a training run: from its file if it was done before."""
        return self.parts.kept(name, functools.partial(self.trained, **options))

    def trained(self, *, method, rate, seed, size=None, test=False, **options):
        """Results of a training run."""
        model = self.model(method, seed, size)
        order = torch.randperm(len(self.pool[0]), generator=torch.Generator().manual_seed(1000 + seed))
        h, real, y = (tensor[order[: self.sizes["train"]]] for tensor in self.pool)
        with stopwatch() as seconds:
            page()["train"](model, h, real, y, rate, seed, n_epochs=self.sizes["epochs"], **options)
        trained = seconds()
        model.eval()
        result = {"method": method, "rate": rate, "seed": seed, "size": size, **options}
        result |= {"train_seconds": trained, "drift": page()["drift"](self.before, self.partners(model))}
        result["train_loss"] = F.cross_entropy(page()["logits_of"](model, h, real), y).item()
        asked = {"validation": self.validation} | ({"test": self.test} if test else {})
        for part, rows in asked.items():
            z = page()["logits_of"](model, *rows[:2])
            result[f"{part}_loss"] = F.cross_entropy(z, rows[2]).item()
            right = z.argmax(1) == rows[2]
            result[f"{part}_right"] = "".join(str(int(x)) for x in right)
            result[f"{part}_accuracy"] = right.float().mean().item()
        return result

    def partners(self, model):
        return page()["partners"](model, *self.general)


def best_of(runs):
    """The run that was right most often on the validation rows; of equals the one with the smaller loss."""
    return max(runs, key=lambda run: (run["validation_accuracy"], -run["validation_loss"]))


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    plan = [(m, None, 16, rate) for m, rates in sizes["rates"].items() for rate in rates]
    plan += [("LoRA", rank, 16, rate) for rank, rates in sizes["ranks"].items() for rate in rates]
    large = sizes["large_batch"]
    plan += [(m, None, large, rate) for m, rates in sizes["large_rates"].items() for rate in rates]
    n_runs = len(sizes["head_rates"]) + len(plan) + sizes["seeds"] * (1 + 2 * len(sizes["rates"]))  # at most
    parts = Parts(fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes), n_runs)
    with stopwatch() as seconds:
        bench = Bench(sizes, parts)
        # 1. Rates, by the validation rows: the head's alone first, then each method's
        heads = [
            bench.run(f"head_{rate}", method="head only", rate=0.0, seed=0, head_rate=rate)
            for rate in sizes["head_rates"]
        ]
        head_rate = best_of(heads)["head_rate"]
        grid = [
            bench.run(
                f"grid_{method}_{size}_{batch}_{rate}",
                method=method,
                size=size,
                rate=rate,
                seed=0,
                head_rate=head_rate,
                batch_size=batch,
            )
            for method, size, batch, rate in plan
        ]
        # 2. Each method at its best rate: new samples, new seeds, and the test rows
        plain = [run for run in grid if run["size"] is None and run["batch_size"] == 16]
        chosen = {"head only": 0.0} | {
            method: best_of([run for run in plain if run["method"] == method])["rate"] for method in sizes["rates"]
        }
        lowest = {
            method: min((run for run in plain if run["method"] == method), key=lambda run: run["train_loss"])["rate"]
            for method in sizes["rates"]
        }

        def with_seeds(rates):
            return [
                bench.run(
                    f"final_{method}_{rate}_{seed}", method=method, rate=rate, seed=seed, head_rate=head_rate, test=True
                )
                for seed in range(1, 1 + sizes["seeds"])
                for method, rate in rates.items()
            ]

        final = with_seeds(chosen)
        # 3. The rates of the lowest training loss, where they are others: what the choice by validation costs
        at_lowest = with_seeds({method: rate for method, rate in lowest.items() if rate != chosen[method]})
    for run in heads + final + at_lowest:
        del run["validation_right"]
    results = {
        "rows": {name: len(getattr(bench, name)[0]) for name in ("pool", "validation", "test", "general")},
        "head_rate": head_rate,
        "chosen": chosen,
        "heads": heads,
        "grid": grid,
        "final": final,
        "lowest": lowest,
        "at_lowest": at_lowest,
        "test_positive": float(np.mean(bench.test[2].numpy())),
    }
    for run in heads + grid + final + at_lowest:
        run["seconds"] = run.pop("train_seconds")
    total = sum(run["seconds"] for run in heads + grid + final + at_lowest)
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("a_little_smallest.json" if smallest else "a_little.json"),
        name="a_little",
        command="python -m book.records.a_little" + " --smallest" * smallest,
        seeds=range(1 + sizes["seeds"]),
        seconds=total,
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {total / 60:.0f} minutes of training, {seconds():.0f} seconds in all")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
