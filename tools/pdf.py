"""Print the site to one PDF with the Chromium that is installed."""

import functools
import http.server
import shutil
import threading
from contextlib import contextmanager

from tools.environment import OUT, ROOT
from tools.site import SITE, Compressed, SiteError

PDF = OUT / "book.pdf"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # its own errands look up nothing
    "--no-first-run",
]


def chromium():
    """Path of an installed Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def served(folder=SITE):
    """Address of a server of a folder, on this machine only, for as long as the context lasts."""

    class Quiet(Compressed):
        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def browser():
    """A headless browser of Playwright, for as long as the context lasts."""
    from playwright.sync_api import sync_playwright

    if chromium() is None:
        raise SiteError(f"no Chromium was found (looked for {', '.join(NAMES)}); install it, then run this again")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


def pages():
    """Addresses of the pages, relative to the site, in reading order: that of the table of contents."""
    import yaml

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def files(node):
        for key, value in node.items():
            if key in ("root", "file"):
                yield f"{value}.html"
            elif isinstance(value, list):
                for child in value:
                    yield from files(child)

    return list(files(toc))


def write():
    """Exit status: 0 if ``out/book.pdf`` holds every page of the site."""
    from pypdf import PdfWriter

    if not (SITE / "index.html").exists():
        raise SiteError("there is no site yet; run: make book")
    folder = OUT / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    with served() as address, browser() as running:
        page = running.new_page()
        for number, name in enumerate(pages()):
            page.goto(f"{address}/{name}", wait_until="networkidle")
            parts.append(folder / f"{number:03d}.pdf")
            page.pdf(
                path=parts[-1],
                format="A4",
                print_background=True,
                outline=True,
                tagged=True,
                margin=dict.fromkeys(("top", "right", "bottom", "left"), "18mm"),
            )
            print(f"{name}: printed")
    with PdfWriter() as writer:
        for part in parts:
            writer.append(part)
        writer.add_metadata({"/Title": "Large Language Models, Run"})
        writer.write(PDF)
    print(f"{PDF.relative_to(ROOT)}: {PDF.stat().st_size / 1e6:.1f} MB")
    return 0
