"""Record of the chapter on sentiment and topics: budgets of labels, and what the instruct model answers by prompt.

python -m book.records.topics               about ten minutes on one core; resumes if interrupted
python -m book.records.topics --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import time

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/01_sentiment_and_topics.ipynb"
SHOWN = [
    "tidy",
    "first_half",
    "three_classes",
    "prompt_log_probs",
    "MOODS",
    "mood_prompt",
    "pages_of",
    "in_test",
    "TOPICS",
    "topic_prompt",
    "lower_half",
    "vectors_of",
    "tuned",
    "draw",
    "nearest",
    "logistic",
    "N_STEPS",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets", "help_pages"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "topics"
FULL = {
    "budgets": [8, 16, 32],
    "seeds": 5,
    "rates": [1e-4, 3e-4, 1e-3],
    "steps": None,  # of contrastive training: those of the page
    "search_budget": 16,
    "all_steps": 48,
    "pages": None,  # all
    "tokens": 64,
    "asked_pages": 110,
    "asked_snippets": 150,
    "smoothing": [0.01, 0.03, 0.1, 0.3],
    "penalties": [0.3, 1.0, 3.0, 10.0, 30.0, 100.0],
    "folds": 3,
}
SMALLEST = FULL | {
    "budgets": [2],
    "seeds": 1,
    "rates": [1e-4],
    "steps": 1,
    "search_budget": 2,
    "all_steps": 1,
    "pages": 96,
    "tokens": 8,
    "asked_pages": 2,
    "asked_snippets": 2,
    "smoothing": [0.1],
    "penalties": [1.0],
    "folds": 2,
}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


def digits(classes):
    """Classes below ten as a text, one digit each: five hundred of them fit a line of the record."""
    return "".join(str(int(c)) for c in classes)


def words_logistic(C=10.0):
    """Words under a logistic regression."""
    return make_pipeline(
        TfidfVectorizer(sublinear_tf=True),
        LogisticRegression(C=C, max_iter=1000, class_weight="balanced"),
    )


class Work(Parts):
    """The page's functions, the pages of the help, and their frozen vectors."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.page = plan, definitions(ROOT / CHAPTER, SHOWN)
        self.steps = plan["steps"] or self.page["N_STEPS"]
        pages = self.page["pages_of"](load("help_pages").to_list())
        if plan["pages"]:
            pages = pages[:: len(pages) // plan["pages"]]
        self.names = list(self.page["TOPICS"])
        self.texts = [text for *_, text in pages]
        self.labels = np.array([self.names.index(module) for _, module, _ in pages])
        test = np.array([self.page["in_test"](page) for page, *_ in pages])
        self.train, self.test = np.flatnonzero(~test), np.flatnonzero(test)
        encoder, tokenizer = load_model("minilm").to(device()), load_tokenizer("minilm")
        self.states = self.page["lower_half"](self.texts, encoder, tokenizer, plan["tokens"])
        self.vectors = self.page["vectors_of"](self.states, encoder)
        described = [text for _, text in self.page["TOPICS"].values()]
        described = self.page["lower_half"](described, encoder, tokenizer, plan["tokens"])
        self.described = self.page["vectors_of"](described, encoder)

    def pick(self, rows):
        return [self.texts[i] for i in rows]

    def tune(self, rows, seed, rate, n_steps, also):
        """Vectors of `rows` and of `also` after training on the pairs of `rows`, and the loss at both ends."""
        encoder, losses = self.page["tuned"]([self.states[i] for i in rows], self.labels[rows], seed, rate, n_steps)
        both = (self.page["vectors_of"]([self.states[i] for i in part], encoder) for part in (rows, also))
        return *both, [losses[0], losses[-1]]


def search(work):
    """Macro-recall on training pages that were not drawn, for each rate of contrastive training."""
    plan, y = work.plan, work.labels
    few = work.train[work.page["draw"](y[work.train], plan["search_budget"], seed=100)]
    rest, found = np.setdiff1d(work.train, few), []

    def row(name, own, other, **facts):
        scores = {
            f"logistic {C:g}": recall_score(y[rest], work.page["logistic"](own, y[few], other, C), average="macro")
            for C in (1.0, 10.0, 100.0)
        }
        for k in (1, 3, 5, 9):
            near = work.page["nearest"](own, y[few], other, k)
            scores[f"nearest {k}"] = recall_score(y[rest], near, average="macro")
        found.append({"vectors": name} | facts | scores)

    row("frozen", work.vectors[few], work.vectors[rest])
    for rate in plan["rates"]:
        own, other, loss = work.tune(few, 100, rate, work.steps, rest)
        row("tuned", own, other, rate=rate, loss=loss)
    for C in (1.0, 10.0, 100.0):
        words = words_logistic(C).fit(work.pick(few), y[few]).predict(work.pick(rest))
        found.append({"vectors": "words", "C": C, "score": recall_score(y[rest], words, average="macro")})
    return found


def best_of(found):
    """The settings with the highest score of the search, for each method."""
    tuned = max((row for row in found if row["vectors"] == "tuned"), key=lambda row: max(_scores(row).values()))
    frozen = next(row for row in found if row["vectors"] == "frozen")
    words = max((row for row in found if row["vectors"] == "words"), key=lambda row: row["score"])
    chosen = {"rate": tuned["rate"], "words C": words["C"]}
    for name, row in (("frozen", frozen), ("tuned", tuned)):
        for kind in ("logistic", "nearest"):
            scores = {key: score for key, score in _scores(row).items() if key.startswith(kind)}
            chosen[f"{kind}, {name}"] = float(max(scores, key=scores.get).split()[1])
    return chosen


def _scores(row):
    return {key: score for key, score in row.items() if key.startswith(("logistic", "nearest"))}


def few_labels(work, budget, seed, chosen):
    """Classes of the test pages by each method, from `budget` labels a class."""
    page, y = work.page, work.labels
    few = work.train[page["draw"](y[work.train], budget, seed)]
    start = time.process_time()
    own, other, loss = work.tune(few, seed, chosen["rate"], work.steps, work.test)
    seconds = round(time.process_time() - start, 1)
    frozen, frozen_test = work.vectors[few], work.vectors[work.test]
    counts = make_pipeline(CountVectorizer(), MultinomialNB(alpha=0.1))
    said = {
        "naive Bayes": counts.fit(work.pick(few), y[few]).predict(work.pick(work.test)),
        "TF-IDF": words_logistic(chosen["words C"]).fit(work.pick(few), y[few]).predict(work.pick(work.test)),
    }
    for name, train, test in (("frozen", frozen, frozen_test), ("tuned", own, other)):
        k, C = int(chosen[f"nearest, {name}"]), chosen[f"logistic, {name}"]
        said[f"nearest, {name}"] = page["nearest"](train, y[few], test, k)
        said[f"logistic, {name}"] = page["logistic"](train, y[few], test, C)
    said = {name: digits(classes) for name, classes in said.items()}
    return {"budget": budget, "seed": seed, "n": len(few), "seconds": seconds, "loss": loss} | said


def all_labels(work):
    """Classes of the test pages with all labels; settings by cross-validation on the training pages."""
    plan, page, y = work.plan, work.page, work.labels
    texts, truth = work.pick(work.train), y[work.train]
    options = {"cv": plan["folds"], "scoring": "recall_macro"}
    said, chosen = {}, {}
    for name, model, grid in (
        ("naive Bayes", make_pipeline(CountVectorizer(), MultinomialNB()), {"multinomialnb__alpha": plan["smoothing"]}),
        ("TF-IDF", words_logistic(), {"logisticregression__C": plan["penalties"]}),
    ):
        best = GridSearchCV(model, grid, **options).fit(texts, truth)
        said[name], chosen[name] = digits(best.predict(work.pick(work.test))), list(best.best_params_.values())[0]
    head = LogisticRegression(max_iter=2000, class_weight="balanced")
    best = GridSearchCV(head, {"C": plan["penalties"]}, **options).fit(work.vectors[work.train], truth)
    said["logistic, frozen"] = digits(best.predict(work.vectors[work.test]))
    chosen["logistic, frozen"] = best.best_params_["C"]
    near = page["nearest"](work.vectors[work.train], truth, work.vectors[work.test])
    return {"said": said | {"nearest, frozen": digits(near)}, "chosen": chosen}


def all_tuned(work, seed, chosen):
    """Classes of the test pages after contrastive training on all labels."""
    rows = work.train
    own, other, loss = work.tune(rows, seed, chosen["rate"], work.plan["all_steps"], work.test)
    near = work.page["nearest"](own, work.labels[rows], other)
    head = work.page["logistic"](own, work.labels[rows], other)
    return {"seed": seed, "loss": loss, "nearest, tuned": digits(near), "logistic, tuned": digits(head)}


def asked(work):
    """What needs no label: the nearest description, and SmolLM2's log-probabilities of the answers to a prompt."""
    page, plan = work.page, work.plan
    model, tokenizer = load_model("smollm2").to(device()), load_tokenizer("smollm2")
    rows = work.test[np.random.default_rng(0).permutation(len(work.test))[: plan["asked_pages"]]]
    words = [f" {word}" for word, _ in page["TOPICS"].values()]
    prompts = [page["topic_prompt"](text) for text in work.pick(rows)]
    pages = page["prompt_log_probs"](prompts, words, model, tokenizer)
    snippets = page["three_classes"](load("movie_snippets"))["test"]
    chosen = np.random.default_rng(0).permutation(len(snippets))[: plan["asked_snippets"]]
    prompts = [page["mood_prompt"](snippets["text"].iloc[i]) for i in chosen]
    moods = page["prompt_log_probs"](prompts, page["MOODS"], model, tokenizer)
    return {
        "nearest description": digits((work.vectors[work.test] @ work.described.T).argmax(1)),
        "pages": [int(np.flatnonzero(work.test == row)[0]) for row in rows],
        "page_log_p": np.round(pages, 4).T.tolist(),
        "snippets": [int(i) for i in chosen],
        "snippet_log_p": np.round(moods, 4).T.tolist(),
    }


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan)
    work = Work(plan, folder)
    found = work.kept("search", lambda: search(work))
    chosen = best_of(found)
    results = {
        "plan": plan,
        "search": found,
        "chosen": chosen,
        "few": [
            work.kept(f"few {budget} {seed}", lambda: few_labels(work, budget, seed, chosen))  # noqa: B023
            for seed in range(plan["seeds"])
            for budget in plan["budgets"]
        ],
        "all": work.kept("all", lambda: all_labels(work)),
        "all_tuned": work.kept("all tuned", lambda: all_tuned(work, 0, chosen)),
        "asked": work.kept("asked", lambda: asked(work)),
    }
    path = write_record(
        ROOT / "out" / "records" / "topics_smallest.json" if smallest else RECORDS / "topics.json",
        name="topics",
        command="python -m book.records.topics" + " --smallest" * smallest,
        seeds=range(plan["seeds"]),
        seconds=work.seconds(),
        hashes=hashes,
        results=results,
    )
    work.progress.close()
    print(f"{path}: {work.seconds() / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(parser.parse_args().smallest)
