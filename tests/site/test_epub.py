"""The EPUB: well-formed chapters, everything in the manifest, every link within it."""

import re
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import PurePosixPath
from urllib.parse import urldefrag

import pytest

from tools import epub
from tools.site import SiteError

PAGES = ["book/index.html", "book/how_to_read.html", "book/1_concepts/index.html", "book/preliminaries.html"]
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def book(tmp_path_factory, address, browser):
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    assert epub.write(PAGES, path, browser) == 0
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def documents(book):
    return {name: ElementTree.fromstring(book.read(name)) for name in book.namelist() if name.endswith(".xhtml")}


def test_the_first_file_is_the_type_and_is_not_compressed(book):
    first = book.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_the_manifest_names_every_file_once(book):
    package = ElementTree.fromstring(book.read("EPUB/package.opf"))
    listed = [item.get("href") for item in package.iter("{http://www.idpf.org/2007/opf}item")]
    there = [name.removeprefix("EPUB/") for name in book.namelist() if name.startswith("EPUB/")]
    assert sorted(listed) == sorted(set(there) - {"package.opf"})


def test_documents_say_which_kinds_of_content_they_hold(book, documents):
    package = ElementTree.fromstring(book.read("EPUB/package.opf"))
    for item in package.iter("{http://www.idpf.org/2007/opf}item"):
        tree = documents.get(f"EPUB/{item.get('href')}")
        if tree is not None and item.get("properties") != "nav":
            tags = " ".join(element.tag for element in tree.iter())
            held = {name for name, space in (("mathml", "MathML}math"), ("svg", "svg}svg")) if space in tags}
            assert set((item.get("properties") or "").split()) == held, item.get("href")


def test_links_and_pictures_are_in_the_book(book, documents):
    ids = {name: {element.get("id") for element in tree.iter()} for name, tree in documents.items()}
    checked = 0
    for name, tree in documents.items():
        for element in tree.iter():
            target = element.get("href") or element.get("src")
            if not target or re.match(r"(https?|mailto|doi):", target):
                continue
            file, anchor = urldefrag(target)
            file = str(PurePosixPath("EPUB") / file) if file else name
            assert file in book.namelist(), f"{name}: {target}"
            assert not anchor or anchor in ids[file], f"{name}: {target}"
            checked += 1
    assert checked > 15


def test_no_file_and_no_id_is_there_twice(book, documents):
    names = book.namelist()
    assert len(names) == len(set(names))
    svgs = {name: ElementTree.fromstring(book.read(name)) for name in names if name.endswith(".svg")}
    assert svgs
    for name, tree in (documents | svgs).items():
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), name


def test_a_picture_with_an_id_twice_keeps_the_first():
    twice = b'<svg xmlns="http://www.w3.org/2000/svg"><image id="a"/><image id="a" x="1"/><image id="b"/></svg>'
    assert epub._unique_ids(twice) == twice.replace(b'<image id="a" x', b"<image x")
    assert epub._unique_ids(b'\x89PNG id="a" id="a"') == b'\x89PNG id="a" id="a"'


def test_no_line_that_opens_something_holds_a_paragraph(documents):
    for name, tree in documents.items():
        for line in tree.iter(f"{XHTML}summary"):
            assert line.find(f".//{XHTML}p") is None, name


def test_the_lesson_is_in_and_the_bookkeeping_is_out(documents):
    text = "".join(documents["EPUB/preliminaries.xhtml"].itertext())
    assert "Further reading" in text and "REPOSITORY, COMMIT" not in text and "keep(" not in text
    assert next(documents["EPUB/preliminaries.xhtml"].iter(f"{XHTML}h1")) is not None


def test_without_a_site_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(epub, "SITE", tmp_path)
    with pytest.raises(SiteError, match="make book"):
        epub.write(path=tmp_path / "book.epub")
