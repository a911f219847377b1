"""Formulas set at build time, as MathML: a page needs no script for them, and a screen reader can read them."""

import re

from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)
# What the converter does not know or sets differently from TeX, in words that it knows.
SAME = (
    (re.compile(r"\\arg(?![a-zA-Z])"), r"\\operatorname{arg}"),
    (re.compile(r"(\\[bB]igg?[lr])\s*\\[lr]Vert(?![a-zA-Z])"), r"\1‖"),
    (re.compile(r"\\[lr]Vert(?![a-zA-Z])"), r"\\|"),  # as high as what is written, like TeX's own
    (re.compile(r"\\[lr]vert(?![a-zA-Z])"), "|"),
    (re.compile(r"(?<=[+*\-=])(\s*)\\dots(?![a-zA-Z])"), r"\1\\cdots"),
    (re.compile(r"\\sim(?![a-zA-Z])"), "∼"),
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{align*}"),
    (re.compile(r"&\s*&"), r"& {} &"),
)
# The name of an operator: a thin space beside it, but none before its brackets
NAME = re.compile(r"<(m[io])>([A-Za-z]{2,})</\1>")
# A minus behind another sign belongs to what follows
MINUS = re.compile(r"(<mo[^>]*>(?!&#x0002[19];|&#x0005D;|&#x0007[CD];|&#x02016;)&#x[0-9A-F]+;</mo>)<mo>&#x02212;</mo>")
BRACKET = re.compile(r"(?:<mspace[^>]*/>)?(?:<mrow>)?<mo[^>]*>&#x00028;")
SPACES = re.compile(r'alttext="[^"]*"|<mtext>[^<]*</mtext>')


class FormulaError(ValueError):
    """A formula that cannot be set; the message says which."""


def mathml(formula, display=False):
    r"""MathML of a formula in LaTeX.

    Parameters
    ----------
    formula : str
        LaTeX, without dollars.
    display : bool
        Whether the formula stands on a line of its own.

    Returns
    -------
    str
        A ``<math>`` element.

    Raises
    ------
    FormulaError
        If the formula is not well formed, or holds a command that has no MathML here.
    """
    bare = re.sub(r"\\[\\{}]", "", formula)
    if bare.count("{") != bare.count("}"):
        raise FormulaError(f"the formula {formula!r} cannot be set: its braces do not match")
    written = formula
    for command, same in SAME:
        written = command.sub(same, written)
    try:
        shown = convert(written, display="block" if display else "inline")
    except Exception as error:  # the converter has many kinds of its own
        raise FormulaError(f"the formula {formula!r} cannot be set ({type(error).__name__}: {error})") from error
    shown = shown.replace('<mo stretchy="false">&#x0007C;</mo>', '<mo stretchy="false" lspace="0" rspace="0">|</mo>')
    shown = NAME.sub(_spaced, MINUS.sub(r'\1<mo form="prefix">&#x02212;</mo>', shown))
    unknown = re.search(r"\\[a-zA-Z|]+|(?<=<mi>)&(?=</mi>)", SPACES.sub("", shown))
    if unknown:
        raise FormulaError(f"the formula {formula!r} holds {unknown[0]}, which cannot be set: write it in other words")
    return shown


def _spaced(name):
    after = "0" if BRACKET.match(name.string, name.end()) else "0.17em"
    return f'<mo lspace="0.17em" rspace="{after}">{name[2]}</mo>'


def _set(translator, node, display):
    try:
        return mathml(node.astext(), display)
    except FormulaError as error:
        logger.warning("%s", error, location=node)
        return f'<code class="book-formula-fault">{translator.encode(node.astext())}</code>'


def visit_inline(self, node):
    from docutils.nodes import SkipNode

    self.body.append(f'<span class="math">{_set(self, node, display=False)}</span>')
    raise SkipNode


def visit_block(self, node):
    from docutils.nodes import SkipNode

    self.body.append(self.starttag(node, "div", CLASS="math math-block"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f"{_set(self, node, display=True)}</div>\n")
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
