"""Record of the chapter on regression and sequence labelling: MiniLM fine-tuned to rate and to tag, five seeds.

python -m book.records.ratings_and_tags               about 20 minutes on one core; resumes if interrupted
python -m book.records.ratings_and_tags --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import json
from dataclasses import asdict, replace

import numpy as np
from tqdm.auto import tqdm

from utils.data import load
from utils.records import RECORDS, fresh_parts, input_hashes, write_record
from utils.runtime import stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/05_regression_and_sequence_labelling.ipynb"
SHOWN = [
    "SIZES",
    "sample",
    "Recipe",
    "fit_rater",
    "rate",
    "scores",
    "addresses",
    "TAGS",
    "bio",
    "tuned_tagger",
    "decode",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets", "movie_votes", "addresses"],
    "models": ["minilm"],
}
PARTS = ROOT / "out" / "records" / "ratings_and_tags"
FULL = {
    "rows": 100_000,  # of each split at most; the chapter's sizes hold as well
    "seeds": 5,
    "rates": {"rating": [2e-4], "tags": [4e-4, 8e-4]},
    "rating": {"n_epochs": 2, "head_rate": 1e-3},
    "tags": {"n_epochs": 4, "head_rate": 5e-3},
    "n_layers": 2,
    "place": "first",
}
SMALLEST = FULL | {
    "rows": 6,
    "seeds": 1,
    "rates": {"rating": [1e-4], "tags": [3e-4]},
    "rating": {"n_epochs": 1, "head_rate": 1e-3},
    "tags": {"n_epochs": 1, "head_rate": 5e-3},
    "n_layers": 1,
}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


def main(smallest=False):
    page = definitions(ROOT / CHAPTER, SHOWN)
    sizes = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    parts = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    seeds = range(sizes["seeds"])

    rated = {
        name: page["sample"](name, min(sizes["rows"], page["SIZES"][name])) for name in ("train", "validation", "test")
    }
    words, gold = {}, {}
    for name, rows in load("addresses").items():
        rows = rows.select(range(min(len(rows), sizes["rows"])))
        words[name], gold[name] = rows["words"][:], [page["bio"](labels) for labels in rows["labels"]]

    progress = tqdm(desc="training runs", total=sum(map(len, sizes["rates"].values())) + 3 * len(seeds))

    def once(name, run):
        path = parts / f"{name}.json"
        if not path.exists():
            with stopwatch() as seconds:
                result = run()
            path.write_text(json.dumps(result | {"seconds": round(seconds(), 1)}))
        progress.update()
        return json.loads(path.read_text())

    def rating(recipe, seed):
        model = page["fit_rater"](rated["train"], recipe, seed)
        said = {name: page["rate"](model, rated[name]["text"]) for name in ("validation", "test")}
        mse = page["scores"](said["validation"], rated["validation"]["rating"])["MSE"]
        return {"seed": seed, "recipe": asdict(recipe), "validation_mse": mse} | {
            name: np.round(values, 3).tolist() for name, values in said.items()
        }

    def tagging(recipe, seed, crf):
        model, batch_of = page["tuned_tagger"](
            words["train"], gold["train"], sizes["place"], crf, sizes["n_layers"], recipe, seed
        )
        result = {"seed": seed, "recipe": asdict(recipe), "crf": crf}
        for name in ("validation", "test"):
            found = page["decode"](
                model, lambda rows, name=name: batch_of(rows, words[name]), [len(each) for each in words[name]]
            )
            for way, tags in found.items():
                right = [a == b for row, true in zip(tags, gold[name], strict=True) for a, b in zip(row, true)]
                result[f"{name}_words_right {way}"] = float(np.mean(right))
                if name == "test":
                    result[way] = [page["TAGS"].index(tag) for row in tags for tag in row]
        return result

    # 1. Choose the encoder's learning rate on validation rows, with one seed.
    recipe = page["Recipe"]()
    chosen, search = {}, {}
    for task, run, score in (
        ("rating", rating, lambda result: -result["validation_mse"]),
        ("tags", lambda recipe, seed: tagging(recipe, seed, False), lambda r: r["validation_words_right rules"]),
    ):
        tried = {
            rate: once(
                f"{task}_{rate}_0",
                lambda r=rate: run(replace(recipe, rate=r, **sizes[task]), seed=0),  # noqa: B023
            )
            for rate in sizes["rates"][task]
        }
        search[task] = {str(rate): score(result) for rate, result in tried.items()}
        chosen[task] = replace(recipe, rate=max(tried, key=lambda rate: score(tried[rate])), **sizes[task])

    # 2. Five seeds of each, on test rows.
    results = {
        "search": search,
        "rating": [once(f"rating_{chosen['rating'].rate}_{s}", lambda s=s: rating(chosen["rating"], s)) for s in seeds],
        "tags": [once(f"tags_{chosen['tags'].rate}_{s}", lambda s=s: tagging(chosen["tags"], s, False)) for s in seeds],
        "tags_crf": [once(f"tags_crf_{s}", lambda s=s: tagging(chosen["tags"], s, True)) for s in seeds],
    }
    address = next(i for i, each in enumerate(words["test"]) if len(each) > 8 or smallest)
    begins = sum(map(len, words["test"][:address]))
    tags = results["tags_crf"][0]["CRF"][begins : begins + len(words["test"][address])]
    results["shown"] = {
        "address": address,
        "labels": [page["TAGS"][i].partition("-")[2] for i in tags],
        "texts": rated["test"]["text"][:3].tolist(),
        "ratings": results["rating"][0]["test"][:3],
        "people": rated["test"]["rating"][:3].tolist(),
    }
    total = sum(result["seconds"] for name in ("rating", "tags", "tags_crf") for result in results[name])
    for name in ("rating", "tags", "tags_crf"):
        for result in results[name]:
            del result["seconds"]
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("ratings_and_tags_smallest.json" if smallest else "ratings_and_tags.json"),
        name="ratings_and_tags",
        command="python -m book.records.ratings_and_tags" + " --smallest" * smallest,
        seeds=seeds,
        seconds=total,
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {total / 60:.0f} minutes of training on one core")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
