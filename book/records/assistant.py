"""Record of the chapter on assistants: SmolLM2 fine-tuned on how-to guides, with the right and the wrong mask.

python -m book.records.assistant               about twenty minutes on one core; resumes if interrupted
python -m book.records.assistant --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse
import json

from tqdm.auto import tqdm

from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, fresh_parts, input_hashes, write_record
from utils.runtime import device, stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/3_training/07_from_predictor_to_assistant.ipynb"
SHOWN = [
    "chat",
    "how_to_pairs",
    "split_of",
    "encode_chat",
    "with_lora",
    "fine_tune",
    "answer_nll",
    "answers",
    "in_form",
]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["help_pages"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "assistant"
FULL = {
    "seeds": 3,
    "steps": 20,
    "rate": 1e-3,
    "batch": 4,
    "test": 48,
    "asked": 24,
    "new_tokens": 80,
    "kept": 6,
}
SMALLEST = FULL | {"seeds": 1, "steps": 1, "batch": 1, "test": 1, "asked": 1, "new_tokens": 2, "kept": 1}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-3


def measured(page, model, examples, test, tokenizer, sizes):
    """Loss on held-out answers, and which of the written answers have the form."""
    model.eval()
    written = page["answers"](model, [pair[0] for pair in test[: sizes["asked"]]], tokenizer, sizes["new_tokens"])
    sums = page["answer_nll"](model, examples)
    return {
        "nll": [nll for nll, _ in sums],
        "tokens": [n for _, n in sums],
        "in_form": [int(page["in_form"](*answer)) for answer in written],
        "ended": [int(ended) for _, ended in written],
        "texts": [text for text, _ in written[: sizes["kept"]]],
    }


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    parts = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    tokenizer = load_tokenizer("smollm2")
    pairs = {
        split: [p for p in page["how_to_pairs"]() if page["split_of"](p[2]) == split] for split in ("train", "test")
    }
    by_question = sorted(pairs["test"], key=lambda p: p[0][::-1])  # an order that mixes programs and pages
    test = by_question[: sizes["test"]]
    train, held_out = (
        [page["encode_chat"](page["chat"](*p[:2]), tokenizer) for p in part] for part in (pairs["train"], test)
    )
    runs = [("before", 0)] + [(on, seed) for seed in range(sizes["seeds"]) for on in ("answers", "everything")]
    results = []
    for on, seed in tqdm(runs, desc="runs"):
        part = parts / f"{on}_{seed}.json"
        if not part.exists():
            with stopwatch() as seconds:
                losses = []
                if on == "before":
                    model = load_model("smollm2").to(device())
                else:
                    model = page["with_lora"](seed)
                    losses = page["fine_tune"](
                        model, train, sizes["steps"], sizes["rate"], seed, on == "everything", sizes["batch"]
                    )
                result = {"on": on, "seed": seed, "losses": losses}
                result |= measured(page, model, held_out, test, tokenizer, sizes)
            part.write_text(json.dumps(result | {"seconds": round(seconds(), 1)}))
        results.append(json.loads(part.read_text()))
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS)
        / ("assistant_smallest.json" if smallest else "assistant.json"),
        name="assistant",
        command="python -m book.records.assistant" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=sum(run["seconds"] for run in results),
        hashes=hashes,
        results={
            "runs": results,
            "pages": [page_name for *_, page_name in test],
            "questions": [question for question, *_ in test],
            "sizes": {name: sizes[name] for name in ("steps", "rate", "batch", "test", "asked", "new_tokens")},
        },
    )
    print(f"{path}: {sum(run['seconds'] for run in results) / 60:.0f} minutes on one core")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
