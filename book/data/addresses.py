"""Postal addresses of the United States, each word with its part of the address, from the sources of usaddress."""

import hashlib
import io
import re
import tarfile
import xml.etree.ElementTree as ElementTree

PACKAGE = "usaddress==0.5.16"  # its source archive: the wheel has no training data


def split_of(words):
    """ "train", "validation" or "test" (70, 10 and 20 in a hundred), the same whatever the case and punctuation."""
    key = " ".join(re.findall(r"[a-z0-9]+", " ".join(words).lower()))
    bucket = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100
    return "test" if bucket < 20 else "validation" if bucket < 30 else "train"


def rows(archive):
    """One row an address, in the order of the source: its words and their labels; copies are left out."""
    with tarfile.open(archive) as folder:
        source = folder.extractfile("usaddress-0.5.16/training/labeled.xml").read()
    found, seen = [], set()
    for address in ElementTree.parse(io.BytesIO(source)).getroot():
        words, labels = [part.text for part in address], [part.tag for part in address]
        if tuple(words) not in seen:
            seen.add(tuple(words))
            found.append({"words": words, "labels": labels, "split": split_of(words)})
    return found
