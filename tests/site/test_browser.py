"""The interactive figures: they draw, compute as the chapters do, and work by keyboard."""

import itertools
import json
import math
import re
from pathlib import Path

import pytest
import torch

from tools import execution, notebooks
from tools.environment import ROOT
from utils.sources import definitions, source_of

HEADS = "book/2_attention/02_heads_masks_positions.ipynb"
WORDS = "book/2_attention/04_from_hidden_state_to_words.ipynb"
TOKENS = "book/3_training/01_text_into_tokens.ipynb"


def interactive_figures():
    for path in notebooks.every():
        for cell in notebooks.read(path)["cells"]:
            if cell["cell_type"] == "code" and "interactive(" in "".join(cell["source"]):
                yield path
                break


WITH_SLIDERS = {  # names of the components of each page that has some
    path.with_suffix(".html").as_posix(): re.findall(r'interactive\(\s*"(\w+)', source_of(ROOT / path))
    for path in interactive_figures()
}


def data_of(path, component):
    notebook, _ = execution.outputs_for(path)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get("application/vnd.book.interactive+json", {})
            if record.get("component") == component:
                return record["data"]
    raise LookupError(component)


@pytest.mark.parametrize("name", [path.with_suffix(".html").as_posix() for path in interactive_figures()])
def test_interactive_figures_draw_and_stand_in(visit, name):
    page = visit(name).page
    places = page.locator(".book-interactive")
    assert places.count() >= 1
    for i in range(places.count()):
        assert places.nth(i).locator("svg").count() >= 1, "the component drew nothing"
    assert page.locator(".book-still:visible").count() == 0, "the still figure shows beside the interactive one"
    still = visit(name, java_script_enabled=False).page
    assert still.locator(".cell_output img:visible, .cell_output svg:visible").count() >= 1
    page.emulate_media(media="print")
    if page.locator(".book-interactive:not([data-beside])").count():
        assert page.locator(".book-still:visible").count() >= 1, "print shows the still figure"
    assert page.locator(".handle-figure:visible, .attention-figure:visible").count() == 0


@pytest.mark.parametrize("component", ["masks", "heads", "rotary", "decoding", "tour"])
def test_sliders_work_by_keyboard_and_say_so(visit, component):
    name = next(name for name, components in WITH_SLIDERS.items() if component in components)
    place = visit(name).page.locator(f'.book-interactive[data-component="{component}"]')
    before = place.inner_html()
    slider = place.locator('input[type="range"]').first
    slider.focus()
    slider.press("ArrowRight")
    assert place.inner_html() != before
    assert place.locator('[aria-live="polite"]').count() >= 1
    assert slider.get_attribute("aria-valuetext")


def of_chapter(name, *functions):
    return definitions(ROOT / name, list(functions))


def computed(page, component, *arguments):
    return page.evaluate(f"window.bookComponents['{component}'].compute(...{json.dumps(arguments)})")


def test_masks_component_computes_as_the_chapter_does(visit):
    chapter = of_chapter(HEADS, "causal", "sliding", "padding", "packed")
    page, document = visit(HEADS.replace(".ipynb", ".html")).page, [0, 0, 0, 1, 1, 2, 2, 2]
    for causal, window, n_padding, packed in itertools.product((False, True), (0, 3), (0, 2), (False, True)):
        real = torch.tensor([[1] * (8 - n_padding) + [0] * n_padding])
        visible = torch.ones(8, 8, dtype=torch.bool) & chapter["padding"](real)[0, 0].cpu()
        if causal:
            visible &= chapter["causal"](8).cpu()
        if window:
            visible &= chapter["sliding"](8, window).cpu()
        if packed:
            visible &= chapter["packed"](torch.tensor([document]))[0, 0]
        choices = {"document": document, "causal": causal, "window": window, "padding": n_padding, "packed": packed}
        assert computed(page, "masks", choices) == visible.tolist(), choices


def test_rotary_component_computes_as_the_chapter_does(visit):
    rotary = of_chapter(HEADS, "frequencies", "rotary")["rotary"]
    page = visit(HEADS.replace(".ipynb", ".html")).page
    query, key = torch.randn(2, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for p, r in ((0, 0), (12, 9), (60, 1)):
        score = rotary(query[None], torch.tensor([p]), 100.0) @ rotary(key[None], torch.tensor([r]), 100.0).mT
        data = {"query": query.tolist(), "key": key.tolist(), "base": 100.0}
        assert abs(computed(page, "rotary", data, p, r) - score.item()) < 1e-9


def test_decoding_component_computes_as_the_chapter_does(visit):
    chapter = of_chapter(WORDS, "NEVER", "temperature", "top_k", "top_p", "min_p")
    page = visit(WORDS.replace(".ipynb", ".html")).page
    logits = (
        torch.randn(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        .mul(3)
        .sort(descending=True)
        .values
    )
    for choices in (
        {"temperature": 0.7},
        {"topK": 5},
        {"topP": 0.8},
        {"minP": 0.1},
        {"temperature": 1.4, "topK": 30, "topP": 0.9, "minP": 0.02},
    ):
        wanted = chapter["temperature"](logits, choices.get("temperature", 1))
        for rule, choice in (("top_k", "topK"), ("top_p", "topP"), ("min_p", "minP")):
            if choice in choices:
                wanted = chapter[rule](wanted, choices[choice])
        result = torch.tensor(computed(page, "decoding", logits.tolist(), choices), dtype=torch.float64)
        assert torch.allclose(result, wanted.softmax(-1), atol=1e-9), choices


@pytest.mark.parametrize(
    "text", ["Unformatted cells are not recalculated.", "  two  spaces\n\tand it's 42 km", "naïve 猫 🙂👩‍👩‍👧", "", " "]
)
def test_tokens_component_cuts_as_the_chapter_does(visit, text):
    chapter = of_chapter(TOKENS, "BPE", "CHUNK", "spelled", "longest_first", "best_cut")
    data = data_of(Path(TOKENS), "tokens")
    bpe = chapter["BPE"]([tuple(pair) for pair in data["merges"]])
    p = {piece: math.exp(log) for piece, log in data["pieces"].items()}
    assert bpe.byte.keys() <= p.keys(), "every text can be cut"
    ways = {
        "merges": bpe.pieces,
        "longest": lambda chunk: chapter["longest_first"](chunk, bpe.ids),
        "unigram": lambda chunk: chapter["best_cut"]("".join(chapter["spelled"](chunk)), p),
    }
    chunks = chapter["CHUNK"].findall(text)
    wanted = {name: [piece for chunk in chunks for piece in way(chunk)] for name, way in ways.items()}
    page = visit(TOKENS.replace(".ipynb", ".html")).page
    assert computed(page, "tokens", text, {"merges": data["merges"], "pieces": data["pieces"]}) == wanted


def test_a_typed_text_is_cut_at_once(visit):
    place = visit(TOKENS.replace(".ipynb", ".html")).page.locator('.book-interactive[data-component="tokens"]')
    place.locator("textarea").fill("hello")
    assert "5 bytes" in place.inner_text() and place.locator("svg").count() == 3


def test_attention_component_computes_as_pytorch_does(visit):
    torch.manual_seed(0)
    page = visit("book/2_attention/01_attention_by_hand.html").page
    for trial in range(20):
        queries, keys, values = (torch.randn(4, 2, dtype=torch.float64) * 2 for _ in range(3))
        temperature, causal, scale = 0.3 + trial / 8, bool(trial % 2), bool(trial % 3)
        options = {"temperature": temperature, "causal": causal, "scale": scale}
        arguments = json.dumps([queries.tolist(), keys.tolist(), values.tolist(), options])
        result = page.evaluate(f"window.bookComponents.attention.compute(...{arguments})")
        scores = queries @ keys.T / (2**0.5 if scale else 1.0) / temperature
        if causal:
            scores = scores.masked_fill(torch.ones(4, 4, dtype=torch.bool).triu(1), -torch.inf)
        weights = scores.softmax(-1)
        assert torch.allclose(torch.tensor(result["weights"], dtype=torch.float64), weights, atol=1e-4)
        assert torch.allclose(torch.tensor(result["output"], dtype=torch.float64), weights @ values, atol=1e-4)


def test_attention_component_works_by_keyboard(visit):
    page = visit("book/2_attention/01_attention_by_hand.html").page
    place = page.locator('.book-interactive[data-component="attention"]')
    before = place.inner_text()
    slider = place.locator('input[type="range"]').first
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert place.inner_text() != before
    assert place.locator("[aria-live]").count() >= 1


def test_closed_cells_open_by_keyboard_and_where_a_link_leads_into_them(visit):
    name = "book/2_attention/01_attention_by_hand.html"
    page = visit(name).page
    assert page.locator(".book-kept:visible").count() == 0, "what is kept for the text shows in closed cells only"
    summaries = page.locator("details.hide > summary")
    assert summaries.first.inner_text().strip() == "Imports"
    assert page.locator("summary", has_text="checks hold").count() >= 5
    assert page.locator("summary[aria-label]", has_text=re.compile("hold|kept|Imports|figure")).count() == 0
    summaries.first.press("Enter")
    assert page.locator("details.hide").first.evaluate("cell => cell.open")
    inside = page.locator("details.hide:not([open]) .book-claim").first.get_attribute("id")
    page = visit(f"{name}#{inside}").page
    assert page.locator(f"#{inside}").is_visible()
