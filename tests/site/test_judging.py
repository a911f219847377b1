"""The judge of pages is judged: a fault planted in a copy of a real chapter turns its aspect red, and no other."""

import os

import pytest

from tests.site.judging import WIDTHS, aspects, faults_of_words, judge
from tools import chromium
from tools.site import SITE

CHAPTER = "book/2_attention/01_attention_by_hand.html"
COPY = "book/planted/copy.html"  # as deep as the chapter, so that its addresses lead to the same files
LAST = "</article>"
LONG = f"<math><mrow>{'<mi>x</mi><mo>+</mo>' * 60}</mrow></math>"
FAULTS = {  # what is put in before a part of the page, the part, the width, the aspect that must turn red
    "faint text": ('<p style="color: #b9b9b9">Hard to see in light.</p>', LAST, 1440, "contrast in light"),
    "one faint word deep in the page": (
        '<div><ul><li><span><em style="color: #99a; font-size: 13px">odd</em></span></li></ul></div>',
        "</section>", 1440, "contrast in light",
    ),
    "faint text on a panel": (
        '<div style="background: #888"><p style="opacity: 0.7">Hard to see.</p></div>', LAST, 1440, "contrast in light",
    ),
    "faint text in dark only": (
        '<p class="planted">Hard to see in dark.</p>'
        '<style>html[data-theme="dark"] .planted { color: #555b64; }</style>', LAST, 390, "contrast in dark",
    ),
    "a link that looks like its text": (
        '<p>Words before <a class="planted" href="copy.html">the link</a> and words behind it.</p>'
        "<style>.planted.planted { color: #303a48; text-decoration: none; border: 0 }</style>",
        "</section>", 1440, "contrast in light",
    ),
    "a control without a name": ('<button type="button"></button>', LAST, 390, "names and roles"),
    "a picture without words": ('<img src="../../_static/logo.svg">', LAST, 1440, "names and roles"),
    "too wide for a phone": ('<div style="width: 700px">Wide.</div>', LAST, 390, "width"),
    "too wide in a section that waits": ('<div style="width: 700px">Wide.</div>', "</section>", 390, "width"),
    "a request to another host": ('<img alt="" src="http://other.invalid/a.png">', LAST, 1440, "requests to others"),
    "an error in the console": ('<script>console.error("planted");</script>', LAST, 1440, "errors"),
    "a script that fails": ("<script>undefinedFunction();</script>", LAST, 1440, "errors"),
    "a formula that was not set": ('<span class="math">\\(x\\)</span>', LAST, 1440, "mathematics"),
    "a number on its formula": (
        f'<div class="math"><span class="eqno" style="margin-left: -4em">(1)</span>{LONG}</div>',
        LAST, 390, "mathematics",
    ),
    "a formula that has to be scrolled on a desk": (f'<div class="math">{LONG}</div>', LAST, 1440, "mathematics"),
    "a page that weighs too much": ('<img alt="Noise, not compressible" src="noise.png">', LAST, 1440, "weight"),
}  # fmt: skip


@pytest.fixture(scope="module")
def planted(browser, tmp_path_factory):
    """A function: the faults that the judge finds in the chapter with some HTML planted before a part of it."""
    site = tmp_path_factory.mktemp("planted")
    for entry in SITE.iterdir():
        if entry.name != "book":
            (site / entry.name).symlink_to(entry)
    (site / "book").mkdir()
    for entry in (SITE / "book").iterdir():
        (site / "book" / entry.name).symlink_to(entry)
    copy = site / COPY
    copy.parent.mkdir()
    (copy.parent / "noise.png").write_bytes(os.urandom(700_000))
    text = (SITE / CHAPTER).read_text(encoding="utf-8")
    with chromium.served(site) as address:

        def judged(html, before, width):
            at = text.rindex(before)
            copy.write_text(text[:at] + html + text[at:], encoding="utf-8")
            return judge(browser, address, COPY, width)

        yield judged


@pytest.mark.parametrize("width", WIDTHS)
def test_the_copy_itself_has_no_fault(planted, width):
    found = planted("", LAST, width)
    assert set(found) == set(aspects(COPY, width)) and not any(found.values()), found


@pytest.mark.parametrize("kind", FAULTS)
def test_a_planted_fault_is_found(planted, kind):
    html, before, width, aspect = FAULTS[kind]
    found = planted(html, before, width)
    assert found[aspect], f"{kind} was not found"


def test_small_and_faint_words_in_figures_are_found():
    def drawn(scale, colour):
        word = f'<g style="fill: {colour}" transform="translate(1 1) scale({scale} -{scale})"></g>'
        return f'<svg width="300pt" height="150pt">{word}</svg>'

    assert not faults_of_words(drawn(0.1, "#4d5460"), "light", 400, "fig")
    assert "px high" in faults_of_words(drawn(0.07, "#4d5460"), "light", 400, "fig")[0]
    assert "px high" in faults_of_words(drawn(0.1, "#4d5460"), "light", 200, "fig")[0], "shown at half its size"
    assert "contrast" in faults_of_words(drawn(0.1, "#7a7f8a"), "light", 400, "fig")[0]
    assert "contrast" in faults_of_words(drawn(0.1, "#4d5460"), "dark", 400, "fig")[0]
