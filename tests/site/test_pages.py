"""The pages as a reader's browser shows them: at two widths, light and dark; the judge is in ``judging.py``."""

import re

import lxml.html
import pytest

from tests.site.judging import WIDTHS, aspects
from tools import notebooks, site
from tools.site import SITE

PAGES = [*site.pages(), "404.html", "search.html"]
CHAPTERS = [path.with_suffix(".html").as_posix() for path in notebooks.every()]


@pytest.mark.parametrize(
    ("name", "width", "aspect"),
    [(name, width, aspect) for name in PAGES for width in WIDTHS for aspect in aspects(name, width)],
)
def test_page(faults, name, width, aspect):
    found = faults(name, width)[aspect]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", CHAPTERS)
def test_search_finds_the_chapter(visit, name):
    heading = lxml.html.document_fromstring((SITE / name).read_text(encoding="utf-8")).find(".//h1")
    title = re.sub(r"^[\d.]+|#", "", heading.text_content()).strip()
    word = max(title.replace(",", " ").replace(":", " ").split(), key=len)
    page = visit(f"search.html?q={word}").page
    _finish_search(page)
    targets = page.locator("#search-results li a").evaluate_all("links => links.map(a => a.pathname)")
    assert any(target.endswith(name) for target in targets), f"{word!r} finds {targets}"


def _finish_search(page):
    """Wait until all results are listed: they come one by one, and the summary last."""
    page.wait_for_selector("#search-results li a", timeout=20000)
    page.locator(".search-summary", has_text=re.compile(r"\S")).wait_for(timeout=20000)


def test_theme_can_be_switched(visit):
    page = visit("book/index.html").page
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".theme-switch-button:visible").first.click()
    page.locator(".theme-switch-button:visible").first.click()
    themes = {page.evaluate("document.documentElement.dataset.theme")}
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert themes <= {"light", "dark"}


def test_paper_is_white_and_shows_the_figures_of_the_light_theme(visit):
    page = visit("book/1_concepts/03_what_large_changes.html", dark=True).page
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert page.locator(".book-figure .only-light:visible").count() > 0
    assert page.locator(".book-figure .only-dark:visible").count() == 0
    page.emulate_media(media="screen")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")


@pytest.mark.parametrize("name", ["genindex.html", "404.html", "book/index.html", "book/glossary.html"])
def test_nothing_is_wider_than_the_narrowest_phone(visit, name):
    page = visit(name, width=320).page
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("word", ["attention", "loss", "logits"])
def test_results_of_a_search_are_no_wider_than_the_narrowest_phone(visit, word):
    page = visit(f"search.html?q={word}", width=320).page
    _finish_search(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_phone_shows_the_panels_of_a_figure_one_below_another(visit):
    page = visit("book/2_attention/01_attention_by_hand.html").page
    assert page.locator(".book-in-panels:visible").count() > 0 and page.locator(".book-panel:visible").count() == 0
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.locator(".book-in-panels:visible").count() == 0
    boxes = [panel.bounding_box() for panel in page.locator(".book-panels:visible").first.locator(".book-panel").all()]
    assert len(boxes) > 1
    for above, below in zip(boxes, boxes[1:], strict=False):
        assert above["y"] + above["height"] <= below["y"] and above["width"] <= 390
