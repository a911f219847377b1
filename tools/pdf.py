"""The site as one book that can be printed: contents with page numbers, running heads, numbered pages."""

import html
import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import urldefrag

import yaml
from tqdm.auto import tqdm

from tools import chromium, site
from tools.environment import OUT, ROOT
from tools.site import SITE, SiteError

PDF = OUT / "book.pdf"
LEFT_OUT = ("book/ledger.html", "book/status.html", "book/api.html")  # bookkeeping; the site has it
PREPARE, STYLE = (Path(__file__).with_name(f"print.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
SIDE = 13  # mm
MARGIN = {"top": "17mm", "right": f"{SIDE}mm", "bottom": "16mm", "left": f"{SIDE}mm"}
SCALE = 0.93  # of what the style sheet says, so that the book has at most 1,200 sheets
WIDTH = round((210 - 2 * SIDE) / 25.4 * 96 / SCALE)  # CSS pixels between the margins of A4
CLIPPED = """() => [...document.querySelectorAll("article *")].filter(e => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const shown = box.width && box.height && e.textContent.trim() && style.visibility !== "hidden";
  if (!shown || e.closest("math, svg")) return false;
  const hides = style.overflowX !== "visible" && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 2;
  return hides || (box.right > innerWidth + 2 && !e.children.length);
}).map(e => `${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.trim().slice(0, 60)}`)"""


@dataclass
class Part:
    """A printed page of the site."""

    name: str  # "book/glossary.html"
    title: str
    pdf: bytes
    places: dict = field(default_factory=dict)  # id → (page of this part from zero, height on it)
    first: int = 0  # its first page in the book, from one

    @property
    def n_pages(self):
        return len(_reader(self.pdf).pages)


def write(names=None, path=PDF, running=None):
    """Exit status: 0 if ``path`` holds the printed book.

    Parameters
    ----------
    names : list of str, optional
        Pages of the site, in order; all but the bookkeeping, if not given.
    path : path, optional
        Where the PDF is written, whole or not at all.
    running : Browser, optional
        A browser of Playwright that is running already.

    Raises
    ------
    SiteError
        If there is no site, no Chromium, or something would be cut off at the edge of the paper.
    """
    if not (SITE / "index.html").exists():
        raise SiteError("there is no site yet; run: make book")
    names = names or [name for name in site.pages() if name not in LEFT_OUT]
    targets = _targets(names)
    with chromium.served() as address, chromium.launched(running) as browser:
        page = visit(browser)
        bar = tqdm(total=2 * len(names), desc="printing", unit=" page")
        parts, lost, blank = [], [], dict.fromkeys(names, "0000")  # as wide as the numbers will be
        for name in names:
            lost += [f"{name}: {what}" for what in clipped(page, f"{address}/{name}", targets[name], blank)]
            parts.append(Part(name, _title(page), _print(page, scale=SCALE)))
            bar.update()
        if lost:
            raise SiteError("this would be cut off on paper:\n  " + "\n  ".join(lost))
        front = _front(page, parts, address)
        for _ in range(3):  # a number of another length can move a line, and so a page
            _number(parts, len(front))
            numbers, before = _numbers(parts), [part.n_pages for part in parts]
            for part in parts:
                open_page(page, f"{address}/{part.name}", numbers=numbers, targets=targets[part.name])
                part.pdf = _print(page, scale=SCALE)
                bar.update()
            if before == [part.n_pages for part in parts]:
                break
            bar.total += len(parts)
        else:
            raise SiteError("the page numbers move the text each time they are set")
        bar.close()
        front = _front(page, parts, address)
        _join(front, parts, _stamps(page, len(front), parts), address, path)
    print(f"{path}: {len(_reader(path.read_bytes()).pages)} pages, {path.stat().st_size / 1e6:.1f} MB")
    return 0


def visit(browser):
    """A page of the browser that shows others as paper does: as wide, white, with the still figures."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 900})
    page.route("**/*.js", lambda route: route.abort())
    page.emulate_media(media="print", color_scheme="light")
    return page


def clipped(page, url, targets=(), numbers=None):
    """What would be cut off at the edge of the paper, a line each; the page is open and prepared afterwards."""
    open_page(page, url, numbers, targets)
    return page.evaluate(CLIPPED)


def open_page(page, url, numbers=None, targets=()):
    """Load a page of the site and prepare it for paper (see print.js and print.css)."""
    page.goto(url, wait_until="networkidle")
    page.add_style_tag(content=STYLE)
    page.evaluate(PREPARE, {"numbers": numbers, "targets": list(targets)})
    page.evaluate("() => Promise.all([...document.images].map(i => i.decode().catch(() => 0)))")


def _print(page, margin=MARGIN, **options):
    return page.pdf(format="A4", print_background=True, margin=margin, **options)


def _reader(pdf):
    from pypdf import PdfReader

    return PdfReader(BytesIO(pdf))


def _title(page):
    """The heading of the open page, with its number."""
    script = "() => [...document.querySelector('article h1').childNodes].filter(n => !n.matches?.('.headerlink'))"
    return page.evaluate(script + ".map(n => n.textContent).join('').trim()")


def _targets(names):
    """From each page to the ids that links of any page lead to."""
    found = {name: set() for name in names}
    for name in names:
        for href in re.findall(r'href="([^":]+)"', (SITE / name).read_text(encoding="utf-8")):
            target, anchor = urldefrag(html.unescape(href))
            other = (Path(name).parent / target).as_posix() if target else name
            other = _normal(other)
            if anchor and other in found:
                found[other].add(anchor)
    return {name: sorted(ids) for name, ids in found.items()}


def _normal(path):
    """A relative path without its steps up."""
    parts = []
    for part in path.split("/"):
        parts = parts[:-1] if part == ".." else parts if part == "." else [*parts, part]
    return "/".join(parts)


def _number(parts, n_front):
    first = n_front + 1
    for part in parts:
        reader = _reader(part.pdf)
        part.first = first
        part.places = {
            name.lstrip("/"): (reader.get_destination_page_number(place), place.top)
            for name, place in reader.named_destinations.items()
        }
        first += part.n_pages


def _numbers(parts):
    """From "page.html" and "page.html#id" to the page number in the book."""
    numbers = {part.name: part.first for part in parts}
    for part in parts:
        numbers |= {f"{part.name}#{name}": part.first + page for name, (page, _) in part.places.items()}
    return numbers


FRONT = """<!doctype html><meta charset="utf-8"><style>
body {{ font: 11pt/1.5 "STIX Two Text", Georgia, serif; margin: 0; color: #111; }}
section {{ break-after: page; }}
.title {{ padding-top: 80mm; text-align: center; }}
.title h1 {{ font-size: 30pt; font-weight: 600; margin: 0 0 6mm; }}
ol {{ list-style: none; padding: 0; margin: 0; }}
li {{ display: flex; gap: .5em; break-inside: avoid; }}
li.part {{ font-weight: 600; margin-top: .7em; }}
li.chapter {{ padding-left: 1.5em; }}
li a {{ color: inherit; text-decoration: none; }}
li i {{ flex: 1; border-bottom: 1px dotted #888; margin-bottom: .35em; }}
</style><section class="title"><h1>{title}</h1><p>{about}</p></section>
<section><h2>Contents</h2><ol>{rows}</ol></section>"""


def _front(page, parts, address):
    """The pages of title and contents, each a PDF page."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    rows = "".join(
        f'<li class="{"chapter" if is_chapter(part.name) else "part"}"><a href="{address}/{part.name}">'
        f"{html.escape(part.title)}</a><i></i><span>{part.first or '000'}</span></li>"
        for part in parts
    )
    about = f"version {citation['version']}. Text CC BY 4.0, code MIT."
    page.set_content(FRONT.format(title=html.escape(config["title"]), about=about, rows=rows))
    return _reader(_print(page)).pages


def is_chapter(name):
    return re.search(r"/\d\d_", name) is not None


STAMPS = """<!doctype html><meta charset="utf-8"><style>
@page {{ size: A4; margin: 0; }}
body {{ margin: 0; font: 8.5pt "STIX Two Text", Georgia, serif; color: #444; }}
div {{ position: relative; height: 297mm; width: 210mm; break-after: page; overflow: hidden; }}
p {{ position: absolute; left: {side}mm; right: {side}mm; margin: 0; display: flex; justify-content: space-between; }}
.head {{ top: 8mm; }} .foot {{ bottom: 7mm; justify-content: center; }}
</style>{pages}"""


def _stamps(page, n_front, parts):
    """Running heads and page numbers, a PDF page for each page of the book; none on the title page."""
    heads, heading = [""] * n_front, ""
    for part in parts:
        heading = heading if is_chapter(part.name) else part.title
        left = heading if is_chapter(part.name) else ""
        head = f'<p class="head"><span>{html.escape(left)}</span><span>{html.escape(part.title)}</span></p>'
        heads += [""] + [head] * (part.n_pages - 1)  # the first page has its title in large letters
    foot = '<p class="foot">{}</p>'
    pages = [f"<div>{head}{foot.format(number) if number > 1 else ''}</div>" for number, head in enumerate(heads, 1)]
    page.set_content(STAMPS.format(pages="".join(pages), side=SIDE))
    none = dict.fromkeys(MARGIN, "0")
    return _reader(_print(page, margin=none)).pages


def _join(front, parts, stamps, address, path):
    """Write the book: front and parts, stamped, with links between pages that lead within the file."""
    from pypdf import PdfWriter

    with PdfWriter() as writer:
        for sheet in front:
            writer.add_page(sheet)
        for part in parts:
            writer.append(BytesIO(part.pdf), import_outline=False)
            writer.add_outline_item(title=part.title, page_number=part.first - 1)
        for sheet, stamp in zip(writer.pages, stamps, strict=True):
            sheet.merge_page(stamp)
            sheet.compress_content_streams()
        owner = [None] * len(front) + [part for part in parts for _ in range(part.n_pages)]
        places = {part.name: part for part in parts}
        for sheet, part in zip(writer.pages, owner, strict=True):
            _mend_links(writer, sheet, part, places, address)
        for key in ("/Dests", "/Names"):
            writer.root_object.pop(key, None)  # names that several parts share
        writer.add_metadata({"/Title": "Large Language Models, Run"})
        writer.compress_identical_objects()
        fresh = path.with_suffix(".new.pdf")
        path.parent.mkdir(parents=True, exist_ok=True)
        writer.write(fresh)
    fresh.replace(path)


def _mend_links(writer, sheet, part, places, address):
    """Links of a printed page: those to pages of the book lead to their places, those to what is left out go."""
    from pypdf.generic import ArrayObject, NameObject, NullObject, NumberObject

    kept = ArrayObject()
    for reference in sheet.get("/Annots") or ():
        link = reference.get_object()
        target, anchor = part, None
        if isinstance(link.get("/Dest"), str):
            anchor = str(link["/Dest"]).lstrip("/")
        elif str(link.get("/A", {}).get("/URI", "")).startswith(address):
            url, anchor = urldefrag(str(link["/A"]["/URI"]))
            target = places.get(url[len(address) + 1 :])
        else:
            kept.append(reference)
            continue
        if target is None:
            continue
        page, top = target.places.get(anchor, (0, None))
        sheet_of_target = writer.pages[target.first - 1 + page].indirect_reference
        height = NullObject() if top is None else NumberObject(int(top))
        link.pop("/A", None)
        link[NameObject("/Dest")] = ArrayObject(
            [sheet_of_target, NameObject("/XYZ"), NullObject(), height, NullObject()]
        )
        kept.append(reference)
    sheet[NameObject("/Annots")] = kept
