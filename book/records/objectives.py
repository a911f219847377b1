"""Record of the chapter on pre-training a BERT and a T5: three objectives at one budget, then the same tests for all.

python -m book.records.objectives               minutes for each seed, on one core; resumes if interrupted
python -m book.records.objectives --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import json
import shutil
import time

import numpy as np
import torch
from safetensors.torch import save_file

from utils.data import file_hash, load
from utils.models import MODELS
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/03_pre_training_a_bert_and_a_t5.ipynb"
SHOWN = [
    "passages_of",
    "in_test",
    "Vocabulary",
    "new_model",
    "pretrained",
    "held_out_loss",
    "test_pairs",
    "follow_scores",
    "module_task",
    "order_task",
    "passage_ids",
    "fine_tuned",
    "classes",
    "VOCAB_SIZE",
    "BUDGET",
    "MODULES",
]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["help_pages"], "models": []}
PARTS = ROOT / "out" / "records" / "objectives"
OBJECTIVES = ["MLM", "CLM", "spans", "MLM and NSP"]
FULL = {"seeds": 3, "budget": 1.0, "labels": 1000, "tests": 1500, "pairs": 500, "points": 50}
SMALLEST = FULL | {"seeds": 1, "budget": 0.0005, "labels": 8, "tests": 8, "pairs": 4, "points": 1}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


class Work(Parts):
    """The page's functions and the pages of the help."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.page = plan, definitions(ROOT / CHAPTER, SHOWN)
        every = self.page["passages_of"](load("help_pages").to_list())
        self.train = [page for page in every if not self.page["in_test"](page[0])]
        self.test = [page for page in every if self.page["in_test"](page[0])]
        words = [words for _, _, passages in self.train for words in passages]
        self.vocabulary = self.page["Vocabulary"](words, self.page["VOCAB_SIZE"])
        self.train_ids, self.test_ids = (
            [[self.vocabulary.ids(words) for words in page[2]] for page in part if len(page[2]) > 1]
            for part in (self.train, self.test)
        )

    def weights(self, objective, seed):
        return self.folder / f"{objective} {seed}.pt"

    def model(self, objective, seed):
        """The model as pre-trained; from scratch, a new encoder."""
        model = self.page["new_model"](objective, len(self.vocabulary), seed)
        if objective != "scratch":
            model.load_state_dict(torch.load(self.weights(objective, seed)))
        return model


def pretraining(work, objective, seed):
    """One pre-training: its curve in `points` means, its counts, and its loss on test pages."""
    page, n = work.page, len(work.vocabulary)
    budget, start = page["BUDGET"] * work.plan["budget"], time.process_time()
    model, facts = page["pretrained"](objective, work.train_ids, n, seed, budget)
    facts["seconds"] = round(time.process_time() - start, 2)
    facts["curve"] = [float(part.mean()) for part in np.array_split(facts["curve"], work.plan["points"])]
    facts["loss"] = page["held_out_loss"](objective, model, work.test_ids, n)
    facts["parameters"] = sum(weight.numel() for weight in model.parameters())
    if objective == "MLM and NSP":
        pairs = page["test_pairs"](work.test_ids, work.plan["pairs"])
        facts["follows"] = {
            kind: "".join(str(int(score > 0)) for score in page["follow_scores"](model, pairs[kind])) for kind in pairs
        }
    torch.save(model.state_dict(), work.weights(objective, seed))
    return {"objective": objective, "seed": seed} | facts


def tuning(work, objective, seed, task):
    """A test for each row of one task, 1 where the fine-tuned model was right."""
    page, draw = work.page, work.page[f"{task}_task"]
    texts, labels, _ = draw(work.train, np.random.default_rng(seed), work.plan["labels"])
    test_texts, test_labels, _ = draw(work.test, np.random.default_rng(0), work.plan["tests"])
    rows, test_rows = ([page["passage_ids"](work.vocabulary, words) for words in part] for part in (texts, test_texts))
    n_classes = len(page["MODULES"]) if task == "module" else 2
    classifier = page["fine_tuned"](work.model(objective, seed), rows, labels, n_classes, seed)
    right = page["classes"](classifier, test_rows) == test_labels
    return {"task": task, "start": objective, "seed": seed, "right": "".join(str(int(one)) for one in right)}


def results_of(work, n_seeds):
    """Pre-training and tests of the first seeds."""
    runs, tests = [], []
    for seed in range(n_seeds):
        for objective in OBJECTIVES:
            runs.append(work.kept(f"run {objective} {seed}", lambda: pretraining(work, objective, seed)))  # noqa: B023
        for objective in [*OBJECTIVES, "scratch"]:
            for task in ("module", "order"):
                name = f"tuning {objective} {task} {seed}"
                tests.append(work.kept(name, lambda: tuning(work, objective, seed, task)))  # noqa: B023
    return {"runs": runs, "tests": tests}


def keep_weights(work, path):
    """The BERT and the T5 of seed 0 in 16 bits, with their vocabulary."""
    found = {
        f"{kind}.{name}": weight.half().clone().contiguous()
        for kind, objective in (("bert", "MLM"), ("t5", "spans"))
        for name, weight in work.model(objective, 0).state_dict().items()
    }
    save_file(found, path, {"words": json.dumps(work.vocabulary.words)})
    return file_hash(path)


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan)
    work = Work(plan, folder)
    where = ROOT / "out" / "records" if smallest else RECORDS
    for n_seeds in range(1, plan["seeds"] + 1):  # written after each seed, so that no finished one is lost
        results = {
            "plan": plan,
            **results_of(work, n_seeds),
            "sha256": keep_weights(work, folder / "model.safetensors"),
        }
        path = write_record(
            where / ("objectives_smallest.json" if smallest else "objectives.json"),
            name="objectives",
            command="python -m book.records.objectives" + " --smallest" * smallest,
            seeds=range(n_seeds),
            seconds=work.seconds(),
            hashes=hashes,
            results=results,
        )
        if not smallest:
            target = MODELS / "blanks"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "model.safetensors", target / "model.safetensors")
    work.progress.close()
    print(f"{path}: {work.seconds() / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(parser.parse_args().smallest)
