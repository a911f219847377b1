"""Record of the chapter on translation: an encoder–decoder trained on pairs of the help, its beams, its test segments.

python -m book.records.translation               about twenty minutes on one core; resumes after the last whole epoch
python -m book.records.translation --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import shutil
from collections import Counter

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from utils.data import file_hash, load
from utils.models import MODELS, load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, code_hash, definitions, needed_for, source_of

CHAPTER = "book/4_applications/06_translation.ipynb"
SHOWN = [
    "pairs_of",
    "Memory",
    "group_of",
    "sample_of",
    "MOST",
    "new_tokenizer",
    "coded",
    "new_model",
    "LESSON",
    "optimisers",
    "train_epoch",
    "held_out_loss",
    "best_of",
    "beams_of",
    "bleu_of",
    "chrf_of",
    "length_ratio",
    "prompted",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["help_in_four_languages"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "translation"
FULL = {
    "rows": 20000,
    "vocabulary": 6000,
    "d_model": 128,
    "epochs": 8,
    "widths": [1, 2, 4, 8, 16, 32],
    "penalties": [0.0, 0.5, 1.0],
    "beams": 120,
    "sample": {"seen": 60, "near": 150, "unseen": 150},
    "asked": 8,
}
SMALLEST = FULL | {
    "rows": 400,
    "vocabulary": 400,
    "d_model": 32,
    "epochs": 2,
    "widths": [1, 2],
    "beams": 2,
    "sample": {"seen": 1, "near": 1, "unseen": 2},
    "asked": 1,
}
NOT_COMPARED = ["seconds", "sha256"]
TOLERANCE = 1e-3


class Work(Parts):
    """The page's functions, the rows in their parts, and the tokenizer."""

    def __init__(self, plan, folder):
        super().__init__(folder)
        self.plan, self.page, self.model = plan, definitions(ROOT / CHAPTER, SHOWN), None
        data = load("help_in_four_languages")
        self.rows = self.page["pairs_of"](data["train"].to_list()[: plan["rows"]])
        self.test = data["test"].to_list()[: plan["rows"]]
        self.tokenizer = self.kept_tokenizer(folder / "tokenizer.json")
        pairs = {part: self.page["coded"](self.tokenizer, rows) for part, rows in self.rows.items()}
        self.train = [pair for pair in pairs["train"] if max(map(len, pair)) <= self.page["MOST"]]
        self.validation = pairs["validation"]

    def kept_tokenizer(self, path):
        if not path.exists():
            texts = [row[language] for row in self.rows["train"] for language in ("en", "zh")]
            self.page["new_tokenizer"](texts, self.plan["vocabulary"]).save(str(path))
        return Tokenizer.from_file(str(path))

    def best(self, texts, width, penalty):
        """One output for each text, and the log-probability and ids of the whole beams."""
        beams = self.page["beams_of"](self.model, self.tokenizer, texts, width)
        return [self.tokenizer.decode(self.page["best_of"](beam, penalty)) for beam in beams], beams


def epoch(work, number, folder):
    """One epoch, from the state that the one before left in its file; the new state is kept in a file as well."""
    page, (older, before, after) = work.page, (folder / f"state_{number - back}.pt" for back in (2, 1, 0))
    model = page["new_model"](work.tokenizer.get_vocab_size(), work.plan["d_model"])
    optimizers = page["optimisers"](model)
    if number:
        state = torch.load(before)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
    loss = page["train_epoch"](model, optimizers, work.train, number, work.plan["epochs"])
    held_out = page["held_out_loss"](model, work.validation)
    fresh = after.with_suffix(".tmp")
    torch.save({"model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers]}, fresh)
    fresh.replace(after)
    older.unlink(missing_ok=True)  # not the one before: this epoch is not in its file yet
    return {"epoch": number, "smoothed_loss": loss, "held_out": held_out}


def weights(work, folder):
    """The last state in 16 bits, in the file that the book keeps, with the tokenizer in its head."""
    state = torch.load(folder / f"state_{work.plan['epochs'] - 1}.pt")["model"]
    half = {name: weight.half().contiguous() for name, weight in state.items() if "decoder.embed" not in name}
    path = folder / "model.safetensors"
    save_file(half, path, {"tokenizer": work.tokenizer.to_str()})
    return {"sha256": file_hash(path), "parameters": sum(weight.numel() for weight in half.values())}


def with_weights(work, folder):
    """The model as a reader will load it, from 16 bits."""
    state = torch.load(folder / f"state_{work.plan['epochs'] - 1}.pt")["model"]
    model = work.page["new_model"](work.tokenizer.get_vocab_size(), work.plan["d_model"])
    model.load_state_dict({name: weight.half().float() for name, weight in state.items()})
    return model.eval()


def beams(work, width):
    """Validation segments at one width: what the beam puts first, and scores under each length penalty."""
    rows, page = work.rows["validation"], work.page
    step = max(1, len(rows) // work.plan["beams"])
    places = list(range(0, len(rows), step))[: work.plan["beams"]]
    texts, references = [rows[i]["en"] for i in places], [rows[i]["zh"] for i in places]
    outputs, found = work.best(texts, width, 0.0)
    scores = []
    for penalty in work.plan["penalties"]:
        chosen = [work.tokenizer.decode(page["best_of"](beam, penalty)) for beam in found]
        scores.append(
            {
                "penalty": penalty,
                "bleu": page["bleu_of"](chosen, references),
                "chrf": page["chrf_of"](chosen, references),
                "length": page["length_ratio"](chosen, references),
            }
        )
    log_p = [max(one[1] for one in beam) for beam in found]
    return {"width": width, "places": places, "outputs": outputs, "log_p": log_p, "scores": scores}


def groups(work):
    """The similarity group of every test segment, and the places of the sample."""
    memory = work.page["Memory"](work.rows["train"])
    near = memory.nearest([row["en"] for row in work.test])
    names = [work.page["group_of"](similar) for _, similar in near]
    return {"counts": dict(Counter(names)), "places": work.page["sample_of"](names, work.plan["sample"])}


def test(work, places, width, penalty):
    """Outputs for the sample of test segments."""
    outputs, _ = work.best([work.test[i]["en"] for i in places], width, penalty)
    return {"width": width, "penalty": penalty, "outputs": outputs}


def asked(work, places):
    """What SmolLM2 answers for the first test segments of the sample that are short."""
    chosen = [i for i in places if len(work.test[i]["en"]) < 120][: work.plan["asked"]]
    answers = work.page["prompted"](
        [work.test[i]["en"] for i in chosen], load_model("smollm2"), load_tokenizer("smollm2")
    )
    return [{"place": place, "answer": answer} for place, answer in zip(chosen, answers)]


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, plan)
    work = Work(plan, folder)
    curve = [work.kept(f"epoch {k}", lambda: epoch(work, k, folder)) for k in range(plan["epochs"])]  # noqa: B023
    kept = work.kept("weights", lambda: weights(work, folder))
    work.model = with_weights(work, folder)
    kept["held_out_16_bits"] = work.kept("16 bits", lambda: work.page["held_out_loss"](work.model, work.validation))
    by_width = [work.kept(f"beams {width}", lambda: beams(work, width)) for width in plan["widths"]]  # noqa: B023
    tried = [(s["bleu"], -b["width"], s["penalty"]) for b in by_width for s in b["scores"]]
    _, width, penalty = max(tried)  # the best on validation; of equals the narrowest
    drawn = work.kept("groups", lambda: groups(work))
    results = {
        "plan": plan,
        "muon": code_hash(needed_for(source_of(work.page["LESSON"]), ["Muon"])),
        "pairs": {"train": len(work.train), "validation": len(work.validation)},
        "curve": curve,
        "weights": kept,
        "beams": by_width,
        "groups": drawn,
        "greedy": work.kept("greedy", lambda: test(work, drawn["places"], 1, 0.0)),
        "chosen": work.kept("chosen", lambda: test(work, drawn["places"], -width, penalty)),
        "smollm2": work.kept("smollm2", lambda: asked(work, drawn["places"])),
    }
    work.progress.close()
    where = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        where / ("translation_smallest.json" if smallest else "translation.json"),
        name="translation",
        command="python -m book.records.translation" + " --smallest" * smallest,
        seeds=[0],
        seconds=work.seconds(),
        hashes=hashes,
        results=results,
    )
    if not smallest:
        target = MODELS / "translator"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "model.safetensors", target / "model.safetensors")
    print(f"{path}: {work.seconds() / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(parser.parse_args().smallest)
