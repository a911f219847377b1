"""Record of the sentiment chapter: search, five seeds on all data, learning curve, collapse; and the classifier.

python -m book.records.sentiment               about 45 minutes on two cores; resumes if interrupted
python -m book.records.sentiment --smallest    seconds: the same steps at toy sizes, into out/

Each core trains a model of its own: this small model gains little from a second one.
"""

import argparse
import functools
import json
import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import asdict

import numpy as np
import torch
from datasets import concatenate_datasets
from sklearn.linear_model import LogisticRegression
from tqdm.auto import tqdm

from utils.data import file_hash, load
from utils.models import MODELS
from utils.records import RECORDS, fresh_parts, input_hashes, rounded, write_record
from utils.runtime import set_seed, stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/04_fine_tuning_classification.ipynb"
SHOWN = ["Settings", "tokenise", "fine_tune", "probability_positive", "frozen_features"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["minilm"],
}
PARTS = ROOT / "out" / "records" / "sentiment"
FULL = {
    "rows": 100_000,  # of each split, or as many as there are
    "search": 2000,
    "curve": [500, 2000],
    "seeds": 5,
    "collapse": 500,
    "rates": {
        0: [3e-5, 1e-4, 3e-4],
        8: [3e-4, 1e-3, 3e-3],
    },  # by LoRA rank; 0 trains every weight
}
SMALLEST = {
    "rows": 16,
    "search": 8,
    "curve": [8],
    "seeds": 1,
    "collapse": 8,
    "rates": {0: [1e-4], 8: [1e-3]},
}
NOT_COMPARED = ["seconds"]


@functools.cache
def page():
    """The functions that the chapter shows, by name."""
    return definitions(ROOT / CHAPTER, SHOWN)


def train_one(
    path,
    data,
    seed,
    chosen,
    validation=None,
    test=None,
    single=False,
    neutral=None,
    adapter=None,
):
    """Train a model and write its results to `path`: on `validation` while it trains, or on `test` at the end.

    Single predictions are kept only where a page looks at them: for `test` if `single`, and for `neutral` if given.
    """
    with stopwatch() as seconds:
        trainer = page()["fine_tune"](data, validation, page()["Settings"](**chosen), seed)
    result = {
        "settings": chosen,
        "seed": seed,
        "n_train": len(data),
        "seconds": round(seconds(), 1),
    }
    if test is not None:
        p = page()["probability_positive"](trainer, test)
        result["test_accuracy"] = float(np.mean((p > 0.5) == np.array(test["label"][:])))
        result["fraction_positive"] = float(np.mean(p > 0.5))
    if single:
        result["test_probability"] = np.round(p, 4).tolist()
    if neutral is not None:
        p = page()["probability_positive"](trainer, neutral)
        result["neutral_probability"] = np.round(p, 4).tolist()
    kept = ("epoch", "loss", "eval_loss", "eval_accuracy")
    result["history"] = [
        {key: round(value, 5) for key, value in log.items() if key in kept}
        for log in trainer.state.log_history
        if "loss" in log or "eval_loss" in log
    ]
    if adapter:
        trainer.model.save_pretrained(adapter)
    path.write_text(json.dumps(result))


def train_all(pool, folder, runs, progress):
    """Results of training runs by their names, from their files where they were done before.

    `runs` holds, for each name, the arguments of :func:`train_one` after its path.
    """
    paths = {name: folder / f"{name}.json" for name in runs}
    waiting = [
        pool.submit(train_one, paths[name], **arguments) for name, arguments in runs.items() if not paths[name].exists()
    ]
    progress.update(len(runs) - len(waiting))
    for done in as_completed(waiting):
        done.result()
        progress.update()
    return [json.loads(path.read_text()) for path in paths.values()]


def main(smallest=False):
    settings = asdict(page()["Settings"]())
    sizes = SMALLEST if smallest else FULL
    rates = sizes["rates"]
    hashes = input_hashes(**INPUTS)
    parts = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)

    rows = {split: part.select(range(min(len(part), sizes["rows"]))) for split, part in load("movie_snippets").items()}
    train, validation, test, neutral = (page()["tokenise"](rows[s]) for s in ("train", "validation", "test", "neutral"))
    refit = concatenate_datasets([train, validation])
    part = train.shuffle(seed=0).select(range(sizes["search"]))
    seeds = range(sizes["seeds"])
    adapter = parts / "adapter"  # of seed 0: the one that is published

    cores = torch.get_num_threads()  # all, or the share that OMP_NUM_THREADS gives
    n_runs = sum(map(len, rates.values())) + sizes["seeds"] * (4 + len(sizes["curve"]))
    if cores > 1:
        spawn = multiprocessing.get_context("spawn")
        workers = ProcessPoolExecutor(cores, spawn, torch.set_num_threads, (1,))
    else:
        workers = ThreadPoolExecutor(1)  # another process would only import everything again
    with (
        workers as pool,
        tqdm(total=n_runs, desc="training runs") as progress,
    ):
        # 1. Choose the settings: train on a part of the training set, look at the validation set only.
        trials = {
            f"search_{rank}_{rate}": {
                "data": part,
                "seed": 0,
                "chosen": settings | {"lora_rank": rank, "learning_rate": rate},
                "validation": validation,
            }
            for rank, candidates in rates.items()
            for rate in candidates
        }
        search = train_all(pool, parts, trials, progress)
        best = {}
        for rank in rates:
            of_rank = [trial for trial in search if trial["settings"]["lora_rank"] == rank]
            winner = max(of_rank, key=lambda trial: trial["history"][-1]["eval_accuracy"])
            best[rank] = winner["settings"]

        # 2. Refit with them on training and validation rows, and test each seed once.
        # The published classifier trains alone, with PyTorch's own threads: so its file repeats to the byte.
        published = parts / "lora_0.json"
        if not published.exists():
            train_one(published, refit, 0, best[8], None, test, single=True, adapter=adapter)

        # 3. Fewer labels, the same settings; another sample for each seed.
        # 4. A learning rate that is a hundred times too high.
        too_high = best[0] | {"learning_rate": 100 * best[0]["learning_rate"], "n_epochs": 1}
        groups = {
            "full": {
                f"full_{s}": {
                    "data": refit,
                    "chosen": best[0],
                    "single": True,
                    "neutral": neutral,
                }
                for s in seeds
            },
            "lora": {f"lora_{s}": {"data": refit, "chosen": best[8], "single": s == 0} for s in seeds},
            "lora_part": {f"lora_part_{s}": {"data": part, "chosen": best[8], "single": s == 0} for s in seeds},
            "curve": {
                f"curve_{n}_{s}": {
                    "data": refit.shuffle(seed=s).select(range(n)),
                    "chosen": best[0],
                }
                for n in sizes["curve"]
                for s in seeds
            },
            "collapse": {
                f"collapse_{s}": {
                    "data": refit.shuffle(seed=s).select(range(sizes["collapse"])),
                    "chosen": too_high,
                }
                for s in seeds
            },
        }
        everything = {
            name: run | {"seed": int(name.rsplit("_", 1)[1]), "test": test}
            for group in groups.values()
            for name, run in group.items()
        }
        done = dict(zip(everything, train_all(pool, parts, everything, progress), strict=True))
    results = {"search": search} | {group: [done[name] for name in runs] for group, runs in groups.items()}

    # 5. Frozen features: no training but of the logistic regression on top.
    with stopwatch() as seconds:
        set_seed(0)
        features = {
            name: page()["frozen_features"](part)
            for name, part in (("train", train), ("validation", validation), ("test", test))
        }
        features["refit"] = np.concatenate([features["train"], features["validation"]])
        fitted = {}
        for regularisation in (0.1, 1.0, 10.0):
            head = LogisticRegression(C=regularisation, max_iter=2000).fit(features["train"], train["label"])
            fitted[regularisation] = head.score(features["validation"], validation["label"])
        chosen = max(fitted, key=fitted.get)
        head = LogisticRegression(C=chosen, max_iter=2000).fit(features["refit"], refit["label"])
        p = head.predict_proba(features["test"])[:, 1]
    results["frozen"] = {
        "C": chosen,
        "validation_accuracy": fitted[chosen],
        "test_probability": np.round(p, 4).tolist(),
        "test_accuracy": float(np.mean((p > 0.5) == np.array(test["label"][:]))),
        "seconds": round(seconds(), 1),
    }

    total = sum(trial["seconds"] for runs in groups for trial in results[runs])
    total += sum(trial["seconds"] for trial in search) + results["frozen"]["seconds"]
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("sentiment_smallest.json" if smallest else "sentiment.json"),
        name="sentiment",
        command="python -m book.records.sentiment" + " --smallest" * smallest,
        seeds=seeds,
        seconds=total,
        hashes=hashes,
        results=results,
    )
    if not smallest:
        _publish(adapter, results["lora"][0])
    print(f"{path}: {total / 60:.0f} minutes of training on one core")


def _publish(adapter, result):
    """Put the adapter of seed 0 into ``book/models`` with its card."""
    folder = MODELS / "sentiment"
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((adapter / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "minilm"  # a path of the machine that trained it would mean nothing elsewhere
    config = {key: value for key, value in config.items() if value is not None}  # older PEFT lacks some keys
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    shutil.copyfile(adapter / "adapter_model.safetensors", folder / "adapter_model.safetensors")
    card = {
        "title": "Sentiment of movie-review snippets: a LoRA adapter and head on MiniLM",
        "base": "minilm",
        "labels": ["negative", "positive"],
        "data": "movie_snippets",
        "licence": "Apache-2.0",
        "record": "sentiment",
        "test_accuracy": rounded(result["test_accuracy"]),  # as in the record
        "sha256": {name: file_hash(folder / name) for name in ("adapter_model.safetensors", "adapter_config.json")},
    }
    (MODELS / "sentiment.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
