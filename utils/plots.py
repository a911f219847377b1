"""One look for every figure: readable on a light and on a dark page, in print, and in colour blindness."""

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler

# Okabe and Ito's colours, those of middle lightness: each stands out on white and on a dark page
PALETTE = {
    "blue": "#0083c9",
    "orange": "#d9730d",
    "green": "#019970",
    "pink": "#c76a9b",
    "sky": "#3fa3dc",
    "red": "#d5502a",
}
INK = "#7a7f8a"  # contrast of 4 with white and with the dark page alike
SEQUENTIAL = mpl.colors.LinearSegmentedColormap.from_list("book", ["#0083c900", "#0083c9ff"])  # clear to blue
STYLE = {
    "figure.figsize": (6.4, 3.4),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=PALETTE.values()),
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.hashsalt": "book",  # the same figure gives the same file
    "svg.fonttype": "path",
}


def use_style():
    """Set the book's style for this notebook: colours, and vector graphics on a clear ground."""
    from IPython import get_ipython
    from matplotlib_inline.config import InlineBackend

    plt.rcParams.update(STYLE)
    if get_ipython() is not None:  # its own setting: set_matplotlib_formats is undone when the backend starts later
        InlineBackend.instance(parent=get_ipython()).figure_formats = {"svg"}


def heat_map(ax, weights, row_labels, column_labels, *, row_title="query", column_title="key"):
    """Draw a matrix of weights from 0 to 1 with its labels on the given axes; the axes come back.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    weights : array, shape (n_rows, n_columns)
    row_labels, column_labels : list of str
        Tokens, or None for a panel without labels.
    row_title, column_title : str
        What rows and columns are.

    Raises
    ------
    ValueError
        If the labels do not match the shape.
    """
    weights = weights.detach().cpu().numpy() if hasattr(weights, "detach") else weights
    for labels, size, axis in ((row_labels, weights.shape[0], "row"), (column_labels, weights.shape[1], "column")):
        if labels is not None and len(labels) != size:
            raise ValueError(f"{axis}_labels has {len(labels)} entries for {size} {axis}s")
    ax.imshow(weights, cmap=SEQUENTIAL, vmin=0, vmax=1)
    ax.grid(False)
    ax.set_xticks(range(weights.shape[1]), column_labels or [], rotation=90 if weights.shape[1] > 4 else 0)
    ax.set_yticks(range(weights.shape[0]), row_labels or [])
    ax.tick_params(length=0, labelsize=8)
    ax.set(xlabel=column_title, ylabel=row_title)
    return ax
