"""Build the site from the outputs of the tested run, and serve it."""

import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
from pathlib import Path

from book_site.outputs import as_html, folded
from tools import colab, execution, notebooks
from tools.environment import ROOT

SOURCE = ROOT / "out" / "src"
SITE = ROOT / "out" / "site"
STAMP = ROOT / "out" / "site.stamp"


class SiteError(Exception):
    """The site cannot be built or served; the message says what to do."""


def build(strict=True):
    """Exit status of the build: 0 if ``out/site`` now holds the site. If `strict`, a warning fails it."""
    not_run = stage()
    mark = _mark() if strict else "preview"
    if strict and STAMP.exists() and STAMP.read_text() == mark and (SITE / "index.html").exists():
        print(f"the site is up to date: {_index()}")
        return 0
    STAMP.unlink(missing_ok=True)
    if strict:  # from nothing: an incremental build forgets the warnings of pages that did not change
        shutil.rmtree(ROOT / "out" / "html", ignore_errors=True)
    program = "from jupyter_book.cli.main import main; main()"
    command = [
        sys.executable,
        "-c",
        program,
        "build",
        str(SOURCE),
        "--path-output",
        str(ROOT / "out" / "html"),
        "-q",
        *(["-W", "--keep-going"] if strict else []),
    ]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "BOOK_NOT_RUN": ",".join(path.as_posix() for path in not_run)}
    log = ROOT / "out" / "site.log"
    with log.open("w") as output:
        status = subprocess.run(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT).returncode
    if status:
        text = log.read_text(errors="replace")
        complaints = [line for line in text.splitlines() if "WARNING" in line or "ERROR" in line]
        print("\n".join(complaints) or text[-5000:])
        raise SiteError(f"the site was not built; the whole log: {log.relative_to(ROOT)}")
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(
        ROOT / "out" / "html" / "_build" / "html", SITE, ignore=shutil.ignore_patterns("*.map", ".buildinfo")
    )
    STAMP.write_text(mark)
    print(f"the site is ready: open {_index()}, or run: make serve")
    return 0


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
    notebooks.write_if_changed(
        SOURCE / "book" / "account.json", execution.ACCOUNT.read_bytes() if execution.ACCOUNT.exists() else b"{}\n"
    )
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
    return (SITE / "index.html").relative_to(ROOT)


def serve(port):
    """Serve the site on this machine only, until interrupted."""
    if not (SITE / "index.html").exists():
        raise SiteError("there is no site yet; run: make book")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
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
    shutil.rmtree(ROOT / "out", ignore_errors=True)
    print("out/ is gone; the environment .venv stays")
    return 0
