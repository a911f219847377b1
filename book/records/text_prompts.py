"""Record of the chapter on answers from a text: more room and a worked example for the answers by prompt.

python -m book.records.text_prompts               some minutes of processor time; resumes if interrupted
python -m book.records.text_prompts --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import torch

from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.runtime import device
from utils.sources import ROOT, definitions

CHAPTER = "book/4_applications/03_questions_from_a_text.ipynb"
SHOWN = ["questions_of", "scores_of", "VALIDATION", "prompted", "by_example"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["disfluent_questions_whole"],
    "models": ["smollm2"],
}
PARTS = ROOT / "out" / "records" / "text_prompts"
FULL = {"asked": 48, "tried_on": 10, "new_tokens": 32, "ways": ["example"]}
SMALLEST = {"asked": 1, "tried_on": 1, "new_tokens": 2, "ways": ["example"]}
NOT_COMPARED = []
TOLERANCE = 0.02


def main(smallest=False):
    torch.set_num_threads(1)  # so that the run may go on beside others
    sizes = SMALLEST if smallest else FULL
    page = definitions(ROOT / CHAPTER, SHOWN)
    parts = Parts(fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes), total=4)
    rows = page["questions_of"](load("disfluent_questions_whole").to_list())
    writer, tokens = load_model("smollm2").to(device()), load_tokenizer("smollm2")
    chosen = [i for i, row in enumerate(rows) if row["fold"] == page["VALIDATION"]][: sizes["tried_on"]]
    asked = [i for i, row in enumerate(rows) if row["fold"] != page["VALIDATION"]][: sizes["asked"]]

    def told(which, way):
        few = [rows[i] for i in which]
        if way == "example":
            return page["by_example"](few, writer, tokens, sizes["new_tokens"])
        return page["prompted"](few, way, writer, tokens, sizes["new_tokens"])

    def tried(way):
        return float(page["scores_of"](told(chosen, way), [rows[i] for i in chosen])[:, 1].mean())

    ways = {way: parts.kept(f"way {way}", lambda way=way: tried(way)) for way in sizes["ways"]}
    best = max(ways, key=ways.get)
    answers = parts.kept("answers", lambda: told(asked, best))
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("text_prompts_smallest.json" if smallest else "text_prompts.json"),
        name="text_prompts",
        command="python -m book.records.text_prompts" + " --smallest" * smallest,
        seeds=[0],
        seconds=parts.seconds(),
        hashes=input_hashes(**INPUTS),
        results={"ways": ways, "way": best, "asked": asked, "answers": answers},
    )
    print(f"{path}: {parts.seconds() / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
