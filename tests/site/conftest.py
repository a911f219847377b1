from functools import cache

import pytest

from tests.conftest import missing
from tests.site.judging import Visit, judge
from tools import chromium
from tools.site import SITE


@pytest.fixture(scope="session")
def address():
    if not (SITE / "index.html").exists():
        missing("there is no site; run: make book")
    with chromium.served() as where:
        yield where


@pytest.fixture(scope="session")
def browser():
    if chromium.path() is None:
        missing("there is no Chromium on this machine")
    with chromium.launched() as running:
        yield running


@pytest.fixture(scope="session")
def faults(browser, address):
    """A function: the faults of a page at a width, by aspect; each page is visited once for each width."""
    return cache(lambda name, width: judge(browser, address, name, width))


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
