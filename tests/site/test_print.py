"""The printed book: nothing is cut off, pages are numbered, and links lead to pages of the same file."""

import re
import shutil

import pytest
from pypdf import PdfReader

from tools import chromium, pdf
from tools.site import SITE, SiteError

PAGES = ["book/how_to_read.html", "book/1_concepts/index.html", "book/preliminaries.html"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory, address, browser):
    path = tmp_path_factory.mktemp("print") / "book.pdf"
    assert pdf.write(PAGES, path, browser) == 0  # it refuses to print what would be cut off
    return PdfReader(path)


@pytest.fixture(scope="module")
def texts(printed):
    return [page.extract_text() for page in printed.pages]


def test_pages_are_numbered_and_the_contents_agree(texts):
    for number, text in enumerate(texts[1:], 2):
        assert re.search(rf"(?m)^{number}$", text.strip()), f"page {number} does not say so: {text[-80:]!r}"
    chapter = next(n for n, text in enumerate(texts[2:], 3) if "Preliminaries" in text[:200] and n > 5)
    listed = re.search(r"Preliminaries\D*(\d+)", texts[1])
    assert listed and "Preliminaries" in texts[int(listed[1]) - 1][:200], texts[1]
    assert int(listed[1]) <= chapter


def test_running_heads_name_the_chapter(texts):
    assert sum("Preliminaries" in text for text in texts) > 10


def test_links_lead_to_pages_of_the_book_and_none_to_this_machine(printed, texts):
    inside, outside = [], set()
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(printed.pages, 1)}
    for page in printed.pages:
        for link in page.get("/Annots") or ():
            link = link.get_object()
            if "/Dest" in link:
                inside.append(numbers[link["/Dest"][0].idnum])
            else:
                outside.add(link["/A"]["/URI"])
    listed = re.findall(r"(?m)(\d+)$", texts[1])
    assert inside[: len(PAGES)] == [int(n) for n in listed][: len(PAGES)], "those of the contents come first"
    assert len(inside) > len(PAGES) + 5, "and there are others"
    assert not [url for url in outside if "127.0.0.1" in url]


def test_bookkeeping_is_left_out_and_the_lesson_is_there(texts):
    text = "\n".join(texts)
    assert "Further reading" in text and "def " in text
    assert "keep(" not in text, "cells of checks stay on the site"
    assert "REPOSITORY, COMMIT" not in text, "the set-up cell stays on the site"


@pytest.mark.parametrize(
    "fault",
    [
        '<pre style="white-space: pre !important; overflow: hidden !important">' + "cut " * 100 + "</pre>",
        '<table><tr><td><div style="width: 900px">too wide</div></td></tr></table>',
    ],
)
def test_what_would_be_cut_off_is_refused(fault, browser, tmp_path):
    copy = tmp_path / "site"
    (copy / "book").mkdir(parents=True)
    for name in ("_static", "_images"):
        (copy / name).symlink_to(SITE / name)
    page = (SITE / PAGES[0]).read_text(encoding="utf-8")
    (copy / PAGES[0]).write_text(page.replace("</article>", fault + "</article>"), encoding="utf-8")
    with chromium.served(copy) as address:
        visit = pdf.visit(browser)
        assert pdf.clipped(visit, f"{address}/{PAGES[0]}"), "the fault was not seen"
        shutil.copy(SITE / PAGES[0], copy / PAGES[0])
        assert pdf.clipped(visit, f"{address}/{PAGES[0]}") == []
        visit.close()


def test_what_the_printing_adds_is_styled(browser, address):
    names = set(re.findall(r"\"(print-[a-z]+)", pdf.PREPARE))
    assert names and all(f".{name}" in pdf.STYLE for name in names)
    page = pdf.visit(browser)
    pdf.open_page(page, f"{address}/{PAGES[2]}")
    assert "gradient" in page.evaluate("getComputedStyle(document.querySelector('.print-line')).backgroundImage")
    page.close()


def test_a_table_of_many_columns_fits(browser, tmp_path):
    copy = tmp_path / "site"
    (copy / "book").mkdir(parents=True)
    for name in ("_static", "_images"):
        (copy / name).symlink_to(SITE / name)
    row = "<tr>" + "<td>-0.012345</td>" * 13 + "</tr>"
    page = (SITE / PAGES[0]).read_text(encoding="utf-8")
    (copy / PAGES[0]).write_text(page.replace("</article>", f"<table>{row}</table></article>"), encoding="utf-8")
    with chromium.served(copy) as address:
        visit = pdf.visit(browser)
        assert pdf.clipped(visit, f"{address}/{PAGES[0]}") == []
        assert visit.locator("table.print-wide").count() == 1
        visit.close()


def test_without_a_site_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "SITE", tmp_path)
    with pytest.raises(SiteError, match="make book"):
        pdf.write(path=tmp_path / "book.pdf")
