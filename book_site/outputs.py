"""How the site shows what cells stored: claims, values, interactive figures."""

import hashlib
import html
import json

from utils.checks import CLAIM
from utils.interactive import INTERACTIVE
from utils.values import VALUE


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
