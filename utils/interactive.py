"""Figures that a reader can handle on the site; the still figure stands in everywhere else."""

from utils.values import show

INTERACTIVE = "application/vnd.book.interactive+json"


def interactive(component, data, beside=False):
    """Offer an interactive version of the still figure that the cell above draws.

    On the site the component of this name (``book_site/components/<component>.js``) draws `data` and takes the
    still figure's place. Without JavaScript, in print and in Jupyter, the still figure remains.

    Parameters
    ----------
    component : str
        Name of the component.
    data : dict
        Its real values, as JSON can hold them; tensors are given as nested lists. An entry "text" replaces words of
        the component, by the names in its ``TEXT``.
    beside : bool
        Whether the still figure stays, with the interactive one below it.
    """
    text = "(On the book's site this figure can be changed by hand.)"
    show(text, INTERACTIVE, {"component": component, "data": data, "beside": beside})
