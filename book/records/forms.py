"""Record of the service chapter: a chat model's replies in a given form, asked and shown, with a grammar and without.

python -m book.records.forms               some minutes of processor time; resumes if interrupted
python -m book.records.forms --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import torch

from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/5_deployment/03_from_a_model_to_a_service.ipynb"
SHOWN = ["clear_reviews", "replies"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "forms"
FULL = {"reviews": 200, "at_once": 20, "tokens": 40}
SMALLEST = {"reviews": 2, "at_once": 2, "tokens": 2}
NOT_COMPARED = []
TOLERANCE = 0.02


def main(smallest=False):
    torch.set_num_threads(1)  # so that the run may go on beside others
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    reviews = page["clear_reviews"](sizes["reviews"])
    firsts = range(0, len(reviews), sizes["at_once"])
    parts = Parts(
        fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes), total=len(firsts)
    )
    written = {}
    for first in firsts:
        some = reviews[first : first + sizes["at_once"]]
        for way, texts in parts.kept(f"from {first}", lambda some=some: page["replies"](some, sizes["tokens"])).items():
            written.setdefault(way, []).extend(texts)
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("forms_smallest.json" if smallest else "forms.json"),
        name="forms",
        command="python -m book.records.forms" + " --smallest" * smallest,
        seeds=[0],
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results={"replies": written},
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
