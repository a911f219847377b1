"""Record of the chapter on what "large" changes: sentiment with 0 to 8 examples, their order and their labels.

python -m book.records.large_tasks               about 15 minutes of processor time; resumes if interrupted
python -m book.records.large_tasks --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import itertools
import json
import time

import numpy as np
from tqdm.auto import tqdm

from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/1_concepts/03_what_large_changes.ipynb"
SHOWN = ["Reader", "snippets", "few_shot"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "large_tasks"
FULL = {"test": 200, "draws": 5, "shots": [1, 2, 4, 8], "orders": 12}
SMALLEST = {"test": 1, "draws": 1, "shots": [4], "orders": 1}


def conditions(page, plan):
    """Every prompt to be tried: its kind, draw, number of examples, and the examples themselves."""
    yield {"kind": "examples", "draw": 0, "shots": 0}, []
    most = max(plan["shots"])
    for draw in range(plan["draws"]):
        drawn = page["snippets"]("train", most, seed=100 + draw)
        drawn = drawn[::-1] if draw % 2 else drawn  # so that either class may come first
        for shots in plan["shots"]:
            yield {"kind": "examples", "draw": draw, "shots": shots}, drawn[:shots]
        swapped = [(text, 1 - label) for text, label in drawn]
        yield {"kind": "swapped labels", "draw": draw, "shots": most}, swapped
        coin = np.random.default_rng(draw).integers(0, 2, most).tolist()
        tossed = [(text, label) for (text, _), label in zip(drawn, coin, strict=True)]
        yield {"kind": "random labels", "draw": draw, "shots": most}, tossed
    four = page["snippets"]("train", most, seed=100)[:4]
    orders = list(itertools.permutations(range(4)))
    for order in orders[:: len(orders) // plan["orders"]][: plan["orders"]]:
        about = {"kind": "order", "draw": 0, "shots": 4, "order": list(order)}
        yield about, [four[i] for i in order]


def main(smallest=False, plan=None, folder=None):
    plan = plan or (SMALLEST if smallest else FULL)
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    folder_of_parts = "-".join(map(str, [plan["test"], plan["draws"], plan["orders"]]))
    parts = fresh_parts(PARTS / folder_of_parts, hashes, plan)

    reader = page["Reader"](load_model("smollm2").to(device()), load_tokenizer("smollm2"))
    test = page["snippets"]("test", plan["test"], seed=0)
    texts = [text for text, _ in test]
    done, seconds = [], 0.0
    for number, (about, examples) in enumerate(tqdm(list(conditions(page, plan)), desc="prompts")):
        path = parts / f"{number}.json"
        if not path.exists():
            start = time.process_time()
            log_odds, free = page["few_shot"](reader, examples, texts)
            about |= {"log_odds": np.round(log_odds, 4).tolist(), "free": round(float(free), 4)}
            about |= {"labels": [label for _, label in examples]}
            result = {"result": about, "seconds": time.process_time() - start}
            fresh = path.with_suffix(".tmp")
            fresh.write_text(json.dumps(result))
            fresh.replace(path)  # whole or not at all
        part = json.loads(path.read_text())
        seconds += part["seconds"]
        done.append(part["result"])

    folder = folder or (ROOT / "out" / "records" if smallest else RECORDS)
    path = write_record(
        folder / ("large_tasks_smallest.json" if smallest else "large_tasks.json"),
        name="large_tasks",
        command="python -m book.records.large_tasks" + " --smallest" * smallest,
        seeds=list(range(plan["draws"])),
        seconds=seconds,
        hashes=hashes,
        results={"truth": [label for _, label in test], "prompts": done},
    )
    print(f"{path}: {seconds / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
