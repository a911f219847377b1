"""Record of the chapter on bias: language models on published tests, and models with planted associations.

python -m book.records.bias               about twelve minutes on one core; resumes if interrupted
python -m book.records.bias --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import numpy as np

from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/05_bias.ipynb"
SHOWN = [
    "KINDS",
    "SIDES",
    "scored_items",
    "stereoset_items",
    "with_other_targets",
    "crows_items",
    "wino_items",
    "bbq_items",
    "bbq_scores",
    "untrained",
    "planted_model",
    "intrinsic_tests",
    "swap_test",
]
DATA = ["stereoset", "crows_pairs_part", "wino_pronouns", "bbq_part"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": DATA, "models": ["smollm2"]}
PARTS = ROOT / "out" / "records" / "bias"
STRENGTHS = [0.0, 0.2, 0.4, 0.6, 0.8]  # planted in the text of the language model
ASSOCIATIONS = [0.0, 0.4, 0.8]  # planted in the labels of the classifier on top of it
FULL = {"per_type": 120, "draws": 3, "crows": 300, "per_person": 8, "wino": 320, "bbq": 100, "steps": 500, "seeds": 8}
SMALLEST = {"per_type": 2, "draws": 1, "crows": 1, "per_person": 1, "wino": 2, "bbq": 1, "steps": 2, "seeds": 1}
TOLERANCE = 1e-3


def items_last(scores):
    """Scores by item as lists by column: a row of numbers is one line of the record."""
    return np.moveaxis(np.array(scores), 0, -1).tolist()


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    strengths = STRENGTHS[-1:] if smallest else STRENGTHS
    plan = [(strength, seed) for seed in range(sizes["seeds"]) for strength in strengths]
    parts = Parts(folder, 6 + sizes["draws"] + len(plan))
    trained, tokenizer = load_model("smollm2").to(device()), load_tokenizer("smollm2")
    if smallest:  # the same steps through two of its thirty layers
        trained.model.layers, trained.config.num_hidden_layers = trained.model.layers[:2], 2
    models = {"SmolLM2": trained, "untrained": page["untrained"](trained)}
    items = {
        "stereoset": (page["stereoset_items"](sizes["per_type"]), page["KINDS"]),
        "crows": (page["crows_items"](sizes["crows"]), ("first", "second")),
    }
    results = {"sizes": sizes}
    for name, (rows, columns) in items.items():
        results[name] = {
            model: parts.kept(
                f"{name} {model}",
                lambda r=rows, c=columns, m=models[model]: items_last(page["scored_items"](r, c, m, tokenizer)),
            )
            for model in models
        }

    def exchanged(draw):
        """Log-probabilities of both sentences about other groups, drawn with this seed: (text, item)."""
        others = page["with_other_targets"](items["stereoset"][0], draw)
        return items_last(page["scored_items"](others, page["KINDS"][:2], trained, tokenizer)[..., 0])

    results["exchanged"] = [
        parts.kept(f"exchanged {draw}", lambda d=draw: exchanged(d)) for draw in range(sizes["draws"])
    ]
    wino, bbq = page["wino_items"](sizes["per_person"])[: sizes["wino"]], page["bbq_items"](sizes["bbq"])
    texts = [f"{side}_text" for side in page["SIDES"]]
    results["wino"] = parts.kept(
        "wino", lambda: items_last(page["scored_items"](wino, texts, trained, tokenizer)[..., 0])
    )
    results["bbq"] = parts.kept(
        "bbq", lambda: [items_last(page["bbq_scores"](bbq, trained, tokenizer, seen)) for seen in (True, False)]
    )

    def planted(strength, seed):
        """All tests on one model."""
        model = page["planted_model"](strength, seed, sizes["steps"])
        found = {"strength": strength, "seed": seed} | page["intrinsic_tests"](model)
        found |= {f"swap {a}": page["swap_test"](model, a, seed) for a in ASSOCIATIONS}
        return {key: float(value) if isinstance(value, np.floating) else value for key, value in found.items()}

    results["planted"] = [
        parts.kept(f"planted {strength} seed {seed}", lambda s=strength, k=seed: planted(s, k))
        for strength, seed in plan
    ]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"bias{'_smallest' * smallest}.json",
        name="bias",
        command="python -m book.records.bias" + " --smallest" * smallest,
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
