"""The field above the results ledger and the table of chapters keeps the rows with some words."""

import re

import pytest

LEDGER, STATUS = "book/ledger.html", "book/status.html"
SHOWN = """rows => rows.filter((row) => row.checkVisibility())
  .map((row) => row.closest("section").querySelector("h2").textContent + row.textContent)"""


def texts_of_rows(page):
    return [row.lower() for row in page.locator("details.book-rows tbody tr").evaluate_all(SHOWN)]


def test_chapters_are_folded_and_open_without_javascript(visit):
    page = visit(LEDGER, java_script_enabled=False).page
    assert page.locator("details.book-rows[open]").count() == 0
    page.locator("details.book-rows summary").first.click()
    assert page.locator("details.book-rows tbody tr:visible").count() > 5


def test_rows_with_all_words_are_kept_and_counted(visit):
    page = visit(LEDGER).page
    field, count = page.get_by_role("searchbox"), page.locator(".book-filter output")
    field.fill("Better than")
    shown = texts_of_rows(page)
    n, total = map(int, re.match(r"(\d+) of (\d+) claims", count.inner_text()).groups())
    assert 0 < n <= len(shown) < total
    whole = [row for row in shown if "better" in row and "than" in row]
    assert len(whole) == n, "the others are what these go on from"
    assert page.locator("article section section:visible").count() == page.locator("details.book-rows[open]").count()
    field.fill("")
    assert page.locator("details.book-rows:visible").count() == page.locator("details.book-rows").count()
    assert page.locator("details.book-rows[open]").count() == 0 and count.inner_text() == ""


def test_what_nothing_says_is_said_to_be_nowhere(visit):
    page = visit(LEDGER).page
    page.get_by_role("searchbox").fill("xyzzy")
    assert page.locator(".book-filter output").inner_text().startswith("None of ")
    assert texts_of_rows(page) == []


@pytest.mark.parametrize("width", [1440, 320])
def test_a_question_can_be_sent_in_the_address(visit, width):
    page = visit(f"{LEDGER}?q=random%20seed", width=width).page
    assert page.get_by_role("searchbox").input_value() == "random seed"
    assert all("random" in row and "seed" in row for row in texts_of_rows(page)[:1])
    page.get_by_role("searchbox").fill("loss")
    assert page.evaluate("location.search") == "?q=loss"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_table_of_chapters_is_filtered_and_keeps_its_sum(visit):
    page = visit(STATUS).page
    page.get_by_role("searchbox").fill("shakespeare")
    rows = page.locator("article table").first.locator("tbody tr:visible")
    texts = rows.all_inner_texts()
    assert texts[-1].startswith("All") and len(texts) > 2
    assert all("shakespeare" in text for text in texts[:-1])
    assert page.locator("article table").nth(1).locator("tbody tr:visible").count() > 5, "other tables stay whole"


def test_terms_of_the_glossary_are_kept_with_their_definitions(visit):
    page = visit("book/glossary.html").page
    total = page.locator("dl.glossary > dd").count()
    page.get_by_role("searchbox").fill("chrF")
    names, definitions = (page.locator(f"dl.glossary > {part}:visible") for part in ("dt", "dd"))
    n = definitions.count()
    assert 0 < n < 10 and names.count() >= n
    assert page.locator(".book-filter output").inner_text() == f"{n} of {total} terms"
    assert all("chrf" in (names.all_inner_texts()[0] + text).lower() for text in definitions.all_inner_texts()[:1])


def test_the_filter_leaves_where_a_link_leads(visit):
    """A chapter links to its terms: the address keeps the place."""
    page = visit("book/glossary.html#term-perplexity").page
    assert page.locator("#term-perplexity").is_visible()
    page.get_by_role("searchbox").fill("loss")
    assert page.evaluate("location.hash") == "#term-perplexity"
