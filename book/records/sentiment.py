"""Record of the sentiment chapter: search, five seeds on all data, learning curve, collapse; and the classifier.

python -m book.records.sentiment               about 65 minutes on two cores; resumes if interrupted
python -m book.records.sentiment --smallest    a minute: the same steps at toy sizes, into out/
"""

import argparse
import json
import shutil
from dataclasses import asdict, replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm.auto import tqdm

from utils.data import file_hash, load
from utils.models import MODELS
from utils.records import RECORDS, input_hashes, write_record
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


def main(smallest=False):
    page = definitions(ROOT / CHAPTER, SHOWN)
    settings, fine_tune, probability_positive = (
        page["Settings"](),
        page["fine_tune"],
        page["probability_positive"],
    )
    sizes = {"search": 2000, "curve": [500, 2000], "seeds": 5, "collapse": 500}
    rates = {
        0: [3e-5, 1e-4, 3e-4],
        8: [3e-4, 1e-3, 3e-3],
    }  # by LoRA rank; 0 trains every weight
    if smallest:
        sizes = {"search": 32, "curve": [32], "seeds": 2, "collapse": 32}
        rates = {0: [1e-4], 8: [1e-3]}
    parts = PARTS / ("smallest" if smallest else "full")
    hashes = input_hashes(**INPUTS)
    _forget_parts_of_other_inputs(parts, hashes)

    rows = load("movie_snippets")
    if smallest:
        rows = {split: part.select(range(64)) for split, part in rows.items()}
    train, validation, test, neutral = (
        page["tokenise"](rows[s]) for s in ("train", "validation", "test", "neutral")
    )
    test_labels = np.array(test["label"][:])
    refit = page["tokenise"](_joined(rows["train"], rows["validation"]))

    def run(name, data, seed, chosen, evaluate_on=None, adapter=None):
        """Results of one training run, from its file if it was done before."""
        path = parts / f"{name}.json"
        if not path.exists():
            with stopwatch() as seconds:
                trainer = fine_tune(data, evaluate_on, chosen, seed)
            result = {
                "settings": asdict(chosen),
                "seed": seed,
                "n_train": len(data),
                "seconds": round(seconds(), 1),
            }
            if evaluate_on is None:
                p = probability_positive(trainer, test)
                result["test_accuracy"] = float(np.mean((p > 0.5) == test_labels))
                result["test_probability"] = np.round(p, 4).tolist()
                result["neutral_probability"] = np.round(
                    probability_positive(trainer, neutral), 4
                ).tolist()
            result["history"] = [
                {
                    k: round(v, 5)
                    for k, v in log.items()
                    if k in ("epoch", "loss", "eval_loss", "eval_accuracy")
                }
                for log in trainer.state.log_history
                if "loss" in log or "eval_loss" in log
            ]
            if adapter:
                trainer.model.save_pretrained(adapter)
            path.write_text(json.dumps(result))
        progress.update()
        return json.loads(path.read_text())

    n_runs = sum(map(len, rates.values())) + sizes["seeds"] * (4 + len(sizes["curve"]))
    with tqdm(total=n_runs, desc="training runs") as progress:
        # 1. Choose the settings: train on a part of the training set, look at the validation set only.
        part = train.shuffle(seed=0).select(range(sizes["search"]))
        search, best = [], {}
        for rank, candidates in rates.items():
            trials = [
                run(
                    f"search_{rank}_{rate}",
                    part,
                    0,
                    replace(settings, lora_rank=rank, learning_rate=rate),
                    validation,
                )
                for rate in candidates
            ]
            search += trials
            winner = max(trials, key=lambda trial: trial["history"][-1]["eval_accuracy"])
            best[rank] = replace(
                settings, lora_rank=rank, learning_rate=winner["settings"]["learning_rate"]
            )

        # 2. Refit with them on training and validation rows, and test each seed once.
        seeds = range(sizes["seeds"])
        adapter = parts / "adapter"  # of seed 0: the one that is published
        lora = [
            run(f"lora_{s}", refit, s, best[8], adapter=None if s else adapter) for s in seeds
        ]
        lora_part = [run(f"lora_part_{s}", part, s, best[8]) for s in seeds]
        full = [run(f"full_{s}", refit, s, best[0]) for s in seeds]

        # 3. Fewer labels, the same settings; another sample for each seed.
        curve = [
            run(f"curve_{n}_{s}", refit.shuffle(seed=s).select(range(n)), s, best[0])
            for n in sizes["curve"]
            for s in seeds
        ]
        # 4. A learning rate that is a hundred times too high.
        too_high = replace(best[0], learning_rate=100 * best[0].learning_rate, n_epochs=1)
        collapse = [
            run(
                f"collapse_{s}",
                refit.shuffle(seed=s).select(range(sizes["collapse"])),
                s,
                too_high,
            )
            for s in seeds
        ]

    with (
        stopwatch() as seconds
    ):  # frozen features: no training but of the logistic regression on top
        set_seed(0)
        features = {
            name: page["frozen_features"](part)
            for name, part in (
                ("train", train),
                ("validation", validation),
                ("refit", refit),
                ("test", test),
            )
        }
        fitted = {}
        for regularisation in (0.1, 1.0, 10.0):
            head = LogisticRegression(C=regularisation, max_iter=2000).fit(
                features["train"], train["label"]
            )
            fitted[regularisation] = head.score(features["validation"], validation["label"])
        chosen = max(fitted, key=fitted.get)
        head = LogisticRegression(C=chosen, max_iter=2000).fit(
            features["refit"], refit["label"]
        )
        p = head.predict_proba(features["test"])[:, 1]
    frozen = {
        "C": chosen,
        "validation_accuracy": fitted[chosen],
        "test_probability": np.round(p, 4).tolist(),
        "test_accuracy": float(np.mean((p > 0.5) == test_labels)),
        "seconds": round(seconds(), 1),
    }

    for trial in [
        *search,
        *curve,
        *collapse,
    ]:  # only the runs on all data need each single prediction
        trial.pop("neutral_probability", None)
        p = trial.pop("test_probability", None)
        if p:
            trial["fraction_positive"] = float(np.mean(np.array(p) > 0.5))
    total = sum(
        trial["seconds"]
        for trial in [*search, *full, *lora, *lora_part, *curve, *collapse, frozen]
    )
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("sentiment_smallest.json" if smallest else "sentiment.json"),
        name="sentiment",
        command="python -m book.records.sentiment" + " --smallest" * smallest,
        seeds=seeds,
        seconds=total,
        hashes=hashes,
        results={
            "search": search,
            "full": full,
            "lora": lora,
            "lora_part": lora_part,
            "curve": curve,
            "collapse": collapse,
            "frozen": frozen,
        },
    )
    if not smallest:
        _publish(adapter, lora[0])
    print(f"{path}: {total / 60:.0f} minutes of training")


def _joined(*parts):
    from datasets import concatenate_datasets

    return concatenate_datasets(parts)


def _forget_parts_of_other_inputs(parts, hashes):
    """Finished runs are kept for a resumed script, but only if nothing that they depend on has changed."""
    stamp = parts / "inputs.json"
    if stamp.exists() and json.loads(stamp.read_text()) != hashes:
        shutil.rmtree(parts)
    parts.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(hashes))


def _publish(adapter, result):
    """Put the adapter of seed 0 into ``book/models`` with its card."""
    folder = MODELS / "sentiment"
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((adapter / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = (
        "minilm"  # a path of the machine that trained it would mean nothing elsewhere
    )
    (folder / "adapter_config.json").write_text(
        json.dumps(config, indent=2, sort_keys=True) + "\n"
    )
    shutil.copyfile(adapter / "adapter_model.safetensors", folder / "adapter_model.safetensors")
    card = {
        "title": "Sentiment of movie-review snippets: a LoRA adapter and head on MiniLM",
        "base": "minilm",
        "labels": ["negative", "positive"],
        "data": "movie_snippets",
        "licence": "Apache-2.0",
        "record": "sentiment",
        "test_accuracy": result["test_accuracy"],
        "sha256": file_hash(folder / "adapter_model.safetensors"),
    }
    (MODELS / "sentiment.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
