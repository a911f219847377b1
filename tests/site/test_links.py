"""Every internal link and anchor of the site leads somewhere; every picture says what it shows."""

from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tools import execution, notebooks, site
from tools.site import SITE
from utils.checks import CLAIM

PAGES = site.pages()


@pytest.fixture(scope="module")
def soups():
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in SITE.rglob("*.html")
        if "_static" not in path.parts
    }


def test_every_page_of_the_contents_is_there():
    assert [page for page in PAGES if not (SITE / page).exists()] == []


def test_internal_links_and_anchors(soups):
    anchors = {
        path: {tag.get("id") for tag in soup.find_all(id=True)} | {t.get("name") for t in soup.find_all("a")}
        for path, soup in soups.items()
    }
    broken = []
    for path, soup in soups.items():
        for tag, attribute in (("a", "href"), ("img", "src"), ("link", "href"), ("script", "src")):
            for element in soup.find_all(tag):
                link = urlsplit(element.get(attribute) or "")
                if link.scheme or link.netloc or not (link.path or link.fragment):
                    continue
                target = (path.parent / unquote(link.path)).resolve() if link.path else path
                target = target / "index.html" if target.is_dir() else target
                if path.name == "404.html" and link.path.startswith("/"):
                    target = SITE / link.path.lstrip("/")
                lost = link.fragment and target in anchors and unquote(link.fragment) not in anchors[target]
                if not target.exists() or lost:
                    broken.append(f"{path.relative_to(SITE)}: {element.get(attribute)}")
    assert not broken, "\n".join(sorted(set(broken))[:40])


def test_every_picture_has_an_alternative_text(soups):
    silent = [
        f"{path.relative_to(SITE)}: {image.get('src')}"
        for path, soup in soups.items()
        for image in soup.select("article img")
        if len((image.get("alt") or "").split()) < 4
    ]
    assert not silent, silent


def test_pages_have_description_version_and_date(soups):
    for path, soup in soups.items():
        if path.relative_to(SITE).as_posix() in PAGES:
            description = soup.find("meta", attrs={"name": "description"})
            assert description and len(description["content"]) > 40, path
            assert soup.select_one(".book-edition"), f"{path} shows no version and date"


def test_the_ledger_lists_every_claim_once(soups):
    links = [a["href"] for a in soups[SITE / "book" / "ledger.html"].select('article a[href*="#claim-"]')]
    claims = [
        output
        for path in notebooks.every()
        for cell in execution.outputs_for(path)[0]["cells"]
        for output in cell.get("outputs", [])
        if CLAIM in output.get("data", {})
    ]
    assert len(links) == len(set(links)) == len(claims) > 0


def test_notebooks_can_be_downloaded(soups):
    for path, soup in soups.items():
        for button in soup.select("a.book-button[download]"):
            assert (path.parent / button["href"]).resolve().exists(), path


def test_no_repository_no_dead_buttons(soups):
    from tools.notebooks import settings

    if not settings()["repository"]:
        dead = [
            path for path, soup in soups.items() if soup.select('a[href*="colab.research"], a[href*="/issues/new"]')
        ]
        assert not dead
