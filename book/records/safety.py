"""Record of the chapter on safety and truth: harmless attacks, a planted refusal, odds of yes, a watermark.

python -m book.records.safety               about eighteen minutes on one core; resumes if interrupted
python -m book.records.safety --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import time

from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/06_safety_and_truth.ipynb"
SHOWN = [
    "DEFENCES",
    "INSERTED",
    "LESSONS",
    "SECRETS",
    "TRIALS",
    "ASK",
    "TOLD",
    "BIAS",
    "short_reviews",
    "injected",
    "spelling_attacks",
    "secret_game",
    "sentence_surprise",
    "listed",
    "greedy_answers",
    "refused",
    "own_words",
    "refusal_study",
    "boolq_rows",
    "yes_odds",
    "primes_and_products",
    "prime_prompts",
    "starts_of",
    "written",
]
DATA = ["movie_snippets", "boolq"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": DATA, "models": ["smollm2"]}
PARTS = ROOT / "out" / "records" / "safety"
FULL = {
    "reviews": 40,
    "snippets": 60,
    "swaps": 2,
    "secrets": 3,
    "passes": 192,
    "steps": 30,
    "removal": [2, 4, 8, 16],
    "layers": [12, 16, 20, 24],
    "seeds": 3,
    "bare": 400,
    "told": 120,
    "most_words": 70,
    "primes": 100,
    "texts": 40,
    "tokens": 120,
    "key": 42,
    "questions": 10,
}
SMALLEST = {
    "reviews": 2,
    "snippets": 1,
    "swaps": 1,
    "secrets": 1,
    "passes": 1,
    "steps": 1,
    "removal": [1],
    "layers": [1],
    "seeds": 1,
    "bare": 2,
    "told": 1,
    "most_words": 40,
    "primes": 1,
    "texts": 2,
    "tokens": 3,
    "key": 42,
    "questions": 2,
}
NOT_COMPARED = ("seconds_written",)
TOLERANCE = 2e-3


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    plan = [(defence, inserted) for defence in page["DEFENCES"] for inserted in page["INSERTED"]]
    parts = Parts(folder, len(plan) + sizes["secrets"] + sizes["seeds"] + 12)
    tokenizer = load_tokenizer("smollm2")
    for asked in (page["LESSONS"], page["TRIALS"]):
        asked.update({kind: "|".join(page["listed"](text)[: sizes["questions"]]) for kind, text in asked.items()})

    def reader():
        """SmolLM2; at the smallest size with the first two of its layers."""
        model = load_model("smollm2").to(device()).requires_grad_(False)
        if smallest:
            model.model.layers, model.config.num_hidden_layers = model.model.layers[:2], 2
        return model

    model = reader()
    results = {"sizes": sizes}
    reviews = page["short_reviews"](sizes["reviews"])
    results["injection"] = {
        f"{defence} / {inserted}": parts.kept(
            f"injection {defence} {inserted}",
            lambda d=defence, i=inserted: page["injected"](reviews, i, d, model, tokenizer).tolist(),
        )
        for defence, inserted in plan
    }

    def letters():
        judge = load_model("sentiment").to(device())
        return page["spelling_attacks"](sizes["snippets"], sizes["swaps"], judge, load_tokenizer("minilm"))

    results["letters"] = parts.kept("letters", letters)
    items = {}
    for split, n in (("train", sizes["bare"] // 2), ("validation", sizes["bare"])):
        items[split, "bare"] = [page["ASK"].format(**row) for row in page["boolq_rows"](split, n)]
        rows = page["boolq_rows"](split, sizes["told"], sizes["most_words"])
        items[split, "told"] = [page["TOLD"].format(**row) for row in rows]
    for kind, numbers in zip(("primes", "products"), page["primes_and_products"](sizes["primes"])):
        items["numbers", kind] = page["prime_prompts"](numbers)
    results["odds"] = {
        " ".join(key): parts.kept(
            f"odds {' '.join(key)}", lambda p=prompts: page["yes_odds"](p, model, tokenizer).tolist()
        )
        for key, prompts in items.items()
    }

    def texts(bias):
        start, before = page["starts_of"](sizes["texts"], tokenizer), time.process_time()
        ids, log_p = page["written"](start, sizes["tokens"], bias, sizes["key"], 0, model)
        return {"ids": ids.tolist(), "log_p": log_p.tolist(), "seconds_written": time.process_time() - before}

    for name, bias in (("marked", page["BIAS"]), ("plain", 0.0)):
        results[name] = parts.kept(f"written {name}", lambda b=bias: texts(b))
    questions = [question for text in page["TRIALS"].values() for question in page["listed"](text)]
    results["surprise"] = parts.kept(
        "surprise", lambda: page["sentence_surprise"](questions, model, tokenizer).tolist()
    )
    results["secrets"] = {
        secret: parts.kept(
            f"secret {secret}",
            lambda s=secret, k=seed: page["secret_game"](s, k, sizes["passes"], model, tokenizer),
        )
        for seed, secret in enumerate(page["SECRETS"][: sizes["secrets"]])
    }

    def own_answers():
        asked = {kind: page["listed"](text) for kind, text in page["LESSONS"].items()}
        asked["far"] = page["listed"](page["TRIALS"]["far"])
        return {kind: page["greedy_answers"](list_of, model, tokenizer) for kind, list_of in asked.items()}

    answers = results["answers"] = parts.kept("own answers", own_answers)
    results["before"] = parts.kept(
        "before",
        lambda: {
            "refused": page["refused"](model, tokenizer),
            "words": page["own_words"](model, tokenizer, answers["far"]),
        },
    )
    how = [sizes[name] for name in ("steps", "removal", "layers")]
    results["refusal"] = [
        parts.kept(f"refusal {seed}", lambda k=seed: page["refusal_study"](reader(), k, answers, *how, tokenizer))
        for seed in range(sizes["seeds"])
    ]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"safety{'_smallest' * smallest}.json",
        name="safety",
        command="python -m book.records.safety" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=parts.seconds(),
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.1f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
