import gzip

import pytest

from tests.conftest import missing
from tools import pdf
from tools.site import SITE


@pytest.fixture(scope="session")
def address():
    if not (SITE / "index.html").exists():
        missing("there is no site; run: make book")
    with pdf.served() as where:
        yield where


@pytest.fixture(scope="session")
def browser():
    if pdf.chromium() is None:
        missing("there is no Chromium on this machine")
    with pdf.browser() as running:
        yield running


SETTLED = """async () => {  // fonts and formulas are there, what is wide is marked, colours have changed
  await Promise.all([document.fonts.ready, window.MathJax?.startup?.promise]);
  await new Promise(requestAnimationFrame);
  const moving = Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {})));
  await Promise.race([moving, new Promise((done) => setTimeout(done, 2000))]);
}"""


class Visit:
    """What a browser met while it loaded one page: foreign requests, errors, bytes as a server would compress them."""

    def __init__(self, context, address, scripted):
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
        elif response.url.startswith("http"):
            body = response.body()
            packed = response.url.rsplit(".", 1)[-1] in ("png", "woff", "woff2", "jpg", "webp")
            self.bytes += len(body) if packed else len(gzip.compress(body, 6))

    def open(self, name):
        self.page.goto(f"{self.address}/{name}", wait_until="networkidle")
        if self.scripted:
            self.page.evaluate(SETTLED)
        return self.page


@pytest.fixture
def visit(browser, address):
    """A function that opens a page in a new context of the browser: visit("index.html", width=390, dark=True)."""
    contexts = []

    def opened(name, width=1440, dark=False, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", **options
        )
        contexts.append(context)
        visit = Visit(context, address, scripted=options.get("java_script_enabled", True))
        visit.open(name)
        return visit

    yield opened
    for context in contexts:
        context.close()
