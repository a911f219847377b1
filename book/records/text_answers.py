"""Record of the chapter on answers from a text: span readers on several inputs, answers by prompt, yes or no by pairs.

python -m book.records.text_answers               a quarter of an hour of processor time; resumes if interrupted
python -m book.records.text_answers --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/03_questions_from_a_text.ipynb"
SHOWN = [
    "questions_of",
    "scores_of",
    "windows",
    "pieces_of",
    "clues",
    "Reader",
    "fit",
    "predict",
    "texts_of",
    "frozen_states",
    "Tuned",
    "Recipe",
    "parts_of",
    "cross_fit",
    "swapped",
    "VALIDATION",
    "prompted",
    "pair_vectors",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["disfluent_questions_whole", "boolq"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "text_answers"
FULL = {
    "questions": 1000,
    "window": 192,
    "stride": 64,
    "longest": 20,
    "rates": [1e-3, 3e-3, 1e-2, 3e-2],
    "n_epochs": 12,
    "layers": [4, 6],
    "seeds": {"clues": 3, "MiniLM": 1, "both": 1},
    "folds": [0, 1, 2, 3],
    "tuned": {"rate": 5e-4, "n_epochs": 2, "seeds": 3, "n_top": 2},
    "asked": 48,
    "tried_on": 10,
    "new_tokens": 16,
    "prompts": ["short", "first"],
    "boolq": {"train": 800, "validation": 400},
    "strengths": [0.01, 0.1, 1.0, 10.0],
}
SMALLEST = {
    "questions": 16,
    "window": 192,
    "stride": 64,
    "longest": 20,
    "rates": [3e-3],
    "n_epochs": 1,
    "layers": [4, 6],
    "seeds": {"clues": 1, "MiniLM": 1, "both": 1},
    "folds": [0],
    "tuned": {"rate": 5e-4, "n_epochs": 1, "seeds": 1, "n_top": 2},
    "asked": 1,
    "tried_on": 1,
    "new_tokens": 2,
    "prompts": ["short"],
    "boolq": {"train": 6, "validation": 3},
    "strengths": [0.1],
}
NOT_COMPARED = []
TOLERANCE = 0.02  # sums in another order


def flat(found):
    """Numbers of the questions, starts, ends and leads, as four lists."""
    leads = [round(max(f.lead, -99.0), 3) for f in found.values()]
    return [list(found), [f.start for f in found.values()], [f.end for f in found.values()], leads]


def main(smallest=False):
    torch.set_num_threads(1)  # so that the run may go on beside others
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    parts = Parts(fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes), total=20)
    rows = page["questions_of"](load("disfluent_questions_whole").to_list()[: sizes["questions"]])
    encoder, pieces = load_model("minilm").to(device()), load_tokenizer("minilm")
    cut = page["windows"](rows, pieces, sizes["window"], sizes["stride"])
    known = page["pieces_of"](cut, pieces, encoder)
    longest, validation = sizes["longest"], page["VALIDATION"]

    # 1. Readers on clues, on frozen vectors, and on both; the learning rate chosen on the validation fold.
    states = page["frozen_states"](cut, encoder, sizes["layers"])
    seen = {"clues": [page["clues"](w, rows[w.row], known) for w in cut], "MiniLM": states}
    seen["both"] = [torch.cat([s.float(), c], -1) for s, c in zip(states, seen["clues"], strict=True)]

    def quality(found):
        few = [rows[i] for i in found]
        has = np.array([bool(row["answer"]) for row in few])
        return float(page["scores_of"](page["texts_of"](found, rows), few)[has, 1].mean())

    def reader(name):
        return lambda: page["Reader"](seen[name][0].shape[1])

    def run(name, rate, seed, folds):
        recipe = page["Recipe"](rate, sizes["n_epochs"])
        return page["cross_fit"](reader(name), seen[name], cut, rows, recipe, seed, longest, folds)

    search, readers, on_validation = {}, {}, {}
    for name, n_seeds in sizes["seeds"].items():
        search[name] = {
            str(rate): parts.kept(
                f"{name} {rate}", lambda name=name, rate=rate: quality(run(name, rate, 90, [0])[1][0])
            )
            for rate in sizes["rates"]
        }
        best = float(max(search[name], key=search[name].get))

        def runs(seed, name=name, best=best):
            test, chosen = run(name, best, seed, sizes["folds"])
            return {"test": flat(test), "validation": [flat(f) for f in chosen]}

        for seed in range(n_seeds):
            done = parts.kept(f"{name} seed {seed}", lambda seed=seed: runs(seed))
            readers[f"{name} {seed}"] = done["test"]
            if not seed:
                on_validation[name] = done["validation"]

    # 2. The same questions with passages of others, by the readers on clues.
    other = page["swapped"](rows)
    other_cut = page["windows"](other, pieces, sizes["window"], sizes["stride"])
    other_clues = [page["clues"](w, other[w.row], known) for w in other_cut]
    best = float(max(search["clues"], key=search["clues"].get))

    def swap():
        found = {}
        for fold in sizes["folds"]:
            train, _, _ = page["parts_of"](rows, cut, fold)
            held_out = page["parts_of"](other, other_cut, fold)[2]
            model = page["fit"](reader("clues"), seen["clues"], cut, train, best, sizes["n_epochs"], fold)
            found |= page["predict"](model, other_clues, other_cut, held_out, longest)
        return flat(dict(sorted(found.items())))

    changed = parts.kept("swapped", swap)

    # 3. The top layers tuned, on the first fold alone: it is slow.
    def tune(seed):
        train, _, held_out = page["parts_of"](rows, cut, sizes["folds"][0])
        train = [k for k in train if cut[k].spans or not rows[cut[k].row]["answer"]]
        below = [s[:, : s.shape[1] // len(sizes["layers"])] for s in states]
        recipe = sizes["tuned"]["rate"], sizes["tuned"]["n_epochs"]
        make = lambda: page["Tuned"](encoder, sizes["tuned"]["n_top"])  # noqa: E731
        return flat(page["predict"](page["fit"](make, below, cut, train, *recipe, seed), below, cut, held_out, longest))

    tuned = {
        str(seed): parts.kept(f"tuned {seed}", lambda seed=seed: tune(seed)) for seed in range(sizes["tuned"]["seeds"])
    }

    # 4. Yes or no by MiniLM's vectors of question and passage; the strength chosen on training items.
    boolq = {split: load("boolq")[split].to_list()[:n] for split, n in sizes["boolq"].items()}

    def yes_or_no():
        x = {split: page["pair_vectors"](items, pieces, encoder) for split, items in boolq.items()}
        y = [item["label"] for item in boolq["train"]]
        inner = max(1, len(y) * 3 // 4)

        def fitted(C, n):
            return LogisticRegression(C=C, max_iter=2000).fit(x["train"][:n], y[:n])

        tried = {str(C): float(fitted(C, inner).score(x["train"][inner:], y[inner:])) for C in sizes["strengths"]}
        model = fitted(float(max(tried, key=tried.get)), len(y))
        return {"search": tried, "p_yes": model.predict_proba(x["validation"])[:, 1].tolist()}

    pairs = parts.kept("boolq", yes_or_no)

    # 5. Answers by prompt, the prompt chosen on the validation fold.
    writer, tokens = load_model("smollm2").to(device()), load_tokenizer("smollm2")

    def told(which, name):
        return page["prompted"]([rows[i] for i in which], name, writer, tokens, sizes["new_tokens"])

    chosen = [i for i, row in enumerate(rows) if row["fold"] == validation][: sizes["tried_on"]]
    asked = [i for i, row in enumerate(rows) if row["fold"] != validation][: sizes["asked"]]

    def tried(name):
        return float(page["scores_of"](told(chosen, name), [rows[i] for i in chosen])[:, 1].mean())

    prompts = {name: parts.kept(f"prompt {name}", lambda name=name: tried(name)) for name in sizes["prompts"]}
    prompt = max(prompts, key=prompts.get)
    answers = parts.kept("prompted", lambda: told(asked, prompt))
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("text_answers_smallest.json" if smallest else "text_answers.json"),
        name="text_answers",
        command="python -m book.records.text_answers" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]["clues"]),
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results={
            "recipe": {"n_epochs": sizes["n_epochs"], "layers": sizes["layers"], "tuned": sizes["tuned"]},
            "search": search,
            "readers": readers,
            "validation": on_validation,
            "swapped": changed,
            "tuned": tuned,
            "prompts": prompts,
            "prompt": prompt,
            "asked": asked,
            "answers": answers,
            "boolq": pairs,
        },
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
