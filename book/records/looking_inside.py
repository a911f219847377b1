"""Record of the chapter on looking inside: planted triggers, patched prompts, dictionaries of known and of real states.

python -m book.records.looking_inside               about five minutes on one core; resumes if interrupted
python -m book.records.looking_inside --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/03_looking_inside.ipynb"
SHOWN = ["planted_run", "patched_pair", "CAPITALS", "recovery", "dictionary_run"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["minilm", "smollm2"],
}
PARTS = ROOT / "out" / "records" / "looking_inside"
FULL = {
    "seeds": 5,
    "clean": 2,
    "untrained": 6,  # networks without training; they cost little
    "planted": {"epochs": 2, "plants": 200, "tests": 60, "sample": 600, "sae_steps": 400, "ig_steps": 32},
    "pairs": 3,
    "every": 5,
    "features": [64, 24],
    "recovery": 500,
    "recovery_seeds": 2,
    "dictionary_seeds": 1,
    "dictionary": {"texts": 400, "layer": 3, "steps": 200},
}
SMALLEST = {
    "seeds": 1,
    "clean": 1,
    "untrained": 1,
    "planted": {"epochs": 0, "plants": 2, "tests": 1, "sample": 30, "sae_steps": 1, "ig_steps": 1},
    "pairs": 1,
    "every": 29,
    "features": [64],
    "recovery": 1,
    "recovery_seeds": 1,
    "dictionary_seeds": 1,
    "dictionary": {"texts": 60, "layer": 1, "steps": 1},
}
TOLERANCE = 2e-2


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    hashes = input_hashes(**INPUTS)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), hashes, sizes)
    networks = ["untrained"] if smallest else ["planted", "clean", "untrained"]
    runs = [
        (name, seed)
        for seed in range(max(sizes["seeds"], sizes["untrained"]))
        for name in networks
        if seed < sizes["seeds" if name == "planted" else name]
    ]
    known = [(n, seed) for seed in range(sizes["recovery_seeds"]) for n in sizes["features"]]
    states = [(name, seed) for seed in range(sizes["dictionary_seeds"]) for name in ("trained", "untrained")]
    names = list(page["CAPITALS"])
    pairs = list(zip(names, names[1:] + names[:1], strict=True))[: sizes["pairs"]]
    layers = list(range(0, 30, sizes["every"]))
    parts = Parts(folder, len(runs) + len(known) + len(states) + len(pairs))
    results = {"sizes": sizes, "layers": layers}
    results["planted"] = [
        parts.kept(f"{name} {seed}", lambda n=name, s=seed: page["planted_run"](n, s, sizes["planted"]))
        for name, seed in runs
    ]

    def patched(one, other):
        """Both maps of one pair, exact and estimated: (2, layer, token)."""
        return [found.round(5).tolist() for found in page["patched_pair"](one, other, layers)]

    results["patched"] = [
        {"pair": pair, "maps": parts.kept(f"patched {' '.join(pair)}", lambda p=pair: patched(*p))} for pair in pairs
    ]
    results["recovery"] = [
        {"features": n, "seed": seed}
        | parts.kept(f"recovery {n} {seed}", lambda n=n, s=seed: page["recovery"](n, s, sizes["recovery"]))
        for n, seed in known
    ]
    results["dictionary"] = [
        parts.kept(
            f"dictionary {name} {seed}", lambda n=name, s=seed: page["dictionary_run"](n, s, sizes["dictionary"])
        )
        for name, seed in states
    ]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"looking_inside{'_smallest' * smallest}.json",
        name="looking_inside",
        command="python -m book.records.looking_inside" + " --smallest" * smallest,
        seeds=range(max(sizes["seeds"], sizes["untrained"])),
        seconds=parts.seconds(),
        hashes=hashes,
        results=results,
    )
    print(f"{path}: {parts.seconds() / 60:.1f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
