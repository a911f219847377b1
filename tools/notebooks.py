"""The notebooks of the book: which there are, and their set-up cell."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

from tools.environment import ROOT

BOOK = ROOT / "book"


class NotebookError(Exception):
    """A notebook was named that is not there, or the repository's address is not one."""


def every():
    """Paths of all notebooks of the book, relative to the repository, in reading order of their folders."""
    found = BOOK.rglob("*.ipynb")
    return sorted(path.relative_to(ROOT) for path in found if ".ipynb_checkpoints" not in path.parts)


def in_reading_order():
    """Paths of all notebooks in the order of the table of contents; those that are not in it come last."""
    contents = re.findall(r"(?:file|root): *(\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    place = {f"{name}.ipynb": number for number, name in enumerate(contents)}
    return sorted(every(), key=lambda path: (place.get(path.as_posix(), len(place)), path))


def select(names):
    """The notebooks named: files or folders; all of them if none is named."""
    chosen = []
    for name in names:
        wanted = (ROOT / name).resolve()
        matches = [path for path in every() if (ROOT / path) == wanted or wanted in (ROOT / path).parents]
        if not matches:
            known = "\n  ".join(path.as_posix() for path in every())
            raise NotebookError(f"no notebook at {name!r}; there are:\n  {known}")
        chosen += matches
    return list(dict.fromkeys(chosen)) or every()


def read(path):
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def book_metadata(path):
    """What a notebook says of itself to the book's tools: the entry "book" of its metadata, a dict.

    ``alone``: it measures speed or concurrency and is run by itself. ``environments``: names of the extra
    environments that it needs. ``kernel``: the one of these that it runs in.
    """
    return read(path)["metadata"].get("book", {})


def write(path, notebook):
    """Write a notebook as Jupyter does, and only if its bytes differ, so that file times stay."""
    write_if_changed(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def write_if_changed(path, text):
    """Whether the text differed from the file's and was written, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    if path.exists() and path.read_bytes() == data:
        return False
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
    return True


def settings():
    """The table [tool.book] of pyproject.toml with the version: repository, date, version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["book"] | {"version": project["project"]["version"]}


def commit():
    """The commit that is checked out, or "main" outside a git checkout."""
    return (git("rev-parse", "HEAD") or "main").strip()


def git(*arguments):
    """What git prints about this repository: None without git, in an unpacked archive, or inside another repository.

    Variables such as ``GIT_DIR``, which would point it elsewhere, are left out.
    """
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def said(*words):
        command = ["git", "-C", str(ROOT), *words]
        return subprocess.run(command, capture_output=True, check=True, env=variables).stdout.decode()

    try:
        return said(*arguments) if Path(said("rev-parse", "--show-toplevel").strip()).samefile(ROOT) else None
    except (OSError, subprocess.CalledProcessError):
        return None


def set_repository(url):
    """Write the repository's address into pyproject.toml and the set-up cell of every notebook."""
    if not re.fullmatch(r"https://[\w.-]+/[\w.-]+/[\w.-]+|", url or "?"):
        raise NotebookError(f"url={url!r} is not an address such as https://github.com/owner/name: give it with --url")
    url = url.removesuffix(".git")
    project = ROOT / "pyproject.toml"
    text = re.sub(r'(?m)^repository = ".*"$', f'repository = "{url}"', project.read_text(encoding="utf-8"))
    write_if_changed(project, text)
    for path in every():
        notebook = read(path)
        for cell in notebook["cells"]:
            if "setup" in cell["metadata"].get("tags", []):
                source = re.sub(
                    r'REPOSITORY, COMMIT = ".*?", ', f'REPOSITORY, COMMIT = "{url}", ', "".join(cell["source"])
                )
                cell["source"] = source.splitlines(keepends=True)
        write(ROOT / path, notebook)
    print(f"{len(every())} notebooks and pyproject.toml now say: {url or 'no address'}")
    return 0


def tracked_files():
    """Files that git tracks or would track, relative to the repository."""
    listed = git("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if listed is not None:
        return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())
    skipped = {".git", ".venv", ".venv-extra", ".venv-floor", "out", "__pycache__"}  # of an unpacked archive
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if not skipped & set(path.parts))
