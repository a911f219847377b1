"""The Chromium that is installed, driven by Playwright, and a server of the site for it."""

import functools
import http.server
import shutil
import threading
from contextlib import contextmanager

from tools.site import SITE, Compressed, SiteError

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


def path():
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
def launched(running=None):
    """A headless browser of Playwright, for as long as the context lasts; or one that is running already."""
    if running is not None:  # Playwright cannot be started twice in one thread
        yield running
        return
    from playwright.sync_api import sync_playwright

    if path() is None:
        raise SiteError(f"no Chromium was found (looked for {', '.join(NAMES)}); install it, then run this again")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path(), args=FLAGS)
        yield running
        running.close()
