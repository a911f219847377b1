"""Build the site from the outputs of the tested run, and serve it."""

import functools
import gzip
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from book_site import lighter
from book_site.outputs import as_html, folded
from tools import account, colab, execution, notebooks
from tools.environment import OUT, ROOT

SOURCE = OUT / "src"
SITE = OUT / "site"
STAMP = OUT / "site.stamp"
WHEN = '<span class="book-when">'  # of the template book-not-run.html


class SiteError(Exception):
    """The site cannot be built or served; the message says what to do."""


def build(strict=True, when=None):
    """Exit status of the build: 0 if ``out/site`` now holds the site.

    Parameters
    ----------
    strict : bool
        Whether a warning fails the build, which then begins from nothing.
    when : dict, optional
        For paths of notebooks that have not run: a sentence for the page that says when it will have.
    """
    not_run = stage()
    mark = _mark() if strict else "preview"
    if strict and STAMP.exists() and STAMP.read_text() == mark and (SITE / "index.html").exists():
        print(f"the site is up to date: {_index()}")
        return 0
    STAMP.unlink(missing_ok=True)
    if strict:  # from nothing: an incremental build forgets the warnings of pages that did not change
        shutil.rmtree(OUT / "html", ignore_errors=True)
    program = "from jupyter_book.cli.main import main; main()"
    command = [
        sys.executable,
        "-c",
        program,
        "build",
        str(SOURCE),
        "--path-output",
        str(OUT / "html"),
        "-q",
        *(["-W", "--keep-going"] if strict else []),
    ]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "BOOK_NOT_RUN": ",".join(path.as_posix() for path in not_run)}
    log = OUT / "site.log"
    with log.open("w") as output:
        status = subprocess.run(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT).returncode
    if status:
        text = log.read_text(errors="replace")
        complaints = [line for line in text.splitlines() if "WARNING" in line or "ERROR" in line]
        print("\n".join(complaints) or text[-5000:])
        raise SiteError(f"the site was not built; the whole log: {log.relative_to(ROOT)}")
    _publish(when or {})
    STAMP.write_text(mark)
    print(f"the site is ready: open {_index()}, or run: make serve")
    return 0


def _publish(when):
    """Put what was built in the place of the site, in one step, so that it can be read meanwhile."""
    fresh, old = SITE.with_name("site.new"), SITE.with_name("site.old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    built = OUT / "html" / "_build" / "html"
    shutil.copytree(built, fresh, ignore=shutil.ignore_patterns("*.map", ".buildinfo"))
    for path, sentence in when.items():
        page = (fresh / path).with_suffix(".html")
        page.write_text(page.read_text(encoding="utf-8").replace(WHEN, WHEN + sentence), encoding="utf-8")
    lighter.lighten(fresh)
    if SITE.exists():
        SITE.rename(old)
    fresh.rename(SITE)
    shutil.rmtree(old, ignore_errors=True)


def stage():
    """Bring ``out/src`` up to date, touching only what changed; the notebooks without current outputs come back."""
    wanted, not_run = {}, []
    for name in notebooks.tracked_files():
        path = Path(name)
        if path.suffix == ".ipynb" and path.parts[0] == "book":
            continue
        if path.parts[0] in ("book", "book_site", "utils", "requirements") or name in ("_config.yml", "_toc.yml"):
            wanted[path] = (ROOT / path).read_bytes()
    for path in notebooks.every():
        notebook, current = execution.outputs_for(path)
        if not current:
            not_run.append(path)
        wanted[path] = colab.as_text(for_the_page(notebook)).encode()
    for path, content in wanted.items():
        notebooks.write_if_changed(SOURCE / path, content)
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file() and path.relative_to(SOURCE) not in wanted:
            path.unlink()
    took = account.ACCOUNT.read_bytes() if account.ACCOUNT.exists() else b"{}\n"
    notebooks.write_if_changed(SOURCE / "book" / "account.json", took)
    return not_run


def for_the_page(notebook):
    """The notebook with its claims and values as HTML, its closed cells marked, and each figure alone in its cell.

    A cell with a caption would otherwise wrap all its outputs into one figure; what is not the picture follows in a
    cell without input.
    """
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"] = folded(cell)
        cells.append(cell)
        for output in cell.get("outputs", []):
            shown = as_html(output.get("data", {}))
            if shown:
                output["data"]["text/html"] = shown
        if not cell["metadata"].get("mystnb", {}).get("figure"):
            continue
        others = [output for output in cell["outputs"] if not _is_picture(output)]
        if others:
            cell["outputs"] = [output for output in cell["outputs"] if _is_picture(output)]
            more = {"id": f"{cell['id'][:50]}-more", "metadata": {"tags": ["remove-input"]}, "outputs": others}
            cells.append(
                cell | more | {"source": ["# what the cell above put out beside its figure"]}
            )  # not empty: shown
    return notebook | {"cells": cells}


def _is_picture(output):
    return any(mime_type.startswith("image/") for mime_type in output.get("data", {}))


def _mark():
    digest = hashlib.sha256(notebooks.commit().encode())
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(SOURCE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _index():
    return os.path.relpath(SITE / "index.html", ROOT)


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Serves files as a host of static pages does: texts are compressed for those who accept it."""

    protocol_version = "HTTP/1.1"  # one connection for many files
    PACKED = (".html", ".css", ".js", ".svg", ".json", ".ipynb", ".txt")

    def end_headers(self):
        self.send_header("Vary", "Accept-Encoding")
        super().end_headers()

    def send_head(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.endswith("/") else path
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepted and path.suffix in self.PACKED and path.is_file()):
            return super().send_head()
        body = _packed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


@functools.lru_cache(maxsize=512)
def _packed(path, changed_ns):
    """A file's bytes as they are sent; once for each state of the file."""
    return gzip.compress(path.read_bytes(), 6)


def pages():
    """Addresses of the pages, relative to the site, in reading order: that of the table of contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def files(node):
        for key, value in node.items():
            if key in ("root", "file"):
                yield f"{value}.html"
            elif isinstance(value, list):
                for child in value:
                    yield from files(child)

    return list(files(toc))


def serve(port):
    """Serve the site on this machine only, until interrupted."""
    if not (SITE / "index.html").exists():
        raise SiteError("there is no site yet; run: make book")
    handler = functools.partial(Compressed, directory=SITE)
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise SiteError(
            f"port {port} cannot be used ({error.strerror}); choose another: make serve PORT=8001"
        ) from error
    with server:
        print(f"the site is at http://127.0.0.1:{port} (stop with Ctrl-C)")
        server.serve_forever()
    return 0


def clean():
    if OUT.is_symlink():  # the folder that it leads to is the reader's
        OUT.unlink()
    shutil.rmtree(OUT, ignore_errors=True)
    if OUT.exists():
        raise SiteError(f"{OUT} could not be deleted whole: is it read-only, or is something in it in use?")
    print("out/ is gone; the environment .venv stays")
    return 0
