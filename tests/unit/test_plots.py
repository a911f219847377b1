"""Figures: the look that they share, and maps of weights with their labels."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

from utils.plots import PALETTE, heat_map, use_style


@pytest.fixture
def ax():
    with plt.rc_context({"axes.grid": True}):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def labels(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def test_a_map_shows_each_weight_from_0_to_1_under_its_labels(ax):
    weights = torch.tensor([[0.25, 0.5, 0.25], [0.0, 0.1, 0.9]], requires_grad=True)
    assert heat_map(ax, weights, ["a", "b"], ["x", "y", "z"]) is ax
    (image,) = ax.get_images()
    np.testing.assert_allclose(image.get_array(), weights.detach().numpy())
    assert image.get_clim() == (0, 1), "the same colour is the same weight in every map"
    assert (labels(ax.yaxis), labels(ax.xaxis)) == (["a", "b"], ["x", "y", "z"])
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("query", "key")
    assert not any(line.get_visible() for line in ax.get_xgridlines() + ax.get_ygridlines())


def test_a_map_without_labels_and_with_titles_of_its_own(ax):
    heat_map(ax, np.eye(3), None, None, row_title="English", column_title="French")
    assert not any(labels(ax.yaxis) + labels(ax.xaxis))
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("English", "French")


@pytest.mark.parametrize("n, angle", [(4, 0), (5, 90)])
def test_many_words_below_a_map_are_turned(ax, n, angle):
    heat_map(ax, np.eye(n), list("abcde")[:n], list("abcde")[:n])
    assert {text.get_rotation() for text in ax.get_xticklabels()} == {angle}


@pytest.mark.parametrize(
    "rows, columns, words",
    [
        (["a"], ["x", "y", "z"], "row_labels has 1 entries for 2 rows"),
        (["a", "b"], ["x", "y"], "column_labels has 2 entries for 3 columns"),
        (["a", "b"], [], "column_labels has 0 entries for 3 columns"),
    ],
)
def test_labels_that_do_not_fit_are_refused(ax, rows, columns, words):
    with pytest.raises(ValueError, match=words):
        heat_map(ax, np.zeros((2, 3)), rows, columns)


def test_the_style_sets_colours_and_a_clear_ground():
    with plt.rc_context():
        use_style()
        figure, ax = plt.subplots()
        assert mpl.colors.to_rgba(figure.get_facecolor())[3] == 0
        assert [ax.plot([0, 1])[0].get_color() for _ in PALETTE] == list(PALETTE.values())
        plt.close(figure)


def test_figures_of_a_notebook_are_vector_graphics():
    code = "import matplotlib.pyplot as plt\nfrom utils.plots import use_style\nuse_style()\nplt.plot([1, 2]);"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook).execute()
    (figure,) = (output for output in notebook.cells[0].outputs if "data" in output)
    assert "image/svg+xml" in figure.data and "image/png" not in figure.data
