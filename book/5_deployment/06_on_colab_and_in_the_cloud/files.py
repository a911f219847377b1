"""Writing a file that is whole or not there; and a program to be killed while it writes.

python files.py plain|whole PATH MEGABYTES
"""

import os
import sys
import tempfile
from pathlib import Path


def write_whole(path, data):
    """Write a file so that its name never stands for half of it."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, suffix=".part", delete=False
    ) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # on the disk, not only on its way
    Path(file.name).replace(path)  # the name changes hands in one step


def write_plain(path, data):
    """Write a file as one usually does."""
    with open(path, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    how, path, megabytes = sys.argv[1:]
    data = b"n" * (int(megabytes) * 2**20)
    print("ready", flush=True)
    {"plain": write_plain, "whole": write_whole}[how](Path(path), data)
