"""Record of the chapter on privacy: what a model remembers of its texts, and what each remedy costs.

python -m book.records.privacy               about eight minutes on one core
python -m book.records.privacy --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

from utils.records import RECORDS, input_hashes, write_record
from utils.runtime import stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/6_challenges/04_privacy.ipynb"
SHOWN = ["public_model", "private_texts", "trained", "exposures_of", "losses_of", "attacked", "code_scores", "exposure"]
SHOWN += ["scrubbed", "ENTITIES", "TAKEN", "prompt_of"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["shakespeare", "movie_snippets", "gloss_names", "wordnet_names"],
    "models": ["minilm"],
}
FULL = {
    "seeds": 4,
    "members": 1000,
    "public": 600,
    "steps": 200,
    "private": 60,
    "noise": [0.0, 0.5, 0.8, 1.6],
    "secrets": 24,
}
SMALLEST = {"seeds": 1, "members": 20, "public": 2, "steps": 2, "private": 1, "noise": [0.5], "secrets": 1}
NOT_COMPARED = ["seconds"]
TOLERANCE = 1e-2
PRIVATE = {"batch": 128, "clip": 1.0}  # texts of a step on average, and the length to which gradients are clipped
SCRUBBED = "Someone, pin code "


def main(smallest=False):
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    tagger = definitions(page["ENTITIES"], page["TAKEN"])
    with stopwatch() as seconds:
        public = page["public_model"](sizes["public"])
        found = [one_seed(page, tagger, public, seed, sizes) for seed in range(sizes["seeds"])]
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"privacy{'_smallest' * smallest}.json",
        name="privacy",
        command="python -m book.records.privacy" + " --smallest" * smallest,
        seeds=range(sizes["seeds"]),
        seconds=seconds(),
        hashes=input_hashes(**INPUTS),
        results={
            "sizes": sizes | PRIVATE,
            "runs": [run for runs, _, _ in found for run in runs],
            "attacks": [attack for _, attacks, _ in found for attack in attacks],
            "caught": [row for _, _, rows in found for row in rows],
        },
    )
    print(f"{path}: {seconds() / 60:.1f} minutes")


def one_seed(page, tagger, public, seed, sizes):
    """Every arm of a seed, the attacks on its plain model, and what the tagger finds of the canaries."""
    members, outsiders, secrets, texts = page["private_texts"](seed, sizes["members"])
    secrets, steps, runs, caught = secrets[-sizes["secrets"] :], sizes["steps"], [], []

    def measured(arm, model, read, noise=None, seconds=0.0):
        """A run's losses, the exposure of every canary, and how well the loss tells members from outsiders."""
        runs.append(
            {
                "seed": seed,
                "arm": arm,
                "noise": noise,
                "texts": len(read),
                "seconds": seconds,
                "loss": float(page["losses_of"](model, outsiders).mean()),
                "loss_members": float(page["losses_of"](model, members).mean()),
                "exposures": page["exposures_of"](model, secrets),
            }
        )

    def arm(name, read, n_steps, **options):
        with stopwatch() as seconds:
            model, kept = page["trained"](public, read, n_steps, seed, **options)
        measured(name, model, read, options.get("noise"), seconds())
        return model, kept

    measured("public", public, [])
    plain, kept = arm("nothing", texts, steps, at=[steps // 2])
    measured("stopped early", kept[steps // 2], texts)
    arm("duplicates removed", list(dict.fromkeys(texts)), steps)
    clean = {kinds: page["scrubbed"](texts, tagger, kinds) for kinds in (("PER",), tuple(tagger["KINDS"]))}
    persons, names = clean.values()
    model, _ = arm("names scrubbed", names, steps)
    for noise in sizes["noise"]:
        last, _ = arm("private", texts, sizes["private"], noise=noise, **PRIVATE)
    attacks = [
        {"seed": seed, "arm": name, "where": where, "attack": attack} | values
        for name, one in (("nothing", plain), ("private", last))
        for where, by_attack in page["attacked"](one, public, members, outsiders).items()
        for attack, values in by_attack.items()
    ]
    unnamed = page["code_scores"](model, SCRUBBED)
    for secret in secrets:
        text = page["prompt_of"](secret) + secret["code"]
        if secret["copies"]:
            place = texts.index(text)
            row = {"persons": persons[place] != text, "names": names[place] != text}
            row["unnamed"] = page["exposure"](unnamed, int(secret["code"]))
            caught.append({"seed": seed, "style": secret["style"], "copies": secret["copies"]} | row)
    changed = {key: sum(a != b for a, b in zip(texts, new[: len(members)])) for key, new in clean.items()}
    for key, n in changed.items():
        caught.append({"seed": seed, "style": "ordinary texts", "kinds": len(key), "changed": n})
    return runs, attacks, caught


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
