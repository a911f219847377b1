"""Make the built pages light: one style sheet with the rules that some page uses, scripts that wait, figures by theme.

This runs on the finished pages, since the theme writes most of what is taken out here.
"""

import hashlib
import re
import shutil
from pathlib import Path

import tinycss2

from book_site import figures

SHEET = "book-all.css"
STYLE_LINK = re.compile(r'<link[^>]*rel="stylesheet"[^>]*>\s*')
# Font Awesome's script weighs more than all else together: book.css draws the dozen icons that the theme uses. Thebe
# would need a server; what is preloaded here is wanted only after the page is drawn.
LEFT_OUT = re.compile(
    r"<script[^>]*fontawesome\.js[^>]*></script>|<link[^>]*sphinx-thebe\.css[^>]*>"
    r'|<script type="text/x-thebe-config">.*?</script>|<script>kernelName = [^<]*</script>|<link rel="preload"[^>]*>',
    re.S,
)
# Loaded on every page by the theme, and needed on one
SEARCH = re.compile(r'<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>')
OPTIONS = re.compile(r'<script src="[^"]*documentation_options\.js[^"]*"></script>')  # what follows it reads it at once
# The theme is found only by a late script, which then has every element styled again
THEME_LATE = 'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";'
THEME_AT_ONCE = """const book_theme = localStorage.getItem("theme");
    document.documentElement.dataset.theme = localStorage.getItem("mode") !== "auto" && book_theme ? book_theme
      : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";"""
IMAGE = re.compile(r"<img\b[^>]*>")
# The theme measures every block of code at once, so that the whole page is laid out; book.js measures what is drawn
MEASURES_ALL = re.compile(
    r"\w+\.tabIndex=\w+\.scrollWidth>\w+\.clientWidth\|\|\w+\.scrollHeight>\w+\.clientHeight\?0:-1"
)
ARTICLE = re.compile(r'<article class="bd-article.*?</article>', re.S)
NAMES = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")


def lighten(site):
    """Rewrite the pages of a built site, in place."""
    site = Path(site)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    pages = {path: text for path, text in pages.items() if "_static" not in path.parts}
    options = (site / "_static" / "documentation_options.js").read_text(encoding="utf-8")
    measures = figures.for_both_themes(site / "_images")
    for path, text in pages.items():
        pages[path] = _lighter(text, measures, options, search=path.name == "search.html")
    front, root = site / "book" / "index.html", site / "index.html"
    if front in pages and "<title>" not in pages.get(root, "<title>"):  # Jupyter Book's redirect to the front page
        title = re.search(r"<title>.*?</title>", pages[front], re.S)[0]
        pages[root] = pages[root].replace("<meta http-equiv", f"{title}<meta http-equiv", 1)
    rules = _one_sheet(site, pages)
    (site / "_static" / SHEET).write_text(rules, encoding="utf-8")
    digest = hashlib.sha256(rules.encode()).hexdigest()[:8]
    for path, text in pages.items():
        links = STYLE_LINK.findall(text)
        if links:
            root = re.search(r'href="([^"]*?)_static/', "".join(links))[1]
            text = STYLE_LINK.sub("", text)
            text = text.replace(
                "</head>", f'<link rel="stylesheet" href="{root}_static/{SHEET}?v={digest}" />\n</head>', 1
            )
        path.write_text(text, encoding="utf-8")
    for sheet in (site / "_static").rglob("*.css"):
        if sheet.name != SHEET:
            sheet.unlink()
    for unused in ("fontawesome.js", "sphinx-thebe.js"):
        for script in (site / "_static").rglob(unused):
            script.unlink()
    theme = site / "_static" / "scripts" / "pydata-sphinx-theme.js"
    waits, n = MEASURES_ALL.subn("", theme.read_text(encoding="utf-8"))
    if n != 1:
        raise ValueError(f"{theme.name} has changed: it measures every block of code in a way that is not known here")
    theme.write_text(waits, encoding="utf-8")
    shutil.rmtree(site / "_static" / "vendor", ignore_errors=True)  # icons as fonts


def _lighter(text, measures, options, search):
    text = LEFT_OUT.sub("", text)
    text = OPTIONS.sub(lambda _: f"<script>{options}</script>", text)
    text = text.replace(THEME_LATE, THEME_AT_ONCE)
    if not search:
        text = SEARCH.sub("", text)
    text = re.sub(r'<script src="', '<script defer src="', text)
    text = text.replace('role="list" class="citation-list"', 'class="citation-list"')  # its children are none
    text = text.replace(  # the sidebar's arrows have no name of their own
        '<summary><span class="toctree-toggle"', '<summary aria-label="chapters"><span class="toctree-toggle"'
    )
    return ARTICLE.sub(lambda article: IMAGE.sub(lambda tag: figures.shown(tag[0], measures), article[0]), text)


def _one_sheet(site, pages):
    """The rules of all style sheets that the pages link, in the pages' order, without those that match no page."""
    sheets = []
    for path, text in pages.items():
        for link in STYLE_LINK.findall(text):
            href = re.search(r'href="([^"?]*)', link)[1]
            file = site / href.lstrip("/") if href.startswith("/") else (path.parent / href).resolve()
            if file not in sheets:
                sheets.append(file)
    used = set()
    for text in pages.values():
        for value in re.findall(r'(?:class|id)="([^"]*)"', text):
            used.update(value.split())
    for script in sorted((site / "_static").rglob("*.js")):  # they add classes when the page is handled
        used.update(re.findall(r"[A-Za-z_][\w-]*", script.read_text(encoding="utf-8", errors="replace")))
    return "\n".join(_reduced(file, site / "_static", used) for file in sheets)


def _reduced(file, static, used):
    text = file.read_text(encoding="utf-8")
    imported = re.compile(r'@import\s+(?:url\()?["\']([^"\']+)["\']\)?\s*;')
    before = [_reduced((file.parent / name).resolve(), static, used) for name in imported.findall(text)]
    text = imported.sub("", text)

    def moved(match):  # addresses are relative to the sheet that holds them
        if match[2].startswith(("data:", "#", "http", "/")):
            return match[0]
        target = (file.parent / match[2]).resolve()
        return f"url({match[1]}{target.relative_to(static.resolve()).as_posix()}{match[1]})"

    rules = tinycss2.parse_stylesheet(re.sub(r"url\(([\"']?)([^\"')]+)\1\)", moved, text), True, True)
    return "\n".join([*before, _rules(rules, used)])


def _rules(rules, used):
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [part for part in _split(tinycss2.serialize(rule.prelude)) if _matches(part, used)]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports") and rule.content is not None:
            inner = _rules(tinycss2.parse_rule_list(rule.content, True, True), used)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type == "at-rule" and "Awesome" not in rule.serialize():
            kept.append(rule.serialize())
    return "\n".join(kept)


def _split(selectors):
    """The selectors of a list, split at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for i, sign in enumerate(selectors):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(selectors[start:i].strip())
            start = i + 1
    return [*parts, selectors[start:].strip()]


def _matches(selector, used):
    """Whether every class and id that a selector must find is on some page or in some script."""
    needed = re.sub(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]|\\.", "", selector)
    return all(name in used for name in NAMES.findall(needed))
