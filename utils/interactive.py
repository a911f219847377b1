"""Figures that a reader can handle on the site; the still figure stands in everywhere else."""

import hashlib
import os

from utils.data import file_hash
from utils.models import cache_folder
from utils.values import show

INTERACTIVE = "application/vnd.book.interactive+json"


def interactive(component, data, beside=False):
    """Offer an interactive version of the still figure that the cell above draws.

    On the site the component of this name (``book_site/components/<component>.js``) draws `data` and takes the
    still figure's place. Without JavaScript, in print and in Jupyter, the still figure remains.

    Parameters
    ----------
    component : str
        Name of the component.
    data : dict
        Its real values, as JSON can hold them; tensors are given as nested lists. An entry "text" replaces words of
        the component, by the names in its ``TEXT``.
    beside : bool
        Whether the still figure stays, with the interactive one below it.
    """
    text = "(On the book's site this figure can be changed by hand.)"
    show(text, INTERACTIVE, {"component": component, "data": data, "beside": beside})


def kept(sha256):
    """Path of a file that :func:`keep_file` keeps, whether or not it is there."""
    return cache_folder() / "served" / sha256


def keep_file(name, content):
    """Keep a file that a chapter made and an interactive figure loads; the site serves it under this name.

    It is kept below :func:`utils.models.cache_folder`, under its checksum, since it is too large for the repository.

    Parameters
    ----------
    name : str
        Its name on the site, which no other file has.
    content : bytes

    Returns
    -------
    dict
        "name", "bytes" and "sha256", for an entry of "files" in the figure's data.

    Raises
    ------
    ValueError
        If the name holds a folder, or there is no content.
    """
    if not name or "/" in name or "\\" in name:
        raise ValueError(f"the name of a served file is one without a folder, not {name!r}")
    if not content:
        raise ValueError(f"{name} is empty")
    facts = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path = kept(facts["sha256"])
    if not path.exists() or file_hash(path) != facts["sha256"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.part")
        temporary.write_bytes(content)
        temporary.replace(path)
    return facts
