"""What a browser finds on one page of the site, in one visit for each width: faults by aspect."""

import re
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe

from book_site import figures
from tools.site import SITE

WIDTHS = (1440, 390)
LIMITS = {"book/index.html": 200e3, "index.html": 200e3}  # bytes as sent, with every picture; of any other page:
LIMIT = 700e3
CONTRAST = ("color-contrast", "link-in-text-block")  # the rules that depend on the theme
PER_KIND = 3
ASPECTS = ("requests to others", "errors", "width", "names and roles", "weight", "mathematics", "words in figures")
# What frames a page is alike on all and is judged in both themes at both widths on a few; the text of a page has the
# same colours at both widths, so each theme is judged at one of them.
FRAMES = ["book/index.html", "book/notation.html", "book/1_concepts/index.html", "404.html", "search.html"]


def themes(name, width):
    """The themes in which the contrast of a page is judged at a width."""
    return ("light", "dark") if name in FRAMES else ("light",) if width == WIDTHS[0] else ("dark",)


def aspects(name, width):
    """What is judged of a page at a width."""
    return [*ASPECTS, *(f"contrast in {theme}" for theme in themes(name, width))]


SETTLED = """async () => {  // fonts are there, what is wide is marked, colours have changed
  await document.fonts.ready;
  await new Promise(requestAnimationFrame);
  const moving = Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {})));
  await Promise.race([moving, new Promise((done) => setTimeout(done, 2000))]);
}"""

# Sections that wait are drawn, and pictures that are to be seen are fetched: all of the page is judged.
ALL_DRAWN = """async () => {
  const style = document.createElement("style");
  style.textContent = "* { content-visibility: visible !important; }";
  document.head.append(style);
  const seen = [...document.images].filter((image) => image.checkVisibility());
  seen.forEach((image) => { image.loading = "eager"; });
  await Promise.all(seen.map((image) => image.decode().catch(() => {})));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""

# Marks the first elements of each combination of what decides on contrast: colour, the grounds below, size, weight,
# opacity; of links also the colour around them and their underline. All others look like one of these.
MARK = """(most) => {
  for (const mark of ["data-judged", "data-judged-link"]) {
    document.querySelectorAll(`[${mark}]`).forEach((element) => element.removeAttribute(mark));
  }
  const below = new Map(), kinds = new Map();
  const ground = (element) => {  // grounds and opacities of an element and of all that it lies in
    if (!element) return "";
    if (!below.has(element)) {
      const style = getComputedStyle(element), clear = /^rgba\\(.*, 0\\)$/.test(style.backgroundColor);
      const own = (clear ? "" : style.backgroundColor) + (style.backgroundImage === "none" ? "" : style.backgroundImage)
        + (style.opacity === "1" ? "" : `/${style.opacity}`);
      const solid = !clear && !style.backgroundColor.startsWith("rgba") && style.opacity === "1";
      const rest = ground(element.parentElement);
      below.set(element, solid ? own + rest.replace(/[^/]*(\\/[\\d.]+)?/g, "$1") : own + rest);
    }
    return below.get(element);
  };
  const marked = (kind) => {
    const n = kinds.get(kind) || 0;
    if (n < most) kinds.set(kind, n + 1);
    return n < most;
  };
  const judge = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.hasAttribute("data-judged")) return;
    const style = getComputedStyle(element);
    const kind = [style.color, ground(element), style.fontSize, style.fontWeight].join("|");
    if (marked(kind)) element.setAttribute("data-judged", "");
    const link = element.closest("a[href]");
    if (!link || link.hasAttribute("data-judged-link")) return;
    const inked = getComputedStyle(link), around = getComputedStyle(link.parentElement);
    const inText = ["link", kind, inked.color, inked.textDecorationLine, inked.borderBottomWidth, inked.display,
      around.color, around.display, around.fontWeight, link.parentElement.tagName].join("|");
    if (marked(inText)) link.setAttribute("data-judged-link", "");
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim()) judge(texts.currentNode.parentElement);
  document.querySelectorAll("input, select, textarea").forEach(judge);
  return kinds.size;
}"""

# Words of code that are not marked become plain text: they are four of five elements of a chapter, and axe tries all
# its rules on each. Their length, what frames them, and all that is marked or has a name or a role stays.
PLAIN_CODE = """() => {
  const judged = "[data-judged], [data-judged-link], a";
  for (const word of document.querySelectorAll("pre span")) {
    const plain = [...word.attributes].every((attribute) => attribute.name === "class");
    if (plain && !word.closest(judged) && !word.querySelector(judged)) word.replaceWith(word.textContent);
  }
  document.querySelectorAll("pre").forEach((code) => code.normalize());
}"""

TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const culprits = [...document.body.querySelectorAll("*")].filter(
    (e) => e.getBoundingClientRect().right > root.clientWidth + 1).slice(0, 3).map((e) => e.outerHTML.slice(0, 120));
  return [`the page is ${root.scrollWidth - root.clientWidth} px too wide: ${culprits.join("; ")}`];
}"""

FORMULAS = """() => [...document.querySelectorAll(".math")].filter((place) => place.checkVisibility()
    && !(place.querySelector("math")?.getBoundingClientRect().width > 0)).map((place) => place.outerHTML.slice(0, 120))
  .concat([...document.querySelectorAll(".book-formula-fault, merror")].map((fault) => fault.textContent))"""

# On a desk, a formula that has to be scrolled is one that should have been broken; on a phone it may scroll.
FORMULAS_IN_THE_WAY = """(desk) => {
  const found = [];
  for (const block of document.querySelectorAll("div.math")) {
    if (!block.checkVisibility()) continue;
    const number = block.querySelector(".eqno")?.getBoundingClientRect();
    const signs = [...block.querySelectorAll("mi, mo, mn, mtext")].map((sign) => sign.getBoundingClientRect());
    if (number && signs.some((sign) => sign.width && sign.right > number.left && sign.left < number.right
        && sign.bottom > number.top && sign.top < number.bottom)) found.push(`number on its formula: ${block.id}`);
    if (desk && block.scrollWidth > block.clientWidth + 1) found.push(`too wide: ${block.textContent.slice(0, 80)}`);
  }
  return found;
}"""

# The rule of regions is never more than moderate, which `_axe` does not report, and takes a second a page.
RULES = """() => axe.configure({ rules: [
  { id: "color-contrast", selector: "[data-judged]" },
  { id: "link-in-text-block", selector: "[data-judged-link]" },
  { id: "region", enabled: false },
] })"""

SHOWN_FIGURES = """() => [...document.querySelectorAll(".book-figure img")].filter((image) => image.checkVisibility())
  .map((image) => [image.getAttribute("src"), image.getBoundingClientRect().width])"""


class Visit:
    """One page in a browser, and what it met there: foreign requests, errors, bytes as they were sent."""

    def __init__(self, context, address, scripted=True):
        self.page, self.address, self.scripted = context.new_page(), address, scripted
        self.foreign, self.errors, self.bytes = [], [], 0
        self.page.on("request", self._request)
        self.page.on("response", self._response)
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request.url)

    def _response(self, response):
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")
        elif response.url.startswith(self.address):
            self.bytes += int(response.headers["content-length"])

    def open(self, name):
        self.page.goto(f"{self.address}/{name}", wait_until="load")
        if self.scripted:
            self.page.evaluate(SETTLED)
        return self.page


def judge(browser, address, name, width):
    """Faults of a page at a width, in both themes: a list of texts for each of `ASPECTS`."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="light")
    try:
        visit = Visit(context, address)
        page = visit.open(name)
        page.evaluate(ALL_DRAWN)
        limit = LIMITS.get(name, LIMIT)
        faults = {
            "width": page.evaluate(TOO_WIDE),
            "weight": [f"{visit.bytes / 1e3:.0f} kB were sent"] if visit.bytes > limit else [],
            "mathematics": page.evaluate(FORMULAS) + page.evaluate(FORMULAS_IN_THE_WAY, width == WIDTHS[0]),
            "words in figures": _words(page.evaluate(SHOWN_FIGURES)),
            "names and roles": [],
        }
        for theme in themes(name, width):
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            page.evaluate(SETTLED)
            page.evaluate(MARK, PER_KIND)
            if theme == themes(name, width)[-1]:  # not before, since another theme may tell such words apart
                page.evaluate(PLAIN_CODE)
            faults[f"contrast in {theme}"] = []
            for rule, found in _axe(page):
                faults[f"contrast in {theme}" if rule in CONTRAST else "names and roles"].append(found)
        faults |= {"requests to others": visit.foreign, "errors": visit.errors}
        return faults
    finally:
        context.close()


def _axe(page):
    """Rule and description of each serious fault that axe finds; contrast is judged of what `MARK` has marked."""
    page.evaluate(Axe().axe_script)
    page.evaluate(RULES)
    violations = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)")
    return [
        (v["id"], f"{v['id']} ({v['impact']}): {v['help']}: " + "; ".join(n["html"][:160] for n in v["nodes"][:3]))
        for v in violations
        if v["impact"] in ("serious", "critical")
    ]


def _words(shown, folder=SITE / "_images"):
    faults = []
    for source, width in shown:
        name = unquote(urlsplit(source).path).rsplit("/", 1)[-1]
        for theme in figures.INKS:
            svg = (folder / re.sub(r"\.(light|dark)\.svg$", f".{theme}.svg", name)).read_text(encoding="utf-8")
            faults += faults_of_words(svg, theme, width, name)
    return faults


def faults_of_words(svg, theme, width, name):
    """What cannot be read in a figure that is shown `width` px wide in a theme."""
    figure = figures.measure(svg)
    smallest = figure.smallest * width / figure.width
    faults = []
    if figure.smallest and smallest < figures.SMALLEST - 0.05:
        faults.append(f"{name}: its smallest words are {smallest:.1f} px high as shown, {figures.SMALLEST} are wanted")
    for colour in figure.colours - figures.ON_AN_AREA:
        reached = figures.contrast(colour, figures.GROUNDS[theme])
        if reached < figures.CONTRAST:
            faults.append(f"{name}: words of {colour} have contrast {reached:.1f} with the {theme} ground")
    return faults
