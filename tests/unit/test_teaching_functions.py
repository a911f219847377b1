"""Functions that the chapters show, at the edges of what a reader may give them."""

import pytest
import torch

from tools.environment import ROOT
from utils.sources import definitions

WORDS = ROOT / "book" / "2_attention" / "04_from_hidden_state_to_words.ipynb"


@pytest.fixture(scope="module")
def rules():
    """The sampling rules as their chapter shows them."""
    return definitions(WORDS, ["temperature", "top_k", "min_p", "top_p", "typical"])


@pytest.mark.parametrize("n", [4, 49_152])
def test_sampling_rules_at_their_edges(rules, n):
    logits = torch.randn(3, n, generator=torch.Generator().manual_seed(0))

    def kept(new):
        return torch.isfinite(new).sum(-1)

    assert (kept(rules["top_k"](logits, 40)) == min(40, n)).all() and (kept(rules["top_k"](logits, 1)) == 1).all()
    for name in ("top_p", "typical"):
        assert (kept(rules[name](logits, 0.0)) == 1).all(), "an empty choice cannot be drawn from"
        assert (kept(rules[name](logits, 1.0)) == n).all()
    assert (kept(rules["min_p"](logits, 0.0)) == n).all() and (kept(rules["min_p"](logits, 1.0)) == 1).all()
    for name, value in (("temperature", 0), ("temperature", -1), ("top_k", 0), ("min_p", 1.5), ("min_p", -0.1)):
        with pytest.raises(ValueError, match="must be"):
            rules[name](logits, value)


def test_a_schedule_ends_or_says_why_not():
    schedule = definitions(WORDS.with_name("05_what_attention_costs.ipynb"), ["schedule"])["schedule"]
    assert schedule([], 2, True) == [] and len(schedule([1], 3, False)) == 1
    for n_news, n_slots in (([0, 2], 2), ([2, -1], 2), ([2], 0)):
        with pytest.raises(ValueError, match="or more"):
            schedule(n_news, n_slots, continuous=True)
