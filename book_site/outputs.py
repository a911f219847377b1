"""How the site shows what cells stored, claims, values, interactive figures, and which cells it shows closed."""

import hashlib
import html
import json

from utils.checks import CLAIM
from utils.interactive import INTERACTIVE
from utils.values import VALUE

# The line of a cell that is closed at first; of checks, those that it holds are counted (one of them, several)
IMPORTS, PLOT, CHECKS = "Imports", "Code of the figure", "Checks"
HOLD = "{n} check holds", "{n} checks hold"
KEPT = "{n} value kept for the text", "{n} values kept for the text"
KEPT_TOO = "{hold}, {n} value kept", "{hold}, {n} values kept"


def anchor(statement):
    """The id of a claim on its page: statements differ within a page."""
    return f"claim-{hashlib.sha256(statement.encode()).hexdigest()[:8]}"


def as_html(data):
    """HTML for the data of an output that holds a claim, a value or an interactive figure; None for any other."""
    if CLAIM in data:
        record = data[CLAIM]
        return (
            f'<p class="book-claim" id="{anchor(record["statement"])}">'
            f'<span class="book-mark" aria-hidden="true">✓</span> '
            f"{html.escape(record['statement'])}: <b>{record['value']:.3g}</b> "
            f'<span class="book-required">required: {html.escape(record["required"])}</span></p>'
        )
    if VALUE in data:
        record = data[VALUE]
        value = record["value"] if isinstance(record["value"], str) else f"{record['value']:.6g}"
        return f'<p class="book-kept"><code>{record["name"]}</code> = {html.escape(value)}</p>'
    if INTERACTIVE in data:
        record = data[INTERACTIVE]
        content = json.dumps(record["data"]).replace("</", "<\\/")
        beside = " data-beside" if record["beside"] else ""
        return (
            f'<div class="book-interactive" data-component="{html.escape(record["component"])}"{beside}>'
            f'<script type="application/json">{content}</script></div>'
        )
    return None


def folded(cell):
    """Metadata of a code cell with what closes it on the site: all of `checks`, the input of `imports` and plots."""
    metadata = cell["metadata"]
    tags = metadata.get("tags", [])
    if "checks" in tags:
        fold, line = "hide-cell", _held(cell.get("outputs", []))
    elif "imports" in tags:
        fold, line = "hide-input", IMPORTS
    elif "hide-input" in tags:
        fold, line = "hide-input", PLOT
    else:
        return metadata
    prompts = {"code_prompt_show": line, "code_prompt_hide": line}
    return metadata | {"tags": [*tags, fold], "mystnb": prompts | metadata.get("mystnb", {})}


def _held(outputs):
    """What a cell of checks holds, in a few words."""
    n_claims, n_values = (sum(kind in output.get("data", {}) for output in outputs) for kind in (CLAIM, VALUE))
    hold = HOLD[n_claims != 1].format(n=n_claims)
    if n_claims and n_values:
        return KEPT_TOO[n_values != 1].format(hold=hold, n=n_values)
    if n_values:
        return KEPT[n_values != 1].format(n=n_values)
    return hold if n_claims else CHECKS
