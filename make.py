#!/usr/bin/env python3
"""Everything the book can do, one command each: python make.py COMMAND (or: make COMMAND).

This file and tools/environment.py need only Python's standard library; the other commands run in the virtual
environment that they set up.
"""

import sys

if sys.version_info < (3, 9):  # noqa: UP036 (they cannot even read the rest)
    sys.exit("The book needs Python 3.11, 3.12 or 3.13, and this is %d.%d. Install one of them." % sys.version_info[:2])  # noqa: UP031

import argparse  # noqa: E402
import os  # noqa: E402
import time  # noqa: E402

from tools import environment  # noqa: E402

COMMANDS = {
    "setup": "make the virtual environment .venv and install everything into it",
    "book": "run the chapters that changed, offline, and build the site from their outputs",
    "preview": "build the site without running anything; pages not run are marked",
    "serve": "show the site at http://127.0.0.1:8000",
    "test": "run every test: code, data, chapters, site, browser",
    "floor": "run the chapters on the lowest versions that the requirements admit",
    "versions": "run the chapters on the versions that this Python gets, and note it for the page on the status",
    "lab": "open Jupyter Lab on the chapters",
    "data": "build book/data again from the packages it came from",
    "records": "attest the recorded runs where only code moved; repeat the others (it says how long)",
    "mutants": "break each chapter's code on purpose, or (utils) that of utils/: tests must notice",
    "colab": "write plain copies of the chapters, for Colab and plain Jupyter",
    "pdf": "print the site to one PDF with Chromium",
    "epub": "write the site as one EPUB, with Chromium",
    "repository": "write the repository's address (--url) into pyproject.toml and every set-up cell",
    "clean": "delete what was built (out/), but not the environment",
}

WITH_CHAPTERS = ("book", "floor", "versions", "mutants")


def port(text):
    """A number that a port can have."""
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose a number from 1 to 65535")
    return int(text)


def parse(arguments):
    listing = "\n".join(f"  {name:11s} {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="make.py", formatter_class=argparse.RawDescriptionHelpFormatter, description=f"commands:\n{listing}"
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands above")
    parser.add_argument("chapters", nargs="*", help="book, floor, versions, mutants: only these notebooks or folders")
    parser.add_argument("--device", choices=["cpu", "cuda", "mps"], help="default: cuda where there is one, else cpu")
    parser.add_argument("--url", help="repository: its address, such as https://github.com/owner/name")
    parser.add_argument("--port", type=port, default=8000, help="serve: the port (default 8000)")
    options = parser.parse_args(arguments)
    if options.chapters and options.command not in WITH_CHAPTERS:
        parser.error(f"{options.command} takes no chapters; these do: {', '.join(WITH_CHAPTERS)}")
    return options


def main(arguments):
    options = parse(arguments)
    try:
        if options.command == "floor":
            os.environ["BOOK_OUT"] = "out/floor"
            return environment.run_inside(environment.floor(), options.chapters, module="tools.versions")
        start = time.monotonic()
        python = environment.ready()
        if options.command == "setup":
            return 0
        if options.command == "versions":
            return environment.run_inside(python, options.chapters, module="tools.versions")
        return environment.run_inside(python, arguments, time.monotonic() - start)
    except environment.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the next run goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
