"""Environments beside the book's own, for what one chapter needs and the others must not have.

``requirements/extra/NAME.txt`` says what the environment NAME holds. A chapter names those that it uses in its
metadata, ``{"book": {"environments": ["NAME"]}}``, and starts programs there with :func:`python_of`; with
``{"book": {"environments": ["NAME"], "kernel": "NAME"}}`` the chapter itself runs there. They are made before it runs.
Where a file ``NAME.npm.json`` stands beside it, the environment also holds files of npm's packages: :func:`npm_folder`.
Standard library only, as set-up needs this module too.
"""

import hashlib
import json
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "extra"
FOLDER = ROOT / ".venv-extra"


class ExtraError(Exception):
    """An extra environment is unknown, or not there."""


def names():
    """Names of the extra environments, sorted: the files in ``requirements/extra``."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def requirements_of(name):
    """Path of the requirement file of an extra environment.

    Raises
    ------
    ExtraError
        If there is none of this name; the message lists those that there are.
    """
    if name not in names():
        known = ", ".join(names()) or "none"
        raise ExtraError(f"there is no extra environment {name!r}; {REQUIREMENTS} has: {known}")
    return REQUIREMENTS / f"{name}.txt"


def wanted(name):
    """SHA-256 of what a finished environment is made from: its requirement file, and the files that this includes."""
    file = requirements_of(name)
    included = re.findall(r"(?m)^-[rc]\s*(\S+)", file.read_text(encoding="utf-8"))
    parts = [file, *(file.parent / path for path in included), *file.parent.glob(f"{name}.npm.json")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()


def location_of(name):
    """Path of the Python of an extra environment, whether or not it has been made."""
    return FOLDER / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def npm_packages(name):
    """What an extra environment takes from npm: of each package the version, the archive's integrity and the files."""
    file = requirements_of(name).with_suffix(".npm.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def npm_folder(name, package):
    """Folder in which an extra environment keeps the files of a package of npm, whether or not it has been made."""
    return FOLDER / name / "npm" / package


def stamp_of(name):
    """Path of the file that an environment holds once it is finished: what it was made from."""
    return FOLDER / name / "book-setup"


def is_ready(name):
    """Whether an extra environment has been made, from the requirements as they are now."""
    stamp = stamp_of(name)
    return location_of(name).exists() and stamp.exists() and stamp.read_text() == wanted(name)


def python_of(name):
    """Path of the Python of an extra environment, for programs that a chapter starts there.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    str

    Raises
    ------
    ExtraError
        If the name is unknown, or the environment has not been made from its present requirements; the message says
        what makes it, and what that installs.
    """
    if not is_ready(name):
        lines = (line.partition("#")[0].strip() for line in requirements_of(name).read_text().splitlines())
        packages = " ".join(line for line in lines if line and not line.startswith("-"))
        raise ExtraError(
            f"the environment {name!r} has not been made, or its requirements have changed since. It needs a network, "
            f"once. In a terminal, in the folder {ROOT}, run: python -m tools.environment {name} (in Colab or Jupyter, "
            f"in a cell: !cd {ROOT} && python -m tools.environment {name}). It makes an environment apart from this "
            f"one and installs there: {packages}"
        )
    return str(location_of(name))
