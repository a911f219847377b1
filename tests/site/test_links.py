"""Every internal link and anchor of the site leads somewhere; every picture says what it shows."""

import json
from urllib.parse import unquote, urlsplit

import lxml.html
import pytest

from tools import notebooks, site
from tools.execution import EXECUTED
from tools.site import SITE
from utils.checks import CLAIM

PAGES = site.pages()


@pytest.fixture(scope="module")
def trees():
    return {
        path: lxml.html.document_fromstring(path.read_text(encoding="utf-8"))
        for path in SITE.rglob("*.html")
        if "_static" not in path.parts
    }


def test_every_page_of_the_contents_is_there():
    assert [page for page in PAGES if not (SITE / page).exists()] == []


def test_internal_links_and_anchors(trees):
    anchors = {path: {*tree.xpath("//@id"), *tree.xpath("//a/@name")} for path, tree in trees.items()}
    broken = []
    for path, tree in trees.items():
        for address in tree.xpath("//a/@href | //img/@src | //link/@href | //script/@src"):
            link = urlsplit(address)
            if link.scheme or link.netloc or not (link.path or link.fragment):
                continue
            target = (path.parent / unquote(link.path)).resolve() if link.path else path
            target = target / "index.html" if target.is_dir() else target
            if path.name == "404.html" and link.path.startswith("/"):
                target = SITE / link.path.lstrip("/")
            lost = link.fragment and target in anchors and unquote(link.fragment) not in anchors[target]
            if not target.exists() or lost:
                broken.append(f"{path.relative_to(SITE)}: {address}")
    assert len(anchors) > len(PAGES) and not broken, "\n".join(sorted(set(broken))[:40])


def test_a_link_between_chapters_can_be_gone_back(trees):
    chapters = {(SITE / path).with_suffix(".html").resolve() for path in notebooks.every()}
    leads = {
        path: {
            (path.parent / urlsplit(address).path).resolve()
            for address in trees[path].xpath(f"//article//a{where}/@href")
        }
        for path in chapters
        for where in ["[not(ancestor::nav)][not(ancestor::div[contains(@class, 'prev-next')])]"]
    }
    listed = {
        path: [
            (path.parent / a.get("href")).resolve()
            for nav in trees[path].find_class("book-backlinks")
            for a in nav.iter("a")
        ]
        for path in chapters
    }
    for path in chapters:
        assert len(listed[path]) == len(set(listed[path]))
        assert set(listed[path]) == {other for other in chapters if path in leads[other] and other != path}, path
    assert sum(map(len, listed.values())) > len(chapters)


def test_every_picture_has_an_alternative_text(trees):
    silent = [
        f"{path.relative_to(SITE)}: {image.get('src')}"
        for path, tree in trees.items()
        for image in tree.xpath("//article//img")
        if len((image.get("alt") or "").split()) < 4
    ]
    assert not silent, silent


def test_pages_have_description_version_and_date(trees):
    for path, tree in trees.items():
        if path.relative_to(SITE).as_posix() in PAGES:
            (description,) = tree.xpath("//meta[@name='description']/@content") or [""]
            assert len(description) > 40, path
            assert tree.find_class("book-edition"), f"{path} shows no version and date"


def test_the_ledger_lists_every_claim_once(trees):
    links = trees[SITE / "book" / "ledger.html"].xpath("//article//a[contains(@href, '#claim-')]/@href")
    claims = [
        output
        for path in notebooks.every()
        for cell in json.loads((EXECUTED / path).read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if CLAIM in output.get("data", {})
    ]
    assert len(links) == len(set(links)) == len(claims) > 0


def test_notebooks_can_be_downloaded(trees):
    buttons = [(path, button) for path, tree in trees.items() for button in tree.find_class("book-button")]
    downloads = [(path, button.get("href")) for path, button in buttons if button.get("download") is not None]
    assert len(downloads) >= len(notebooks.every())
    for path, address in downloads:
        assert (path.parent / address).resolve().exists(), path


def test_no_repository_no_dead_buttons(trees):
    if not notebooks.settings()["repository"]:
        dead = "//a[contains(@href, 'colab.research') or contains(@href, '/issues/new')]"
        assert not [path for path, tree in trees.items() if tree.xpath(dead)]
