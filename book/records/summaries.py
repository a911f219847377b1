"""Record of the chapter on summaries: choosers of sentences, summaries by prompt, and judges of true and false ones.

python -m book.records.summaries               about ten minutes of processor time; resumes if interrupted
python -m book.records.summaries --smallest    seconds: the same steps at toy sizes, into out/

Of the news articles, whose text may not be passed on, the record keeps numbers and single words only.
"""

import argparse

import numpy as np

from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/05_summaries.ipynb"
SHOWN = [
    "rouge",
    "split_news",
    "gains",
    "embed",
    "greedy_match",
    "centroid",
    "textrank",
    "N_PLAIN",
    "features",
    "train_scorer",
    "scores_of",
    "prompted",
    "trimmed",
    "names_and_numbers",
    "unsupported",
    "log_probability",
    "help_bodies",
    "split_pages",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["news_summaries", "summary_triples", "help_pages"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "summaries"
FULL = {
    "news": {"test": 200, "validation": 150, "train": 350, "sentences": 24},
    "rates": [3e-4, 1e-3, 3e-3, 1e-2],
    "seeds": 5,
    "search_seeds": 2,
    "asked": 100,  # test articles for the model by prompt
    "prompts": ["sentence", "news", "short"],
    "tried_on": 10,  # validation articles, to choose the prompt
    "new_tokens": 48,
    "triples": 368,
    "titles": 60,
    "title_prompts": ["title", "topic", "after"],
    "title_tokens": 12,
}
SMALLEST = {
    "news": {"test": 4, "validation": 3, "train": 6, "sentences": 4},
    "rates": [1e-3],
    "seeds": 1,
    "search_seeds": 1,
    "asked": 1,
    "prompts": ["news"],
    "tried_on": 1,
    "new_tokens": 2,
    "triples": 2,
    "titles": 1,
    "title_prompts": ["title"],
    "title_tokens": 2,
}
NOT_COMPARED = []
TOLERANCE = 0.02  # sums in another order


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    parts = Parts(fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes), total=9)
    news = page["split_news"](load("news_summaries").to_list(), sizes["news"])
    encoder, pieces = load_model("minilm").to(device()), load_tokenizer("minilm")
    writer, tokens = load_model("smollm2").to(device()), load_tokenizer("smollm2")
    asked = news["test"][: sizes["asked"]]

    # 1. Summaries by prompt: the prompt chosen on validation articles, by the mean of the three scores.
    def summaries(rows, name):
        return page["prompted"]([row["document"] for row in rows], name, writer, tokens, sizes["new_tokens"])

    def try_prompts():
        rows = news["validation"][: sizes["tried_on"]]
        tried = {name: summaries(rows, name) for name in sizes["prompts"]}
        return {
            name: float(np.mean([page["rouge"](t, r["summary"]) for t, r in zip(texts, rows, strict=True)]))
            for name, texts in tried.items()
        }

    tried = parts.kept("prompts", try_prompts)
    best = max(tried, key=tried.get)
    texts = parts.kept("prompted", lambda: summaries(asked, best))
    pages = page["split_pages"](page["help_bodies"](load("help_pages").to_list()))
    titles = pages["test"][: sizes["titles"]]

    def write_titles(rows, name):
        return page["prompted"]([row["text"] for row in rows], name, writer, tokens, sizes["title_tokens"])

    def try_titles():
        rows = pages["validation"][: sizes["tried_on"]]
        tried = {name: write_titles(rows, name) for name in sizes["title_prompts"]}
        return {
            name: float(np.mean([page["rouge"](t, r["title"])[0] for t, r in zip(texts, rows, strict=True)]))
            for name, texts in tried.items()
        }

    tried_titles = parts.kept("title prompts", try_titles)
    best_title = max(tried_titles, key=tried_titles.get)
    by_prompt = parts.kept("titles", lambda: write_titles(titles, best_title))

    # 2. Judges of the triples.
    triples = load("summary_triples").to_list()[: sizes["triples"]]

    def judge(side, given):
        prompt = "Article: {source}\nSummary:" if given else "Summary:"
        pairs = [(prompt.format(**row), f" {row[side]}") for row in triples]
        return page["log_probability"](pairs, writer, tokens).T.tolist()  # log-probabilities, tokens

    judged = {
        f"{side} {kind}": parts.kept(f"{side} {kind}", lambda side=side, given=given: judge(side, given))
        for side in ("true", "false")
        for kind, given in (("given", True), ("alone", False))
    }

    # 3. Choosers of sentences: what each of them takes from every test article.
    def choose():
        inputs, targets = {}, {}
        for split, rows in news.items():
            flat = [text for row in rows for text in row["sentences"]]
            vectors, _ = page["embed"](flat, encoder, pieces)
            cuts = np.cumsum([len(row["sentences"]) for row in rows])[:-1]
            inputs[split] = [page["features"](r, v) for r, v in zip(rows, np.split(vectors, cuts), strict=True)]
            targets[split] = [page["gains"](row) for row in rows]
            if split == "test":
                test_vectors = np.split(vectors, cuts)
        seen = {"plain": page["N_PLAIN"], "plain and MiniLM": None}
        search, runs, chosen = {}, {}, {}
        for name, width in seen.items():
            train, validation = (([x[:, :width] for x in inputs[s]], targets[s]) for s in ("train", "validation"))
            search[name] = {
                str(rate): [
                    page["train_scorer"](train, validation, rate, seed)[1]
                    for seed in range(100, 100 + sizes["search_seeds"])
                ]
                for rate in sizes["rates"]
            }
            rate = float(max(search[name], key=lambda rate: np.mean(search[name][rate])))
            for seed in range(sizes["seeds"]):
                scorer, _ = page["train_scorer"](train, validation, rate, seed)
                picks = [int(page["scores_of"](scorer, x[:, :width]).argmax()) for x in inputs["test"]]
                runs[f"{name} {seed}"] = picks
        chosen = {
            "centroid": [int(page["centroid"](v).argmax()) for v in test_vectors],
            "textrank": [int(page["textrank"](v).argmax()) for v in test_vectors],
            "oracle": [int(g.argmax()) for g in targets["test"]],
        }
        return {"search": search, "picks": chosen | runs}

    choosers = parts.kept("choosers", choose)
    _, written = page["embed"]([text or "." for text in texts], encoder, pieces)
    _, wanted = page["embed"]([row["summary"] for row in asked], encoder, pieces)
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("summaries_smallest.json" if smallest else "summaries.json"),
        name="summaries",
        command="python -m book.records.summaries" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results={
            "sizes": sizes["news"],
            "prompts": tried,
            "prompt": best,
            "title_prompts": tried_titles,
            "title_prompt": best_title,
            "prompted": [
                {
                    "id": row["id"],
                    "rouge": page["rouge"](text, row["summary"]),
                    "rouge_trimmed": page["rouge"](page["trimmed"](text), row["summary"]),
                    "match": page["greedy_match"](written[i], wanted[i]),
                    "match_with_the_next": page["greedy_match"](written[i], wanted[(i + 1) % len(wanted)]),
                    "words": len(text.split()),
                    "checked": len(page["names_and_numbers"](text)),
                    "unsupported": page["unsupported"](text, row["document"]),
                }
                for i, (row, text) in enumerate(zip(asked, texts, strict=True))
            ],
            "titles": [{"page": row["page"], "title": text} for row, text in zip(titles, by_prompt, strict=True)],
            "judged": judged,
            "choosers": choosers,
        },
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
