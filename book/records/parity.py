"""Record of the chapter on the whole Transformer: SmolLM2's longest sequence, and twenty long greedy texts.

python -m book.records.parity               about fifteen minutes on two cores
python -m book.records.parity --smallest    seconds: the same steps at toy sizes, into out/
"""

import argparse

import torch

from utils.checkpoints import load_transformer
from utils.data import load
from utils.models import load_model, load_tokenizer
from utils.records import RECORDS, input_hashes, write_record
from utils.runtime import device, stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/2_attention/03_the_whole_transformer.ipynb"
SHOWN = ["relative_gap", "norms_in_full", "written_by_both"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets", "shakespeare"],
    "models": ["smollm2"],
}
FULL = {"longest": 8192, "prompts": 20, "prompt_tokens": 16, "new_tokens": 200, "chunk": 512}
SMALLEST = FULL | {"longest": 16, "prompts": 1, "prompt_tokens": 6, "new_tokens": 4}


@torch.no_grad()
def longest_gap(page, ours, theirs, ids, chunk):
    """Gap of all logits of one long sequence, in pieces, since they would fill the memory."""
    a, b = ours(ids)[0], theirs.model(ids).last_hidden_state[0]
    worst = largest = 0.0
    for x, y in zip(a.split(chunk), b.split(chunk), strict=True):
        mine, reference = ours.logits(x), theirs.lm_head(y)
        worst = max(worst, (mine - reference).abs().max().item())
        largest = max(largest, reference.abs().max().item())
    return worst / largest


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    page, tokenizer = definitions(ROOT / CHAPTER, SHOWN), load_tokenizer("smollm2")
    hashes, gaps = input_hashes(**INPUTS), {}
    ours, theirs = load_transformer("smollm2").to(device()), load_model("smollm2").to(device())
    with stopwatch() as seconds:
        snippets = load("movie_snippets")["test"]["text"]
        long_enough = [ids for ids in tokenizer(list(snippets))["input_ids"] if len(ids) >= plan["prompt_tokens"]]
        prompts = torch.tensor([ids[: plan["prompt_tokens"]] for ids in long_enough[: plan["prompts"]]])
        written = page["written_by_both"](ours, theirs, prompts.to(device()), plan["new_tokens"])
        play = tokenizer(load("shakespeare")["text"][0], return_tensors="pt")["input_ids"]
        ids = play[:, : plan["longest"]].to(device())
        assert ids.shape[1] == plan["longest"] <= ours.config.max_length
        gaps["float32"] = longest_gap(page, ours, theirs, ids, plan["chunk"])
        ours, theirs = ours.double(), theirs.double()
        with page["norms_in_full"](theirs):
            gaps["float64"] = longest_gap(page, ours, theirs, ids, plan["chunk"])
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"parity{'_smallest' * smallest}.json",
        name="parity",
        command="python -m book.records.parity" + " --smallest" * smallest,
        seeds=[0],
        seconds=seconds(),
        hashes=hashes,
        results={"plan": plan, "longest": gaps, "greedy": written},
    )
    print(f"{path}: {seconds() / 60:.0f} minutes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
