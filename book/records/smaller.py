"""Record of the chapter on smaller models: pruning, students, a generator, and all models on ONNX Runtime.

python -m book.records.smaller               about two hours on two cores; resumes if interrupted
python -m book.records.smaller --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import copy
import functools
import pickle
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from torch.nn.utils import parametrize
from transformers import AutoModelForSequenceClassification

from utils.data import file_hash, load
from utils.models import MODELS, load_model
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device, set_seed
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/01_smaller.ipynb"
SHOWN = [
    "quietly",
    "logits_of",
    "changed",
    "layers_of",
    "magnitude_pruned",
    "Pruned",
    "Training",
    "encode",
    "label_loss",
    "fit",
    "importances",
    "cut",
    "thin_layers",
    "token_counts",
    "student_of",
    "distillation_loss",
    "fragments",
    "export",
    "quantised_files",
    "session_of",
    "runtime_logits",
    "latency",
    "GPT",
    "GPT_SCHEMES",
    "characters",
    "train_gpt",
    "rounded_gpt",
    "chunk_nll",
    "products_file",
    "token_ms",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets", "shakespeare"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "smaller"
FULL = {
    "train_rows": None,  # all
    "test_rows": None,
    "prune_rows": 1600,
    "prune_epochs": 2.0,
    "prune_seeds": 2,
    "untrained": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
    "keeps": [0.5, 0.1],
    "cuts": [0.75, 0.5],
    "rank": 96,
    "students": {
        "labels": 0,
        "teacher, T = 1": 1,
        "teacher, T = 4": 4,
        "and fragments, T = 4": -4,
    },
    "student_seeds": 5,
    "student_epochs": 2.0,
    "student_layers": 2,
    "student_rank": 96,
    "student_rate": 1e-3,
    "calibration": 64,
    "repeats": 5,  # in each of the rounds
    "rounds": 7,
    "deployed": [
        "MiniLM",
        "half blank",
        "half cut",
        "thin",
        "student, labels",
        "student, taught",
    ],
    "gpt": {"d_model": 192, "n_layers": 4, "n_heads": 6, "context_length": 128},
    "gpt_steps": 1200,
    "gpt_batch": 16,
    "gpt_windows": 1000,
    "token_layers": 30,
    "layers": None,  # of MiniLM and the classifier: all
}
SMALLEST = FULL | {
    "train_rows": 4,
    "test_rows": 4,
    "prune_rows": 2,
    "prune_epochs": 1.0,
    "prune_seeds": 1,
    "untrained": [0.5],
    "keeps": [0.5],
    "cuts": [0.5],
    "student_seeds": 1,
    "student_epochs": 1.0,
    "calibration": 2,
    "repeats": 1,
    "rounds": 1,
    "deployed": ["student, taught"],
    "gpt": {"d_model": 32, "n_layers": 1, "n_heads": 2, "context_length": 32},
    "gpt_steps": 2,
    "gpt_windows": 4,
    "token_layers": 1,
    "layers": 1,
    "student_layers": 1,
}
NOT_COMPARED = ["ms_1", "ms_32", "ms"]


class Work(Parts):
    """Everything that the parts share: the page's functions, data and teacher."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.graphs = plan, folder / "graphs"
        self.graphs.mkdir(exist_ok=True)
        self.page = definitions(ROOT / CHAPTER, SHOWN)
        rows = load("movie_snippets")
        self.train, self.test = (
            _first(rows["train"], plan["train_rows"]),
            _first(rows["test"], plan["test_rows"]),
        )
        self.texts, self.labels = list(self.test["text"]), np.array(self.test["label"])
        self.calibration = list(rows["validation"][: plan["calibration"]]["text"])
        with self.page["quietly"]():
            self.classifier = self.lowest_layers(load_model("sentiment").to(device()))
        self.part = self.train.shuffle(seed=0).select(range(min(plan["prune_rows"], len(self.train))))
        self.answers = {}

    def lowest_layers(self, model):
        """The model with as many of its layers as the plan wants."""
        layers = model.bert.encoder.layer
        model.bert.encoder.layer = layers[: self.plan["layers"]]
        model.config.num_hidden_layers = len(model.bert.encoder.layer)
        return model

    def accuracy(self, model):
        logits = self.page["logits_of"](model, self.texts)
        return float(np.mean(logits.argmax(1) == self.labels))

    def asked(self, texts):
        """The teacher's logits of texts, asked once for all runs."""
        if len(texts) not in self.answers:
            logits = self.page["logits_of"](self.classifier, texts)
            self.answers[len(texts)] = torch.from_numpy(logits)
        return self.answers[len(texts)]

    def encoded(self, rows, teacher=None):
        return self.page["encode"](list(rows["text"]), list(rows["label"]), teacher)

    def deployed(self, name, family, model):
        """Rows for the chart: the model in single precision and quantised; none if it is not wanted."""
        if name not in self.plan["deployed"]:
            return []
        page, rows = self.page, []
        ways = ("int8 dynamic", "int8 static", "int4 weights")
        files = {"fp32": page["export"](model, self.graphs / f"{name}.onnx")}
        files |= page["quantised_files"](files["fp32"], self.calibration, ways if name == "MiniLM" else ways[:1])
        for way, path in files.items():
            answers = page["runtime_logits"](page["session_of"](path), self.texts).argmax(1)
            rows.append(
                {
                    "name": f"{name} {way}",
                    "family": family,
                    "file": path.name,
                    "mb": path.stat().st_size / 1e6,
                    "hits": _hits(answers == self.labels),
                }
            )
        return rows

    def typical(self, n):
        """`n` texts of about the median length."""
        return sorted(self.texts, key=len)[len(self.texts) // 2 :][:n]


def prune_untrained(work):
    """The classifier with its smallest weights set to zero, nothing else done."""
    page, rows = work.page, []
    for keep in work.plan["untrained"]:
        smaller = page["changed"](work.classifier, lambda w, k=keep: page["magnitude_pruned"](w, k))
        rows.append(
            {
                "way": "classifier, as it is",
                "keep": keep,
                "seed": 0,
                "accuracy": work.accuracy(smaller),
            }
        )
    return rows


def prune_trained(work, way, by, keep, seed):
    """A model pruned while it is trained: its row, and its rows for the chart."""
    page, plan = work.page, work.plan
    if way.startswith("classifier"):
        model = copy.deepcopy(work.classifier)
    else:
        set_seed(seed)
        model = load_model("minilm", AutoModelForSequenceClassification, num_labels=2).to(device())
        model = work.lowest_layers(model)
    for layer in page["layers_of"](model).values():
        pruning = page["Pruned"](layer.weight.data, by)
        parametrize.register_parametrization(layer, "weight", pruning)
    settings = page["Training"](n_epochs=plan["prune_epochs"])
    model = page["fit"](model, work.encoded(work.part), settings, seed, final=keep)
    for layer in page["layers_of"](model).values():
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
    row = {"way": way, "keep": keep, "seed": seed, "accuracy": work.accuracy(model)}
    first = way.startswith("classifier") and keep == 0.5 and seed == 0
    return row, work.deployed("half blank", "blanked", model) if first else []


def structured(work, keep, seed):
    """The classifier with units cut, as it is (seed 0 only) and trained on; rows, and rows for the chart."""
    page = work.page
    some = work.part.select(range(min(4 * work.plan["calibration"], len(work.part))))
    scores = page["importances"](work.classifier, list(some["text"]), list(some["label"]))
    model, rows = page["cut"](work.classifier, *scores, keep), []
    if seed == 0:
        rows.append({"way": "as it is", "keep": keep, "seed": 0, "accuracy": work.accuracy(model)})
    settings = page["Training"](n_epochs=work.plan["prune_epochs"], learning_rate=1e-4)
    model = page["fit"](model, work.encoded(work.part), settings, seed)
    rows.append({"way": "trained", "keep": keep, "seed": seed, "accuracy": work.accuracy(model)})
    first = keep == 0.5 and seed == 0
    return rows, work.deployed("half cut", "cut", model) if first else []


def low_rank(work):
    """The classifier in thin layers, as it is and trained on: accuracies, and rows for the chart."""
    page = work.page
    model = page["thin_layers"](work.classifier, work.plan["rank"])
    before = work.accuracy(model)
    settings = page["Training"](n_epochs=work.plan["prune_epochs"], learning_rate=1e-4)
    model = page["fit"](model, work.encoded(work.part), settings, 0)
    found = {"rank": work.plan["rank"], "as_it_is": before, "trained": work.accuracy(model)}
    return found, work.deployed("thin", "factorised", model)


def teach(work, way, temperature, seed):
    """A student trained on labels (temperature 0), or by the teacher; negative: on fragments as well."""
    page, plan = work.page, work.plan
    texts, labels = list(work.train["text"]), list(work.train["label"])
    n_steps_like = plan["student_epochs"]
    if temperature < 0:
        texts, labels = texts + page["fragments"](texts, 0), labels + [-100] * len(labels)
        n_steps_like /= 2  # twice the rows, the same number of steps
    teacher = work.asked(texts) if temperature else None
    data = page["encode"](texts, labels, teacher)
    counts = page["token_counts"](list(work.train["text"]))
    student = page["student_of"](plan["student_layers"], plan["student_rank"], counts, seed)
    loss = page["distillation_loss"](float(abs(temperature))) if temperature else page["label_loss"]
    student = page["fit"](
        student,
        data,
        page["Training"](n_epochs=n_steps_like, learning_rate=plan["student_rate"]),
        seed,
        loss,
    )
    row = {"way": way, "seed": seed, "accuracy": work.accuracy(student)}
    name = {0: "student, labels", -4: "student, taught"}.get(temperature)
    return row, work.deployed(name, "distilled", student) if seed == 0 else []


def baselines(work):
    """Guessing, counting words, and the teacher: accuracies, and the row of the word counter."""
    counts = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=2000),
    ).fit(work.train["text"], work.train["label"])
    hits = counts.predict(work.texts) == work.labels
    n_bytes = sum(len(term.encode()) + 1 + 8 for term in counts[0].vocabulary_)  # weight, idf
    (work.graphs / "words.pickle").write_bytes(pickle.dumps(counts))
    row = {
        "name": "words counted",
        "family": "baseline",
        "file": "words.pickle",
        "mb": n_bytes / 1e6,
        "hits": _hits(hits),
    }
    share = float(np.mean(work.labels))
    found = {
        "majority": max(share, 1 - share),
        "tfidf": float(np.mean(hits)),
        "teacher": work.accuracy(work.classifier),
    }
    return found, row


def latencies(work, variants):
    """Milliseconds of every model for one text and for 32, measured in turns so that all meet the same machine."""
    calls = {}
    for row in variants:
        path = work.graphs / row["file"]
        if path.suffix == ".pickle":
            calls[row["name"]] = _milliseconds(pickle.loads(path.read_bytes()).predict)
        else:
            session = work.page["session_of"](path)
            calls[row["name"]] = functools.partial(work.page["latency"], session)
    found = {name: {"ms_1": [], "ms_32": []} for name in calls}
    for _ in range(work.plan["rounds"]):
        for name, call in calls.items():
            for n in (1, 32):
                found[name][f"ms_{n}"].append(call(work.typical(n), work.plan["repeats"]))
    return {name: {n: float(np.median(times)) for n, times in row.items()} for name, row in found.items()}


def generator(work, kept_in):
    """A GPT trained in single precision: the nats of each window before and after quantisation."""
    page, plan = work.page, work.plan
    plays = list(load("shakespeare")["text"])
    ids, alphabet = page["characters"]([t for i, t in enumerate(plays) if i % 10 < 9])
    unseen, _ = page["characters"]([t for i, t in enumerate(plays) if i % 10 == 9], alphabet)
    set_seed(0)
    config, history = {"vocab_size": len(alphabet)} | plan["gpt"], []
    model = page["GPT"](**config).to(device())
    page["train_gpt"](
        model,
        ids,
        plan["gpt_steps"],
        0,
        plan["gpt_batch"],
        note=lambda step, loss: history.append([step, round(loss, 4)]),
    )
    save_file(
        {n: t.contiguous().cpu() for n, t in model.state_dict().items()},
        kept_in / "small_gpt.safetensors",
    )
    nll = {
        name: page["chunk_nll"](page["rounded_gpt"](model, scheme), unseen, plan["gpt_windows"])
        for name, scheme in page["GPT_SCHEMES"].items()
    }
    return {
        "config": config,
        "steps": plan["gpt_steps"],
        "history": history,
        "sha256": file_hash(kept_in / "small_gpt.safetensors"),
        "nll": {name: np.round(values.astype(float), 5).tolist() for name, values in nll.items()},
    }


def token_costs(work):
    """Bytes and milliseconds of the matrix products of a SmolLM2 token, by format."""
    page = work.page
    with tempfile.TemporaryDirectory() as folder:
        files = {"fp32": page["products_file"](Path(folder) / "token.onnx", work.plan["token_layers"])}
        files |= page["quantised_files"](files["fp32"], [], ("int8 dynamic", "int4 weights"))
        return {
            name: {
                "mb": path.stat().st_size / 1e6,
                "ms": page["token_ms"](path, 4 * work.plan["repeats"]),
            }
            for name, path in files.items()
        }


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan)
    work, variants = Work(plan, folder), []

    found, words = work.kept("baselines", lambda: baselines(work))
    variants += work.kept("full model", lambda: work.deployed("MiniLM", "quantised", work.classifier))
    pruning, cuts, students = work.kept("untrained", lambda: prune_untrained(work)), [], []
    ways = {
        "classifier, trained on": "magnitude",
        "MiniLM, by magnitude": "magnitude",
        "MiniLM, by movement": "movement",
    }
    for seed in range(plan["prune_seeds"]):
        for keep in plan["keeps"]:
            for way, by in ways.items():
                row, more = work.kept(
                    f"prune {way} {keep} {seed}",
                    lambda: prune_trained(work, way, by, keep, seed),  # noqa: B023
                )
                pruning.append(row)
                variants += more
        for keep in plan["cuts"]:
            rows, more = work.kept(
                f"cut {keep} {seed}",
                lambda: structured(work, keep, seed),  # noqa: B023
            )
            cuts += rows
            variants += more
    rank, more = work.kept("low rank", lambda: low_rank(work))
    variants += more
    for seed in range(plan["student_seeds"]):
        for way, temperature in plan["students"].items():
            row, more = work.kept(
                f"student {way} {seed}",
                lambda: teach(work, way, temperature, seed),  # noqa: B023
            )
            students.append(row)
            variants += more
    small_gpt = work.kept("generator", lambda: generator(work, folder))
    smollm2 = work.kept("token", lambda: token_costs(work))
    times = work.kept("latencies", lambda: latencies(work, [*variants, words]))
    variants = [row | times[row["name"]] for row in [*variants, words]]
    work.progress.close()

    where = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        where / ("smaller_smallest.json" if smallest else "smaller.json"),
        name="smaller",
        command="python -m book.records.smaller" + " --smallest" * smallest,
        seeds=range(plan["student_seeds"]),
        seconds=work.seconds(),
        hashes=hashes,
        results={
            "plan": plan,
            "classifier": {"sha256": file_hash(MODELS / "sentiment" / "adapter_model.safetensors")},
            "runtime": f"onnxruntime {onnxruntime.__version__}",
            "baselines": found,
            "variants": variants,
            "pruning": pruning,
            "structured": cuts,
            "low_rank": rank,
            "distillation": students,
            "generator": small_gpt,
            "smollm2": smollm2,
        },
    )
    if not smallest:
        target = MODELS / "small_gpt"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "small_gpt.safetensors", target / "model.safetensors")
    print(f"{path}: {work.seconds() / 60:.0f} minutes")


def _first(rows, n):
    return rows if n is None else rows.shuffle(seed=0).select(range(min(n, len(rows))))


def _hits(right):
    """Truth values as a text of ones and zeros: two thousand of them fit a line of the record."""
    return "".join(str(int(hit)) for hit in right)


def _milliseconds(predict):
    """`latency` of the page for a function of texts instead of a session."""

    def call(texts, repeats):
        seconds = []
        for _ in range(repeats + 1):
            start = time.perf_counter()
            predict(texts)
            seconds.append(time.perf_counter() - start)
        return 1e3 * float(np.median(seconds[1:]))

    return call


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
