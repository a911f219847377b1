"""Functions that the chapters show, at the edges of what a reader may give them."""

import csv
import math
from collections import Counter

import numpy as np
import pytest
import torch

from tools.environment import ROOT
from utils.sources import definitions
from utils.transformer import Transformer, TransformerConfig, generate

BOOK = ROOT / "book"
WORDS = BOOK / "2_attention" / "04_from_hidden_state_to_words.ipynb"
COSTS = BOOK / "2_attention" / "05_what_attention_costs.ipynb"
TOKENS = BOOK / "3_training" / "01_text_into_tokens.ipynb"
CLASSES = BOOK / "3_training" / "04_fine_tuning_classification.ipynb"
JUDGED = BOOK / "3_training" / "08_evaluation_that_can_be_trusted.ipynb"
PRIVACY = BOOK / "6_challenges" / "04_privacy.ipynb"


@pytest.fixture(scope="module")
def rules():
    """The sampling rules as their chapter shows them."""
    return definitions(WORDS, ["temperature", "top_k", "min_p", "top_p", "typical", "repetition_penalty"])


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
    bad = [("temperature", 0), ("temperature", -1), ("temperature", math.nan), ("top_k", 0)]
    bad += [(name, share) for name in ("min_p", "top_p", "typical") for share in (90, 1.5, -0.5, math.nan)]
    for name, value in bad:
        with pytest.raises(ValueError, match="must be"):
            rules[name](logits, value)


def test_a_repetition_penalty_has_a_row_of_ids_for_each_text(rules):
    penalty, z = rules["repetition_penalty"], torch.tensor([[1.0, 2.0, -2.0]])
    assert penalty(z, torch.tensor([[1, 2]]), 2).tolist() == [[1, 1, -4]]
    assert penalty(z[0], torch.tensor([1]), 2).tolist() == [1, 1, -2], "one text without its axis"
    assert penalty(z, torch.zeros(1, 0, dtype=torch.long), 2).tolist() == z.tolist(), "nothing was written yet"
    for rows, alpha in ((2, 2), (1, 0), (1, -1), (1, math.nan), (1, math.inf)):
        with pytest.raises(ValueError, match="alpha must be above 0, and ids have a row for each"):
            penalty(z.repeat(rows, 1), torch.tensor([[1]]), alpha)


def test_a_schedule_ends_or_says_why_not():
    schedule = definitions(COSTS, ["schedule"])["schedule"]
    assert schedule([], 2, True) == [] and len(schedule([1], 3, False)) == 1
    assert len(schedule(np.array([4, 1, 3]), 2, True)) == 4 and len(schedule([2.0], 1, True)) == 2
    bad = ([0, 2], 2), ([2, -1], 2), ([2], 0), ([1.5], 1), ([3, math.nan], 2), ([math.inf], 1), ([2], 1.5)
    for n_news, n_slots in bad:
        with pytest.raises(ValueError, match="or more"):
            schedule(n_news, n_slots, continuous=True)


@pytest.fixture(scope="module")
def writers():
    """What writes greedily on the page of costs, and a small random model to write with."""
    page = definitions(COSTS, ["speculative_greedy", "look_up", "serve", "PagedCache", "write"])
    torch.manual_seed(0)
    config = TransformerConfig(vocab_size=11, d_model=16, n_layers=2, n_heads=2, d_ff=32, max_length=64)
    return page, Transformer(config).eval().to(page["where"])


@pytest.mark.parametrize("prompts", [[[3]], [[3], [4, 5]], [[4, 5, 3], [6]]])
def test_prompts_of_one_token_are_written_on(writers, prompts):
    page, model = writers
    alone = [generate(model, torch.tensor([ids], device=page["where"]), 4)[0].tolist() for ids in prompts]
    speculated = [page["speculative_greedy"](model, ids, 4, page["look_up"], 3)[0] for ids in prompts]
    paged = page["PagedCache"](model.config, 16, 4, like=model.embed.token.weight)
    served, _ = page["serve"](model, prompts, [4] * len(prompts), 2, True, paged)
    assert speculated == alone and served == alone and len(paged.free) == 16
    assert [page["write"](model, ids, 4, cached=True)[0] for ids in prompts] == alone


def test_what_cannot_be_written_on_is_refused(writers):
    page, model = writers
    paged = page["PagedCache"](model.config, 16, 4, like=model.embed.token.weight)
    with pytest.raises(ValueError, match="the prompt is empty"):
        page["speculative_greedy"](model, [], 4, page["look_up"], 3)
    for prompts, n_news in (([[3], [4, 5]], [2]), ([[3]], [2, 2]), ([[3], []], [2, 2]), ([], [2])):
        with pytest.raises(ValueError, match="each prompt, of one token or more"):
            page["serve"](model, prompts, n_news, 2, True, paged)
    for ids, n_new in (([], 2), ([3], 0)):
        with pytest.raises(ValueError, match="one token or more"):
            page["write"](model, ids, n_new, cached=True)


def test_a_trend_needs_three_years_and_values_above_zero():
    growth = definitions(BOOK / "1_concepts" / "03_what_large_changes.ipynb", ["growth"])["growth"]
    factor, low, high, _ = growth([2020, 2021, 2022, 2020], [1, 10, 100, 1])
    assert factor == pytest.approx(10) and low == pytest.approx(10) and high == pytest.approx(10)
    years = [2020, 2021, 2022]
    bad = [([2020, 2021, 2020], [1, 2, 3]), ([2020], [1]), ([], []), ([2020, 2021, math.nan], [1, 2, 3])]
    bad += [(years, [1, 2, last]) for last in (0, -1, math.nan, math.inf)]
    for case in bad:
        with pytest.raises(ValueError, match="three or more years that differ, with values above zero"):
            growth(*case)


def test_a_summary_that_does_not_fit_is_said():
    page = definitions(BOOK / "4_applications" / "08_a_chatbot.ipynb", ["summarised", "retrieval", "user"])
    page["reply"] = lambda *_: "The user has a dog."
    turns = [[page["user"](f"This is what I say in turn {i}.")] for i in range(4)]
    costs = [page["cost"](state) for state in page["summarised"](turns, 45, None)]
    assert len(costs) == 4 and max(costs) <= 45
    for budget in (10, 0, -1):
        with pytest.raises(ValueError, match=f"the summary alone takes more than {budget} tokens"):
            page["summarised"](turns, budget, None)
    assert page["summarised"]([], 10, None) == [] and page["retrieval"]([], "?", 10, None) == []


def test_a_unigram_trainer_ends_or_says_why_not():
    page = definitions(TOKENS, ["train_unigram"])
    train, words = page["train_unigram"], Counter({"low": 5, "lower": 2, "newest": 6, "widest": 3})
    for n_pieces in (256, 257, 262):
        pieces = train(words, n_pieces)
        assert len(pieces) <= n_pieces and sum(pieces.values()) == pytest.approx(1)
    bad = [(words, 0), (words, 100), (words, 255), (words, -1), (Counter({"two words": 1}), 260)]
    for case in (*bad, (words, 260, 10, 1.0), (words, 260, 10, math.nan)):
        with pytest.raises(ValueError, match="n_pieces from 256 on"):
            train(*case)


@pytest.mark.parametrize("references", ["cab", "", [], ()])
def test_references_are_lists(references):
    page = definitions(JUDGED, ["exact_match", "squad_f1", "bleu"])
    assert page["exact_match"]("a cab", ["bus", "Cab!"]) == 1 and page["squad_f1"]("", [""]) == 1
    assert page["bleu"](["a b c d e"], [["a b c d e", "f"]]) == pytest.approx(100)
    for call in (
        lambda: page["exact_match"]("a", references),
        lambda: page["squad_f1"]("a", references),
        lambda: page["bleu"](["a"], [references]),
        lambda: page["bleu"](["a b", "c"], [["a b"], references]),
    ):
        with pytest.raises(ValueError, match="references must be a list"):
            call()


def test_bleu_of_plain_texts_is_refused():
    bleu = definitions(JUDGED, ["bleu"])["bleu"]
    for hypotheses, references in ((["a b c d e"], ["a b c d e"]), ("a", ["a"]), (["a"], []), (["a"], "a")):
        with pytest.raises(ValueError, match="list"):
            bleu(hypotheses, references)


@pytest.mark.parametrize("n", [0, -1])
def test_runs_of_no_words_are_none(n):
    page = definitions(JUDGED, ["rouge_n"])
    assert page["rouge_n"]("the ship left", "the ship left", 2) == 1
    with pytest.raises(ValueError, match="one word or more"):
        page["rouge_n"]("a b", "c d", n)


def test_an_interval_has_a_level_and_counts_that_can_be():
    page = definitions(JUDGED, ["five_intervals", "best_of"])
    for low, high in page["five_intervals"]([0, 1, 3], 3, 0.9).values():
        assert np.isfinite([low, high]).all()
    for level in (95, 1, 0, -0.5, math.nan):
        with pytest.raises(ValueError, match="level must lie between 0 and 1"):
            page["five_intervals"](1, 3, level)
    for k, n in ((-1, 3), (4, 3), ([1, math.nan], 3), (0, 0)):
        with pytest.raises(ValueError, match="k must lie between 0 and n"):
            page["five_intervals"](k, n)
    assert page["best_of"](1, 100, 0.85) == pytest.approx(0.85)
    for case in ((0, 10, 0.5), (2, 0, 0.5), (2, 10, 1.5), (2, 10, math.nan)):
        with pytest.raises(ValueError, match="want k ≥ 1"):
            page["best_of"](*case)


@pytest.mark.parametrize("page", [CLASSES, JUDGED, BOOK / "6_challenges" / "06_safety_and_truth.ipynb"], ids=str)
def test_a_calibration_error_has_bins_and_probabilities(page):
    found = definitions(page, ["calibration_error"])["calibration_error"]

    def error(p, y, n_bins=10):
        p, y = np.array(p), np.array(y)
        return found(y, p, n_bins) if page == JUDGED else found(p, y, n_bins)

    assert error([0.1, 0.9], [0, 1]) == pytest.approx(0.1) and error([0.0, 1.0], [0, 1], 1) == 0
    bad = [([0.1, 0.9], [0, 1], 0), ([0.1, 0.9], [0, 1], -3), ([], [], 10)]
    for case in [*bad, *(([0.1, p], [0, 1], 10) for p in (1.5, -0.1, math.nan))]:
        with pytest.raises(ValueError, match="between 0 and 1|0 and 1, both|not finite"):
            error(*case)


def test_pass_at_k_of_samples_that_cannot_be_is_refused():
    page = definitions(BOOK / "4_applications" / "09_code.ipynb", ["pass_at_k", "plug_in"])
    assert page["pass_at_k"](4, 1, 2) == 1 / 2 and page["pass_at_k"](5, 2, 4) == 1 and page["pass_at_k"](3, 0, 3) == 0
    assert page["plug_in"](4, 1, 2) == 7 / 16 and page["plug_in"](4, 4, 9) == 1
    for case in ((5, -1, 1), (5, 6, 1), (0, 0, 1), (5, 2, 0), (5, 2, -1)):
        for name in ("pass_at_k", "plug_in"):
            with pytest.raises(ValueError, match="want 0 ≤ c ≤ n"):
                page[name](*case)
    with pytest.raises(ValueError, match="k ≤ n"):
        page["pass_at_k"](5, 2, 10)


NO_PRIVACY = [(0.01, 0, 100), (0.01, -1, 100), (0.01, math.nan, 9), (0.01, math.inf, 9)]
NO_PRIVACY += [(0, 1.0, 100), (2, 1.0, 100), (-0.1, 1.0, 9), (math.nan, 1.0, 9), (0.01, 1.0, 0)]


def test_an_accountant_refuses_what_is_no_private_training():
    page = definitions(PRIVACY, ["composed", "epsilon_of", "epsilon_by_moments", "gaussian_delta"])
    promised = [page[name](0.01, 1.0, 100) for name in ("epsilon_of", "epsilon_by_moments")]
    assert 0 < promised[0] < promised[1] < 5 and page["epsilon_of"](0.01, 0.1, 100) == math.inf
    for case in NO_PRIVACY:
        for name in ("epsilon_of", "epsilon_by_moments"):
            with pytest.raises(ValueError, match="want 0 < rate ≤ 1, noise > 0"):
                page[name](*case)
        with pytest.raises(ValueError, match="want 0 < rate ≤ 1, noise > 0"):
            page["composed"](*case, True)
    for delta in (0, 1, -1e-5, math.nan):
        with pytest.raises(ValueError, match="0 < delta < 1"):
            page["epsilon_of"](0.01, 1.0, 100, delta)
    for noise, n_steps in ((0, 10), (-1, 10), (1.0, 0)):
        with pytest.raises(ValueError, match="noise > 0"):
            page["gaussian_delta"](1.0, noise, n_steps)


def test_an_audit_counts_no_more_than_it_ran():
    at_least = definitions(PRIVACY, ["epsilon_at_least"])["epsilon_at_least"]
    assert at_least(100, 0, 100) > 3 and at_least(0, 100, 100) < 0
    for case in ((101, 0, 100), (-1, 0, 100), (0, 101, 100), (0, -1, 100), (0, 0, 0)):
        with pytest.raises(ValueError, match="must lie between 0 and n"):
            at_least(*case)


def reviews(folder, **changed):
    """A folder of eight rows a split, with some of them changed: test=(3, ("fine", 2))."""
    for split in ("train", "test"):
        rows = [(f"a film {i}", i % 2) for i in range(8)]
        if split in changed:
            place, row = changed[split]
            rows[place] = row
        with open(folder / f"{split}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
    return str(folder)


@pytest.fixture(scope="module")
def classes():
    """The page's last function, and what it is made of but the training."""
    page = definitions(CLASSES, ["train_and_test", "drawn_from"])
    page["tokenise"] = lambda rows, settings: rows
    page["fine_tune"] = lambda rows, *_: rows
    page["probability_positive"] = lambda trainer, rows: np.array(rows["label"])
    return page


BAD_ROWS = [
    (split, row, f"row 3, {said}")
    for split in ("train", "test")
    for row, said in (
        (("fine", 2), "label: 2 is not 0 or 1"),
        (("fine", -1), "label: -1 is not 0 or 1"),
        (("fine", ""), "label: (None|nan) is not 0 or 1"),
        (("", 1), "text: None is not a text"),
    )
]
BAD_ROWS += [  # one such row changes the type of all labels
    ("train", ("fine", 0.5), "row 3, label: 0.5 is not 0 or 1"),
    ("train", ("fine", "good"), "row 0, label: '0' is not 0 or 1"),
]


@pytest.mark.parametrize("split, row, said", BAD_ROWS)
def test_a_row_that_cannot_be_learnt_from_is_named(classes, tmp_path, split, row, said):
    folder = reviews(tmp_path, **{split: (3, row)})
    with pytest.raises(ValueError, match=f"{split}, {said}"):
        classes["train_and_test"]("minilm", folder, 8, 8)


def test_rows_are_drawn_from_those_that_are_there(classes, tmp_path):
    folder = reviews(tmp_path)
    assert classes["train_and_test"]("minilm", folder, 8, 1) == 1
    for sizes, split in (((80, 8), "train"), ((0, 8), "train"), ((8, 9), "test"), ((8, -1), "test")):
        with pytest.raises(ValueError, match=f"{split} has 8 rows: -?[0-9]+ cannot be drawn"):
            classes["train_and_test"]("minilm", folder, *sizes)


@pytest.mark.parametrize("labels", [[0, 1, 1], [False, True, True], [0.0, 1.0, 1.0]])
def test_labels_that_mean_0_and_1_are_taken(classes, labels):
    import datasets

    data = {"train": datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": labels, "other": [1, 2, 3]})}
    drawn = classes["drawn_from"](data, "train", 3)
    assert sorted(zip(drawn["text"], drawn["label"])) == [("a", 0), ("b", 1), ("c", 1)]
    assert all(type(label) is int for label in drawn["label"]) and drawn.column_names == ["text", "label"]
