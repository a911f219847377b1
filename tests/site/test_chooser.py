"""The chooser on the page picks what the page's own rule picks, says so, and follows its limits."""

import json

import pytest

from tests.site.test_browser import data_of
from tools import notebooks

PATH = next(path for path in notebooks.every() if path.stem == "02_which_model_which_metric")
NAME = PATH.with_suffix(".html").as_posix()


def cheapest_near_best(rows, ms, mb):
    """The rule of the chapter's ``chosen``, on plain rows."""
    within = [row for row in rows if row["ms"] <= ms and row["mb"] <= mb]
    if not within:
        return None
    top = max(row["accuracy"] for row in within)
    near = [row for row in within if row["high"] >= top]
    return min(near, key=lambda row: (row["ms"], -row["accuracy"]))["method"]


def test_it_picks_as_the_page_does(visit):
    page, picked = visit(NAME).page, set()
    for budgets in data_of(PATH, "chooser")["tasks"].values():
        for rows in budgets.values():
            for ms in (1e-9, rows[0]["ms"] * 1.5, 1e9):
                for mb in (1e-9, 120, 1e9):
                    asked = json.dumps({"rows": rows, "ms": ms, "mb": mb})
                    found = page.evaluate(f"window.bookComponents.chooser.compute({asked})")
                    assert found["choice"] == cheapest_near_best(rows, ms, mb)
                    picked.add(found["choice"])
    assert None in picked and len(picked) > 2, "the cases are too alike to test anything"


@pytest.mark.parametrize("width", [1440, 390])
def test_it_can_be_handled(visit, width):
    visited = visit(NAME, width=width)
    place = visited.page.locator('.book-interactive[data-component="chooser"]')
    said = place.locator("p[aria-live]")
    before = said.text_content()
    assert before.startswith("Take ")
    place.get_by_label("Task").select_option("language")
    assert said.text_content() != before
    place.get_by_label("At most, MB").focus()
    for _ in range(9):
        visited.page.keyboard.press("ArrowLeft")
    place.get_by_label("At most, ms a text").focus()
    for _ in range(9):
        visited.page.keyboard.press("ArrowLeft")
    assert said.text_content() == "No method is within these limits."
    assert place.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "it is wider than its place"
    assert visited.errors == [] and visited.foreign == []
