"""The site as one EPUB: a chapter for each page, formulas in MathML, the still figures, links within the file."""

import hashlib
import html
import json
import re
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import yaml
from tqdm.auto import tqdm

from tools import chromium, pdf, site
from tools.environment import OUT, ROOT
from tools.site import SITE, SiteError

EPUB = OUT / "book.epub"
CLEAN = Path(__file__).with_name("epub.js").read_text(encoding="utf-8")
STYLE = Path(__file__).with_name("epub.css").read_text(encoding="utf-8")
KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
CHAPTER = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" href="book.css"/></head>
<body>{body}</body></html>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier><dc:title>{title}</dc:title>
<dc:language>en</dc:language><dc:creator>{author}</dc:creator>
<dc:rights>Text CC BY 4.0, code MIT</dc:rights><meta property="dcterms:modified">{modified}</meta>
</metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="css" href="book.css" media-type="text/css"/>
{items}
</manifest><spine>{spine}</spine></package>
"""


def write(names=None, path=EPUB, running=None):
    """Exit status: 0 if ``path`` holds the book.

    Parameters
    ----------
    names : list of str, optional
        Pages of the site, in order; those of the printed book, if not given.
    path : path, optional
        Where the file is written, whole or not at all.
    running : Browser, optional
        A browser of Playwright that is running already.

    Raises
    ------
    SiteError
        If there is no site or no Chromium.
    """
    if not (SITE / "index.html").exists():
        raise SiteError("there is no site yet; run: make book")
    names = names or [name for name in site.pages() if name not in pdf.LEFT_OUT]
    chapters = {}
    with chromium.served() as address, chromium.launched(running) as browser:
        page = pdf.visit(browser)
        for name in tqdm(names, desc="reading", unit=" page"):
            page.goto(f"{address}/{name}", wait_until="domcontentloaded")
            chapters[name] = page.evaluate(CLEAN)
    pictures = {name: _picture(name) for chapter in chapters.values() for name in chapter["pictures"]}
    ids = {name: set(re.findall(r' id="([^"]+)"', chapter["xhtml"])) for name, chapter in chapters.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new.epub")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", CONTAINER)
        book.writestr("EPUB/book.css", STYLE)
        for name, chapter in chapters.items():
            body = _linked(chapter["xhtml"], name, ids, pictures)
            book.writestr(f"EPUB/{_file(name)}", CHAPTER.format(title=html.escape(chapter["title"]), body=body))
        for target, name in {target: name for name, target in pictures.items()}.items():  # equal ones once
            book.writestr(f"EPUB/{target}", _unique_ids((SITE / name).read_bytes()))
        book.writestr("EPUB/nav.xhtml", _contents(chapters, ids))
        book.writestr("EPUB/package.opf", _package(chapters, pictures))
    fresh.replace(path)
    print(f"{path}: {len(chapters)} chapters, {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _file(name):
    return re.sub(r"[^\w.]+", "-", name.removeprefix("book/")).replace(".html", ".xhtml")


def _picture(name):
    """The file in the EPUB of a picture of the site."""
    path = SITE / name
    return f"pictures/{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}{path.suffix}"


def _unique_ids(picture):
    """A picture in which no two elements have one id: Matplotlib names equal images alike. The first keeps it."""
    seen = set()

    def once(match):
        kept = match[1] not in seen
        seen.add(match[1])
        return match[0] if kept else b""

    return re.sub(rb' id="([^"]+)"', once, picture) if picture.lstrip().startswith(b"<") else picture


def _linked(xhtml, name, ids, pictures):
    """XHTML whose links lead within the EPUB; a link to what is left out loses its target, a lost place its anchor."""

    def link(match):
        target, _, anchor = html.unescape(match[1]).partition("#")
        if target not in ids:
            return ""
        place = f"#{anchor}" if anchor in ids[target] else ""
        return f' href="{"" if target == name and place else _file(target)}{place}"'

    xhtml = re.sub(r' href="page:([^"]*)"', link, xhtml)
    return re.sub(r' src="picture:([^"]*)"', lambda match: f' src="{pictures[html.unescape(match[1])]}"', xhtml)


def _contents(chapters, ids):
    """The navigation document: parts with their chapters, chapters with their sections."""

    def entry(name, chapter, inner=""):
        return f'<li><a href="{_file(name)}">{html.escape(chapter["title"])}</a>{inner}</li>'

    rows = []  # top entries, each with the entries below it
    for name, chapter in chapters.items():
        sections = "".join(
            f'<li><a href="{_file(name)}#{anchor}">{html.escape(title)}</a></li>'
            for anchor, title in chapter["sections"]
            if anchor in ids[name]
        )
        if pdf.is_chapter(name):
            rows[-1][2].append(entry(name, chapter, f"<ol>{sections}</ol>" if sections else ""))
        else:
            rows.append((name, chapter, []))
    body = "".join(entry(n, c, f"<ol>{''.join(below)}</ol>" if below else "") for n, c, below in rows)
    return CHAPTER.format(title="Contents", body=f'<nav epub:type="toc"><h1>Contents</h1><ol>{body}</ol></nav>')


def _package(chapters, pictures):
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    items = [
        f'<item id="c{n}" href="{_file(name)}" media-type="application/xhtml+xml"'
        f"{' properties=' + json.dumps(' '.join(chapter['properties'])) if chapter['properties'] else ''}/>"
        for n, (name, chapter) in enumerate(chapters.items())
    ]
    items += [
        f'<item id="p{n}" href="{target}" media-type="{KINDS[Path(target).suffix]}"/>'
        for n, target in enumerate(sorted(set(pictures.values())))
    ]
    return PACKAGE.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, f"{config['title']} {citation['version']}"),
        title=html.escape(config["title"]),
        author=html.escape(config["author"]),
        modified=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        items="\n".join(items),
        spine="".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters))),
    )
