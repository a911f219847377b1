"""What makes the pages light and the figures readable: each part by itself, without a browser."""

import gzip
import re
import urllib.request

import pytest

from book_site import figures, front, lighter, mathematics
from tools import chromium
from tools.site import SITE
from utils import plots


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (r"\frac{a}{b_1}", "<mfrac>"),
        (r"\arg\max_w P(w)", ">arg</mo>"),
        (r"\lVert x \rVert^2", 'stretchy="false">&#x02016;'),
        (r"|w|", 'lspace="0" rspace="0">|</mo>'),
        (r"H = -x", 'form="prefix">&#x02212;'),
        (r"\log p", 'rspace="0.17em">log</mo>'),
        (r"\exp(x)", 'rspace="0">exp</mo>'),
        (r"\Bigl\lVert x \Bigr\rVert", "‖"),
        (r"\begin{aligned} a &= b && \text{why} \end{aligned}", "<mtd"),
        (r"\underbrace{P(w)}_{\text{language model}}", "<munder>"),
    ],
)
def test_formulas_become_mathml(formula, wanted):
    shown = mathematics.mathml(formula, display=True)
    assert wanted in shown and 'display="block"' in shown and "\\" not in re.sub('alttext="[^"]*"', "", shown)


@pytest.mark.parametrize("formula", [r"\frac{a", r"\nosuchcommand x"])
def test_a_formula_that_cannot_be_set_is_refused(formula):
    with pytest.raises(mathematics.FormulaError, match="cannot be set"):
        mathematics.mathml(formula)


def test_the_ink_of_figures_is_the_one_that_the_site_replaces():
    assert plots.INK == figures.PRINTED_INK


@pytest.mark.parametrize("theme", figures.INKS)
def test_words_of_every_colour_of_the_book_can_be_read(theme):
    for colour in plots.PALETTE.values():
        assert figures.contrast(figures.readable(colour, theme), figures.GROUNDS[theme]) >= figures.CONTRAST
    assert figures.contrast(figures.INKS[theme], figures.GROUNDS[theme]) >= figures.CONTRAST
    assert figures.contrast("#000000", "#ffffff") == pytest.approx(21)


def test_lines_keep_their_colour_and_words_change():
    blue = plots.PALETTE["blue"]
    svg = (
        f'<svg width="72pt" height="36pt"><path style="stroke: {blue}"/><path style="stroke: {plots.INK}"/>'
        f'<g style="fill: {blue}" transform="translate(1 2) scale(0.08 -0.08)"></g></svg>'
    )
    shown = figures.themed(svg, "light")
    assert f"stroke: {blue}" in shown and f"fill: {blue}" not in shown and plots.INK not in shown
    measured = figures.measure(svg)
    assert (measured.width, measured.height) == (96, 48) and measured.smallest == pytest.approx(8 * 96 / 72)
    with pytest.raises(ValueError, match="width and height"):
        figures.measure("<svg></svg>")


def test_rules_that_no_page_uses_are_left_out(tmp_path):
    (tmp_path / "_static").mkdir()
    sheet = tmp_path / "_static" / "a.css"
    sheet.write_text(
        ".here, .nowhere { color: red } .nowhere { color: blue } p:not(.nowhere) { color: green }\n"
        "@media print { .nowhere { top: 0 } .here { top: 1px } }"
    )
    text = '<link rel="stylesheet" href="_static/a.css"><p class="here">'
    rules = lighter._one_sheet(tmp_path, {tmp_path / "index.html": text})
    assert "red" in rules and "green" in rules and "1px" in rules
    assert "blue" not in rules and ".here,.nowhere" not in rules and "top: 0" not in rules


def test_the_next_words_add_up():
    svg = front.still({"text": "a < b", "tokens": ["x", "<y>"], "logits": [2.0, 2.0]})
    assert svg.count("0.500") == 2 and "&lt;y&gt;" in svg and "a &lt; b" in svg


def test_the_server_compresses_for_those_who_accept_it():
    with chromium.served() as address:
        plain = urllib.request.urlopen(f"{address}/book/index.html").read()
        asked = urllib.request.Request(f"{address}/book/index.html", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            packed = answer.read()
    assert gzip.decompress(packed) == plain == (SITE / "book" / "index.html").read_bytes()
    assert len(packed) < len(plain) / 2
