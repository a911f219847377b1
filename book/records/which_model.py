"""Record of the chapter on which model and which metric: nine tasks, eight methods, three budgets of labels.

python -m book.records.which_model               about 35 minutes of processor time; resumes if interrupted
python -m book.records.which_model --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import torch

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/7_questions/02_which_model_which_metric.ipynb"
SHOWN = ["SIZES", "TASKS", "compared"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": [
        "boolq",
        "chinese_reviews",
        "gloss_relations",
        "help_in_four_languages",
        "help_pages",
        "movie_snippets",
        "shakespeare",
        "wordnet_names",
    ],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "which_model"
FULL = {}
SMALLEST = {"tasks": ["sentiment"], "pool": 14, "budgets": [12], "tuned": [12], "samples": 1, "test": 4, "steps": 1}
TOLERANCE = 1e-3


def main(smallest=False):
    torch.set_num_threads(1)
    page = definitions(ROOT / CHAPTER, SHOWN)
    sizes = dict(SMALLEST if smallest else FULL)
    tasks = sizes.pop("tasks", list(page["TASKS"]))
    page["SIZES"].update(sizes)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, SMALLEST if smallest else FULL)
    parts = Parts(folder, len(tasks))
    results = {"tasks": {task: parts.kept(task, lambda task=task: page["compared"](task)) for task in tasks}}
    where = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        where / ("which_model_smallest.json" if smallest else "which_model.json"),
        name="which_model",
        command="python -m book.records.which_model" + " --smallest" * smallest,
        seeds=[0],
        seconds=parts.seconds(),
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of computation on one core")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
