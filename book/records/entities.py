"""Record of the chapter on entities and relations: taggers on distant labels, forgetting, relations, answers by prompt.

python -m book.records.entities               about ten minutes of processor time; resumes if interrupted
python -m book.records.entities --smallest    seconds: the same steps at toy sizes, into out/

Of the news sentences, whose text may not be passed on, the record keeps tags only.
"""

import argparse

import numpy as np
import torch

from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/02_entities_and_relations.ipynb"
SHOWN = [
    *("TAGS", "KINDS", "EXAMPLE", "kinds", "entities", "name_counts", "f1_of", "runs_by_head"),
    *("lower_layers", "word_vectors", "inputs_of", "stacked", "fit_head", "answers", "tagged"),
    *("lower_states", "fit_top", "top_tags", "only", "kinds_in", "second_task", "old_and_new"),
    *("shorter_list", "explained", "marked", "names_only", "mark_vectors"),
    *("written", "written_tags", "phrase_scores"),
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["gloss_names", "wordnet_names", "news_names", "gloss_relations"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "entities"
FULL = {
    "rows": 2500,  # training rows of every tagger
    "tested": 700,  # rows of a split at most
    "news": 226,
    "layers": [2, 3, 4],
    "rates": [3e-3, 1e-2, 3e-2],
    "seeds": 5,
    "top": {"below": 2, "rates": [3e-4, 1e-3, 3e-3], "epochs": 3, "seeds": 3},
    "pairs": 6000,
    "pair_rates": [3e-3, 1e-2, 3e-2],
    "pair_epochs": 40,
    "asked": 40,
    "tried_on": 10,
    "new_tokens": 48,
    "pairs_asked": 5,  # a class
}
SMALLEST = {
    "rows": 24,
    "tested": 8,
    "news": 6,
    "layers": [2, 4],
    "rates": [1e-2],
    "seeds": 1,
    "top": {"below": 2, "rates": [1e-3], "epochs": 1, "seeds": 1},
    "pairs": 40,
    "pair_rates": [3e-3],
    "pair_epochs": 2,
    "asked": 1,
    "tried_on": 1,
    "new_tokens": 2,
    "pairs_asked": 0,
}
NOT_COMPARED = []
TOLERANCE = 0.02  # sums in another order


def first_rows(dataset, n):
    return dataset.select(range(min(n, len(dataset)))).to_list()


def letters(page, tags):
    """Tags of rows as one text, a letter a word, to be short."""
    code = dict(zip(page["TAGS"], ".PpLlOoMm", strict=True))
    return " ".join("".join(code[tag] for tag in row) for row in tags)


def taggers(page, sizes):
    """Taggers of one layer on frozen vectors: the search, five seeds, fewer rows, a shorter list, a second task."""
    data = load("gloss_names")
    rows = {split: first_rows(data[split], sizes["tested"]) for split in ("validation", "test")}
    rows["train"] = first_rows(data["train"], sizes["rows"])
    rows["news"] = first_rows(load("news_names"), sizes["news"])
    words = {split: [row["words"] for row in part] for split, part in rows.items()}
    tags = {split: [row["tags"] for row in part] for split, part in rows.items()}
    encoder, pieces = page["lower_layers"](max(sizes["layers"]))
    vectors = {split: page["word_vectors"](w, encoder, pieces, sizes["layers"]) for split, w in words.items()}
    n_tags = len(page["TAGS"])

    def inputs(split, layer, with_shapes):
        return page["inputs_of"](vectors[split][layer], words[split], with_shapes)

    def fit(x, y, rate, seed, **options):
        return page["fit_head"](*page["stacked"](x, y), n_tags, rate, seed, **options)

    def f1(head, split, layer, with_shapes):
        return page["f1_of"](page["name_counts"](tags[split], page["tagged"](head, inputs(split, layer, with_shapes))))

    search = {}
    for with_shapes in (0, 1):
        for layer in sizes["layers"]:
            x = inputs("train", layer, with_shapes)
            for rate in sizes["rates"]:
                head = fit(x, tags["train"], rate, 100)
                search[f"{with_shapes} {layer} {rate}"] = f1(head, "validation", layer, with_shapes)
    best = {}
    for with_shapes in (0, 1):
        tried = {key: score for key, score in search.items() if key[0] == str(with_shapes)}
        _, layer, rate = max(tried, key=tried.get).split()
        best[with_shapes] = int(layer), float(rate)
    runs = {}
    for with_shapes, (layer, rate) in best.items():
        x = inputs("train", layer, with_shapes)
        for seed in range(sizes["seeds"]):
            head = fit(x, tags["train"], rate, seed)
            said = page["tagged"](head, inputs("news", layer, with_shapes))
            run = {"news": letters(page, said), "home": f1(head, "test", layer, with_shapes)}
            if with_shapes:
                x_news = inputs("news", layer, 1)
                x_rows = zip(words["news"], x_news, strict=True)
                run["runs"] = letters(page, [page["runs_by_head"](w, head, v, page["kinds"]) for w, v in x_rows])
                for case in (str.lower, str.upper):
                    other = [[case(w) for w in row] for row in words["news"]]
                    x_case = page["inputs_of"](vectors["news"][layer], other, 1)  # MiniLM lowers all letters
                    run[case.__name__] = letters(page, page["tagged"](head, x_case))
            runs[f"{with_shapes} {seed}"] = run
    layer, rate = best[1]
    x, x_news, x_test = (inputs(split, layer, 1) for split in ("train", "news", "test"))
    short, second = {}, {}
    every = sorted({" ".join(r["words"][a:b]) for r in rows["train"] for _, a, b in page["entities"](r["tags"])})
    for seed in range(sizes["seeds"]):
        dropped = set(np.random.default_rng([seed, 5]).permutation(every)[: len(every) // 2])
        fewer = page["shorter_list"](rows["train"], dropped)
        clean = [i for i, t in enumerate(fewer) if page["explained"](words["train"][i], t)]
        for name, chosen in (("all rows", range(len(x))), ("explained rows", clean)):
            head = fit([x[i] for i in chosen], [fewer[i] for i in chosen], rate, seed)
            short[f"{name} {seed}"] = letters(page, page["tagged"](head, x_news))
        short[f"rows {seed}"] = len(clean)
        old = [i for i, t in enumerate(tags["train"]) if "MISC" not in page["kinds_in"](t)]
        first = fit([x[i] for i in old], [tags["train"][i] for i in old], rate, seed)
        second[f"before {seed}"] = page["old_and_new"](tags["test"], page["tagged"](first, x_test))
        for unmarked in (False, True):
            for replay in (0.0, 0.1, 0.5):
                chosen, labels = page["second_task"](rows["train"], seed, unmarked, replay)
                then = fit([x[i] for i in chosen], labels, rate, seed, start=first)
                said = page["tagged"](then, x_test)
                second[f"{unmarked} {replay} {seed}"] = page["old_and_new"](tags["test"], said)
    shown = page["inputs_of"](
        page["word_vectors"]([page["EXAMPLE"]], encoder, pieces, [layer])[layer], [page["EXAMPLE"]], 1
    )
    head = fit(x, tags["train"], rate, 0)
    return {
        "search": search,
        "best": [[*best[0]], [*best[1]]],
        "runs": runs,
        "short": short,
        "second": second,
        "example": page["runs_by_head"](page["EXAMPLE"], head, shown[0], page["kinds"]),
    }


def upper_layers(page, sizes):
    """Taggers whose two upper layers are trained too: a search for the rate, then seeds."""
    data, top, found = load("gloss_names"), sizes["top"], {"search": {}, "runs": {}}
    rows = {"train": first_rows(data["train"], sizes["rows"])}
    rows["validation"] = first_rows(data["validation"], sizes["tested"])
    rows["news"] = first_rows(load("news_names"), sizes["news"])
    encoder, pieces = page["lower_layers"](max(sizes["layers"]))
    batches = {
        split: page["lower_states"]([row["words"] for row in part], encoder, pieces, top["below"], True)
        for split, part in rows.items()
    }
    tags = {split: [row["tags"] for row in part] for split, part in rows.items()}

    def run(rate, seed):
        model = page["fit_top"](encoder, batches["train"], tags["train"], top["below"], rate, seed, top["epochs"])
        said = {s: page["top_tags"](model, batches[s], len(rows[s])) for s in ("validation", "news")}
        score = page["f1_of"](page["name_counts"](tags["validation"], said["validation"]))
        return score, letters(page, said["news"])

    first = {rate: run(rate, 0) for rate in top["rates"]}
    best = max(first, key=lambda rate: first[rate][0])
    found["search"] = {str(rate): score for rate, (score, _) in first.items()}
    found["runs"] = {"0": first[best][1]} | {str(seed): run(best, seed)[1] for seed in range(1, top["seeds"])}
    return found


def relations(page, sizes):
    """Classifiers on MiniLM's states at the marks: which layer and rate, then the answers of seeds on test pairs."""
    data, found = load("gloss_relations"), {}
    rows = {s: [row for row in data[s].to_list() if row["synset"][0] == "n"][: sizes["pairs"]] for s in data}
    classes = sorted({row["relation"] for row in data["train"].to_list() if row["synset"][0] == "n"})
    y = {split: torch.tensor([classes.index(row["relation"]) for row in part]) for split, part in rows.items()}
    encoder, pieces = page["lower_layers"](max(sizes["layers"]))
    shown = {"marked": page["marked"], "hidden": lambda r: page["marked"](r, hide=True), "names": page["names_only"]}
    for name, text in shown.items():
        layers = sizes["layers"][-2:]
        x = {s: page["mark_vectors"]([text(r) for r in p], encoder, pieces, layers) for s, p in rows.items()}
        tried = {}

        def run(layer, rate, seed, split, x=x):
            seen, n = torch.from_numpy(x["train"][layer]), len(classes)
            head = page["fit_head"](seen, y["train"], n, rate, seed, n_epochs=sizes["pair_epochs"])
            return page["answers"](head, x[split][layer])

        for layer in layers:
            for rate in sizes["pair_rates"]:
                right = np.array(run(layer, rate, 100, "validation")) == y["validation"].numpy()
                tried[f"{layer} {rate}"] = float(right.mean())
        layer, rate = max(tried, key=tried.get).split()
        answers = [run(int(layer), float(rate), seed, "test") for seed in range(sizes["seeds"])]
        found[name] = {"search": tried, "answers": answers}
    return {"classes": classes, **found}


def main(smallest=False):
    torch.set_num_threads(1)
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    parts = Parts(fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes), total=6)
    results = {
        name: parts.kept(name, lambda make=make: make(page, sizes))
        for name, make in (("taggers", taggers), ("top", upper_layers), ("relations", relations))
    }
    writer, tokens = load_model("smollm2"), load_tokenizer("smollm2")

    def ask(rows, style):
        sentences = [row["words"] for row in rows]
        answers = page["written"](sentences, style, writer, tokens, sizes["new_tokens"])
        return [page["written_tags"](a, w, style) for a, w in zip(answers, sentences, strict=True)]

    def try_prompts():
        rows = first_rows(load("gloss_names")["validation"], sizes["tried_on"])
        gold = [row["tags"] for row in rows]
        return {style: page["f1_of"](page["name_counts"](gold, ask(rows, style))) for style in ("lines", "pairs")}

    tried = parts.kept("prompts", try_prompts)
    best = max(tried, key=tried.get)
    news = load("news_names").to_list()
    asked = np.random.default_rng(3).permutation(len(news))[: sizes["asked"]].tolist()
    said = parts.kept("names by prompt", lambda: letters(page, ask([news[i] for i in asked], best)))

    def score_phrases():
        test = [row for row in load("gloss_relations")["test"].to_list() if row["synset"][0] == "n"]
        places = {}
        for i, row in enumerate(test):
            places.setdefault(row["relation"], []).append(i)
        chosen = [i for name in sorted(places) for i in places[name][: sizes["pairs_asked"]]]
        return [[i, *page["phrase_scores"](test[i], writer, tokens)] for i in chosen]

    results |= {
        "prompts": tried,
        "asked": asked,
        "by_prompt": said,
        "phrases": parts.kept("phrases", score_phrases),
    }
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("entities_smallest.json" if smallest else "entities.json"),
        name="entities",
        command="python -m book.records.entities" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
