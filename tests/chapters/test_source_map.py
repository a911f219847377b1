"""The source map names, for every point of the articles, a section that shows its ground.

A ground is code that ran, a value that code of another page computed, or a citation.
"""

import re

import pytest

from tools import execution, notebooks
from tools.environment import ROOT

SERIES = {"C": 15, "A": 9, "T": 11, "P": 11, "F": 9, "H": 10, "Q": 11, "K": 9}
IDS = [f"{letter}{number}" for letter, last in SERIES.items() for number in range(1, last + 1)]
TEXT = (ROOT / "book" / "documents.md").read_text(encoding="utf-8")
ROWS = {m[1]: m[2] for m in re.finditer(r"^\| *([A-Z]\d+) *\|.*\|(.*?)\|\s*$", TEXT, re.M)}


def sections():
    """From each label to what its section holds: a list of (kind, text, whether it ran)."""
    found = {}
    pages = {path: execution.outputs_for(path)[0]["cells"] for path in notebooks.every()}
    for path in sorted((ROOT / "book").glob("*.md")):
        pages[path] = [{"cell_type": "markdown", "source": path.read_text(encoding="utf-8")}]
    for cells in pages.values():
        open_sections, waiting = [], []
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                for label, _ in open_sections:
                    found[label].append(("code", source, cell["execution_count"] is not None))
                continue
            for line in source.splitlines():
                label = re.fullmatch(r"\(([\w-]+)\)=", line)
                heading = re.match(r"(#+) ", line)
                if label:
                    waiting.append(label[1])
                elif heading:
                    depth = len(heading[1])
                    open_sections = [(name, d) for name, d in open_sections if d < depth]
                    open_sections += [(name, depth) for name in waiting]
                    found |= {name: [] for name in waiting}
                    waiting = []
                for name, _ in open_sections:
                    found[name].append(("prose", line, True))
    return found


SECTIONS = sections()


def test_every_point_has_one_row():
    first = re.findall(r"(?m)^\| *([A-Z]\d+) *\|", TEXT)
    assert sorted(first) == sorted(IDS), f"missing: {set(IDS) - set(first)}; unknown: {set(first) - set(IDS)}"


@pytest.mark.parametrize("point", IDS)
def test_point_is_treated(point):
    where = ROWS[point]
    labels = [m[1] or m[2] for m in re.finditer(r"\{ref\}`(?:[^`<]*<([^>]+)>|([^`]+))`", where)]
    assert labels and "to come" not in where, f"{point}: name the labelled sections that treat it"
    for label in labels:
        assert label in SECTIONS, f"{point}: no section has the label {label!r}"
        cells = SECTIONS[label]
        ran = any(kind == "code" and did_run for kind, _, did_run in cells)
        cites = any("{cite" in source for kind, source, _ in cells if kind == "prose")
        quotes = any("{val}" in source for kind, source, _ in cells if kind == "prose")
        assert ran or quotes or cites, f"{point}: the section {label!r} has no code, no computed value, no citation"


def test_every_statement_is_decided():
    labels = sorted(set(re.findall(r"sec-statement-[\w-]+", TEXT)))
    known = [label for label in SECTIONS if label.startswith("sec-statement-")]
    assert len(known) >= 23, "each statement of the articles that needs correcting has its own section"
    assert set(labels) == set(known), f"in one place only: {set(labels) ^ set(known)}"
    for label in known:
        cells = SECTIONS[label]
        ran = any(kind == "code" for kind, _, _ in cells)
        points = any(re.search(r"\{cite|\{(num)?ref\}", source) for _, source, _ in cells)
        assert ran or points, f"{label}: decide it by a cell, a section that has one, or a source"
