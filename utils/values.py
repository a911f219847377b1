"""Values that a cell computes and the prose quotes: kept in the notebook's own outputs, read back, formatted."""

import numbers
import re
import sys

VALUE = "application/vnd.book.value+json"


def plain_number(value):
    """The value as a Python ``int``, ``float`` or ``str`` that JSON can hold.

    Raises
    ------
    TypeError
        If it is none of these, nor an array or tensor of one element.
    """
    if hasattr(value, "item"):
        value = value.item()  # arrays and tensors of one element; others raise an error of their own
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, str)):
        raise TypeError(f"value={value!r} is a {type(value).__name__}; a number or a short text was expected")
    return value


def keep(name, value):
    """Store a value under a name, and print both.

    The prose of the same chapter quotes it as ``{val}`name``` or, with a format, ``{val}`name:.3f```, and other
    pages as ``{val}`folder/page#name:.3f```. So no number is typed twice.

    Parameters
    ----------
    name : str
        A Python identifier, used once in its notebook.
    value : float, int, str, or an array or tensor of one element
        What the prose will quote.

    Raises
    ------
    ValueError
        If the name is not an identifier.
    """
    if not name.isidentifier():
        raise ValueError(f"name={name!r} is not an identifier such as 'largest_gap'")
    value = plain_number(value)
    shown = value if isinstance(value, str) else f"{value:.6g}"
    show(f"{name} = {shown}", VALUE, {"name": name, "value": value})


def show(text, mime_type, record):
    """Print a line; in a notebook, attach a record to it that the book's tools find in the cell's output."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding))  # an old console of Windows knows no ✓
    else:
        display({"text/plain": text, mime_type: record}, raw=True)


def values_of(notebook):
    """Values that the cells of an executed notebook kept: a dict from name to number or text."""
    return {
        output["data"][VALUE]["name"]: output["data"][VALUE]["value"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if VALUE in output.get("data", {})
    }


def formatted(values, text):
    """The value that ``name`` or ``name:format`` asks for, as the page shows it.

    Raises
    ------
    KeyError
        If no cell kept a value of this name.
    """
    name, _, form = text.partition(":")
    value = values[name]
    if not form and isinstance(value, str):
        return value
    if not form:
        form = "," if isinstance(value, int) else ".6g"
    shown = format(value, form)
    if re.fullmatch(r"-?[\d.]+e[+-]\d+", shown):  # 4.8e-07 is written 4.8 × 10⁻⁷
        digits, exponent = shown.split("e")
        return f"{digits} × 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    return shown.replace("-", "−") if shown.startswith("-") else shown
