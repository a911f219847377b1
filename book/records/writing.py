"""Record of the chapter on writing text: passages by many writers, a text learnt by heart, reports on many plays.

python -m book.records.writing               about ten minutes on one core; resumes if interrupted
python -m book.records.writing --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import numpy as np

from utils.data import file_hash
from utils.models import MODELS, load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/07_writing_text.ipynb"
SHOWN = [
    "HELD_OUT_PLAYS",
    "PROMPT",
    "PASSAGE",
    "works",
    "passages",
    "load_gpt",
    "encoded",
    "decoded",
    "write",
    "Searchable",
    "longest_run",
    "write_by_counts",
    "nats",
    "words_of",
    "repeated",
    "known",
    "detectors",
    "told_apart",
    "practise",
    "EXAMPLE",
    "SCORED_PLAYS",
    "facts",
    "chat_of",
    "reports",
]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["shakespeare"], "models": ["smollm2"]}
PARTS = ROOT / "out" / "records" / "writing"
FULL = {
    "places": 30,  # prompts of each held-out play
    "passage": 512,
    "temperatures": [0, 0.5, 0.8, 1.0, 1.2],
    "orders": [4, 8, 12],
    "lengths": [64, 128, 256, 512],
    "corpus": None,  # characters of the training text
    "seeds": 3,
    "short_text": 20_000,
    "stops": [40, 100, 200, 400, 800],
    "short_passages": 24,
    "plays": None,
    "report_tokens": 80,
    "batch": 14,
}
SMALLEST = FULL | {
    "places": 2,
    "passage": 128,
    "temperatures": [0, 1.0],
    "orders": [4],
    "lengths": [64, 128],
    "corpus": 20_000,
    "seeds": 1,
    "short_text": 2_000,
    "stops": [1, 2],
    "short_passages": 2,
    "plays": 1,
    "report_tokens": 3,
    "batch": 1,
}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


class Work(Parts):
    """The page's functions, the texts and the GPT."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.page = plan, definitions(ROOT / CHAPTER, SHOWN)
        self.works = self.page["works"]()
        held_out = self.page["HELD_OUT_PLAYS"]
        training = "\0".join(text for name, text in sorted(self.works.items()) if name not in held_out)
        self.source = self.page["Searchable"](training[: plan["corpus"]])
        self.vocabulary = set(self.page["words_of"](training))
        self.gpt, self.alphabet = self.page["load_gpt"]()
        places = [
            (play, *pair)
            for play in held_out
            for pair in self.page["passages"](self.works[play], 2 * plan["places"], plan["passage"])
        ]
        self.plays = [play for play, _, _ in places[::2]]
        self.prompts = [prompt for _, prompt, _ in places[::2]]
        self.human = [passage for _, _, passage in places[::2]]
        self.elsewhere = [passage for _, _, passage in places[1::2]]
        self.elsewhere_prompts = [prompt for _, prompt, _ in places[1::2]]


def texts_of(work, writer):
    """All passages of one writer, and the prompts before them."""
    page, length = work.page, work.plan["passage"]
    if writer == "people":
        return work.human, work.prompts
    if writer == "people elsewhere":
        return work.elsewhere, work.elsewhere_prompts
    kind, setting = writer.split(" ")
    if kind == "counts":
        rng = np.random.default_rng(int(setting))
        return [
            page["write_by_counts"](work.source, prompt, length, int(setting), rng) for prompt in work.prompts
        ], work.prompts
    ids = page["encoded"](work.prompts, work.alphabet)
    return page["decoded"](page["write"](work.gpt, ids, length, float(setting), 0), work.alphabet), work.prompts


def measured(work, texts, prompts):
    """Run, its text, known words, repetition and loss of each passage."""
    page = work.page
    runs = [page["longest_run"](text, work.source) for text in texts]
    ids = page["encoded"]([p + t for p, t in zip(prompts, texts, strict=True)], work.alphabet)
    bigrams = [pair for text in texts for pair in zip(page["words_of"](text), page["words_of"](text)[1:])]
    return {
        "run": [len(run) for run in runs],
        "longest": max(runs, key=len),
        "known": [page["known"](text, work.vocabulary) for text in texts],
        "repeated": [page["repeated"](text) for text in texts],
        "nats": page["nats"](work.gpt, ids),
        "distinct": len(set(bigrams)) / len(bigrams),
        "sample": texts[0][:320],
    }


def apart(work, texts, rows, human, human_rows):
    """What each detector gets right about the passages of a writer, beside people's."""
    page, found = work.page, {}
    for name, detector in page["detectors"]().items():
        seen, real = texts, human
        if name != "character runs":
            keys = ["nats"] if name == "loss of the GPT" else ["known", "repeated"]
            seen, real = (np.array([side[key] for key in keys]).T for side in (rows, human_rows))
        found[name] = page["told_apart"](detector, real, seen, work.plays).tolist()
    return found


def writers(work):
    """Every writer measured, and told apart from people."""
    plan = work.plan
    names = ["people", "people elsewhere"]
    names += [f"GPT {t:g}" for t in plan["temperatures"]] + [f"counts {n}" for n in plan["orders"]]
    texts = {name: work.kept(f"texts {name}", lambda: texts_of(work, name)) for name in names}  # noqa: B023
    found = {name: work.kept(f"measures {name}", lambda: measured(work, *texts[name])) for name in names}  # noqa: B023
    for name in names[1:]:
        found[name]["right"] = work.kept(
            f"apart {name}",
            lambda: apart(work, texts[name][0], found[name], texts["people"][0], found["people"]),  # noqa: B023
        )
    detector = work.page["detectors"]()["character runs"]
    by_length = {
        name: {
            str(n): work.kept(
                f"length {name} {n}",
                lambda: work.page["told_apart"](
                    detector,
                    [t[:n] for t in texts["people"][0]],  # noqa: B023
                    [t[:n] for t in texts[name][0]],  # noqa: B023
                    work.plays,
                ).tolist(),
            )
            for n in plan["lengths"]
        }
        for name in names[1:]
    }
    return {"plays": work.plays, "by_writer": found, "by_length": by_length}


def by_heart(work, seed):
    """One short text read again and again: longest runs in it, by steps, beside people's."""
    page, plan, play = work.page, work.plan, work.works["macbeth"]
    text, rest = play[2000 : 2000 + plan["short_text"]], play[2000 + plan["short_text"] :]
    source, pairs = page["Searchable"](text), page["passages"](rest, plan["short_passages"], 256, 0)
    prompts = page["encoded"]([prompt for prompt, _ in pairs], work.alphabet)
    whole = page["encoded"]([prompt + passage for prompt, passage in pairs], work.alphabet)
    rows = [{"steps": 0, "runs": [len(page["longest_run"](passage, source)) for _, passage in pairs]}]
    for step, model in page["practise"](text, work.alphabet, plan["stops"], seed):
        written = page["decoded"](page["write"](model, prompts, 256, 0.8, seed), work.alphabet)
        found = [page["longest_run"](passage, source) for passage in written]
        rows.append(
            {
                "steps": step,
                "runs": [len(run) for run in found],
                "longest": max(found, key=len),
                "loss": float(np.mean(page["nats"](model, whole))),
            }
        )
        model.train()
    return rows


def written_reports(work):
    """The reports on all plays: without an example, with one, with the mask, and with sums asked for."""
    page, plan = work.page, work.plan
    table = {name: page["facts"](work.works[name]) for name in [page["EXAMPLE"], *page["SCORED_PLAYS"]]}
    names = list(page["SCORED_PLAYS"])[: plan["plays"]]
    reader = load_model("smollm2").to(page["device"]()), load_tokenizer("smollm2")
    found = []
    ways = {"bare": ("bare", False), "free": ("example", False), "masked": ("example", True), "sums": ("sums", False)}
    for way, (style, masked) in ways.items():
        for b in range(0, len(names), plan["batch"]):
            batch = names[b : b + plan["batch"]]
            chats = [page["chat_of"](name, table, style) for name in batch]
            allowed = [{f"{value:,}" for value in table[name].values()} for name in batch]
            texts = work.kept(
                f"reports {way} {b}",
                lambda: page["reports"](reader, chats, plan["report_tokens"], allowed if masked else None),  # noqa: B023
            )
            found += [{"way": way, "play": name, "text": text} for name, text in zip(batch, texts, strict=True)]
    return found


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    work = Work(plan, fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan))
    results = {
        "plan": plan,
        "gpt_sha256": file_hash(MODELS / "gpt" / "model.safetensors"),
        "writers": writers(work),
        "reports": written_reports(work),
        "by_heart": [work.kept(f"by heart {seed}", lambda: by_heart(work, seed)) for seed in range(plan["seeds"])],  # noqa: B023
    }
    work.progress.close()
    where = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        where / ("writing_smallest.json" if smallest else "writing.json"),
        name="writing",
        command="python -m book.records.writing" + " --smallest" * smallest,
        seeds=range(plan["seeds"]),
        seconds=work.seconds(),
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {work.seconds() / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(parser.parse_args().smallest)
