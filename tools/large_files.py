"""Fail if a file over a megabyte is about to enter the repository outside ``book/data`` and ``book/models``."""

import sys

from tools.environment import ROOT
from tools.notebooks import tracked_files

LIMIT = 1e6

if __name__ == "__main__":
    large = [
        name
        for name in tracked_files()
        if (ROOT / name).stat().st_size > LIMIT and not name.startswith(("book/data/", "book/models/"))
    ]
    print("\n".join(f"{name} is larger than {LIMIT / 1e6:.0f} MB" for name in large), end="\n" if large else "")
    sys.exit(bool(large))
