"""Record of the chapter on evaluation: one small model under many prompts, as a judge, and as a reader.

python -m book.records.evaluation               about 20 minutes on one core; resumes if interrupted
python -m book.records.evaluation --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import functools
import json

import torch
from tqdm.auto import tqdm

from utils.data import load
from utils.records import RECORDS, fresh_parts, input_hashes, write_record
from utils.runtime import set_seed, stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/08_evaluation_that_can_be_trusted.ipynb"
SHOWN = ["FORMATS", "YES_NO", "reader_of", "log_odds", "with_shots", "judged", "answer_of", "short"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["boolq", "disfluent_questions"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "evaluation"
FULL = {
    "boolq": 100,
    "shots": 4,
    "orders": [[0, 1, 2, 3], [2, 3, 0, 1], [0, 2, 1, 3]],
    "judged": 40,
    "answered": 30,
}
SMALLEST = {"boolq": 1, "shots": 4, "orders": [[0, 1, 2, 3]], "judged": 1, "answered": 1}
TOLERANCE = 1e-3


@functools.cache
def page():
    """The functions that the chapter shows, by name."""
    return definitions(ROOT / CHAPTER, SHOWN)


def done_once(path, work):
    """A part's result: from its file where it was done before."""
    if not path.exists():
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(work()))
        temporary.replace(path)
    return json.loads(path.read_text())


def shots_of(rows, n):
    """Solved examples with the shortest passages of the training rows: half of them yes, then half no."""
    by_length = sorted(rows, key=lambda row: (len(row["passage"]), row["idx"]))
    return [row for label in (1, 0) for row in [r for r in by_length if r["label"] == label][: n // 2]]


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    parts = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    set_seed(0)
    model, tokenizer = page()["reader_of"]()
    reader, short, log_odds = (model, tokenizer), page()["short"], page()["log_odds"]
    boolq, questions = load("boolq"), load("disfluent_questions")
    items = short(boolq["validation"], sizes["boolq"])
    shots = shots_of(short(boolq["train"], len(boolq["train"]), longest=40), sizes["shots"])

    work = {}
    for number, (name, (template, words)) in enumerate(page()["FORMATS"].items()):
        work[f"format_{number}"] = (name, [(template.format(**row), words) for row in items])
    for number, order in enumerate(sizes["orders"]):
        prompts = [(page()["with_shots"](row, [shots[i] for i in order]), page()["YES_NO"]) for row in items]
        work[f"order_{number}"] = ("".join("yn"[1 - shots[i]["label"]] for i in order), prompts)
    odds, seconds = {"format": {}, "order": []}, 0.0
    with tqdm(total=len(work) + 2, desc="parts") as progress:
        for part, (name, prompts) in work.items():

            def of_prompts(prompts=prompts):
                with stopwatch() as taken:
                    found = [log_odds(reader, prompt, words) for prompt, words in prompts]
                return {"log_odds": found, "seconds": taken()}

            result = done_once(parts / f"{part}.json", of_prompts)
            seconds += result["seconds"]
            if part.startswith("format"):
                odds["format"][name] = result["log_odds"]
            else:
                odds["order"].append({"labels": name, "log_odds": result["log_odds"]})
            progress.update()

        answerable = [row for row in short(questions, len(questions), 120) if row["answer"]]
        pairs = answerable[: sizes["judged"]]
        wrongs = [answerable[(i + len(answerable) // 2) % len(answerable)]["answer"] for i in range(len(pairs))]

        def of_judge():
            with stopwatch() as taken:
                found = [page()["judged"](reader, row, wrong) for row, wrong in zip(pairs, wrongs, strict=True)]
            return {"judge": found, "seconds": taken()}

        def of_answers():
            with stopwatch() as taken:
                found = [page()["answer_of"](reader, row) for row in short(questions, sizes["answered"], 120)]
            return {"answers": found, "seconds": taken()}

        judge = done_once(parts / "judge.json", of_judge)
        progress.update()
        answers = done_once(parts / "answers.json", of_answers)
        progress.update()
    seconds += judge["seconds"] + answers["seconds"]
    results = {
        "idx": [row["idx"] for row in items],
        "shots": [row["idx"] for row in shots],
        "format": odds["format"],
        "order": odds["order"],
        "judge_ids": [row["id"] for row in pairs],
        "judge": {name: [row[name] for row in judge["judge"]] for name in judge["judge"][0]},
        "answer_ids": [row["id"] for row in short(questions, sizes["answered"], 120)],
        "answers": answers["answers"],
    }
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("evaluation_smallest.json" if smallest else "evaluation.json"),
        name="evaluation",
        command="python -m book.records.evaluation" + " --smallest" * smallest,
        seeds=[0],
        seconds=seconds,
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {seconds / 60:.0f} minutes on {torch.get_num_threads()} threads")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
