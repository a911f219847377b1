"""The picture that opens the book: an interactive figure of a chapter, with its real values, on another page."""

import html
import json
import math
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book_site.outputs import as_html
from utils.interactive import INTERACTIVE

SHOWN = 10  # bars of the still picture


class NextWord(SphinxDirective):
    """``{next-word} book/page``: a model's next words, as a chapter's ``decoding`` figure has them; below, the caption.

    Without JavaScript and in print a still picture of the first text stands in. Nothing is shown while the chapter has
    no outputs.
    """

    required_arguments = 1
    has_content = True

    def run(self):
        path = Path(self.env.doc2path(self.arguments[0]))
        self.env.note_dependency(str(path))
        record = record_of(json.loads(path.read_text(encoding="utf-8")), "decoding")
        if record is None:
            return []
        whole = nodes.container(classes=["book-front"])
        contexts = sorted(
            record["data"]["contexts"], key=lambda context: probabilities(context)[0]
        )  # the openest first
        shown = as_html({INTERACTIVE: record | {"beside": True, "data": record["data"] | {"contexts": contexts}}})
        first = still(contexts[0])
        whole += nodes.raw("", f'<div class="book-first">{first}</div>{shown}', format="html")
        caption = nodes.container(classes=["book-front-caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        whole += caption
        return [whole]


class SmallWriter(SphinxDirective):
    """``{small-writer} book/page``: the model of a chapter's ``writer`` figure, as a button that has it write a verse.

    Nothing is fetched before the button is pressed. Without JavaScript and in print the words of the directive stand
    in. Nothing is shown while the chapter has no outputs.
    """

    required_arguments = 1
    has_content = True

    def run(self):
        path = Path(self.env.doc2path(self.arguments[0]))
        self.env.note_dependency(str(path))
        record = record_of(json.loads(path.read_text(encoding="utf-8")), "writer")
        if record is None:
            return []
        needed = ("weights", "nHeads", "maxLength", "tolerance", "text")
        data = {name: value for name, value in record["data"].items() if name in needed}
        data["checks"] = record["data"]["checks"][:1]
        shown = as_html({INTERACTIVE: {"component": "verse", "data": data, "beside": True}})
        whole = nodes.container(classes=["book-front", "book-verse"])
        words = nodes.container(classes=["book-first"])
        self.state.nested_parse(self.content, self.content_offset, words)
        whole += words
        whole += nodes.raw("", shown, format="html")
        return [whole]


def record_of(notebook, component):
    """The record of a notebook's interactive figure of this kind, or None if it has no such output."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(INTERACTIVE, {})
            if record.get("component") == component:
                return record
    return None


def probabilities(context):
    """The softmax of a text's logits."""
    largest = max(context["logits"])
    powers = [math.exp(logit - largest) for logit in context["logits"]]
    return [power / sum(powers) for power in powers]


def still(context):
    """SVG of the most probable next tokens of a text, from their logits, best first: a bar and a number for each."""
    shares = probabilities(context)
    rows = []
    for i, (token, share) in enumerate(list(zip(context["tokens"], shares))[:SHOWN]):
        length = 280 * share / shares[0]
        rows.append(
            f'<text x="100" y="{20 * i + 14}" text-anchor="end">{html.escape(token)}</text>'
            f'<rect x="106" y="{20 * i + 3}" height="14" width="{length:.1f}" fill="var(--book-blue)"/>'
            f'<text x="{112 + length:.1f}" y="{20 * i + 14}">{share:.3f}</text>'
        )
    label = html.escape(f"The most probable next words after “{context['text']}”, with their probabilities")
    return (
        f"<p>“{html.escape(context['text'])} …”</p>"
        f'<svg viewBox="0 0 460 {20 * SHOWN}" width="460" role="img" aria-label="{label}" font-size="12">'
        f"{''.join(rows)}</svg>"
    )
