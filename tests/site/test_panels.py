"""Where figures are cut for a phone: real figures, drawn here."""

import io

import pytest
from matplotlib.figure import Figure

from book_site.figures import PX, for_both_themes, shown
from book_site.panels import panels
from utils.plots import STYLE


def drawn(n_rows, n_columns, change=lambda figure, axes: None, **share):
    """A figure's SVG, and where the frames of its axes lie: (left, right) in points."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 3.0))
        axes = figure.subplots(n_rows, n_columns, squeeze=False, **share)
        for ax in axes.flat:
            ax.plot([1, 2], [3, 5])
            ax.set(xlabel="steps", ylabel="loss", title="a title")
        change(figure, axes)
        file = io.StringIO()
        figure.savefig(file, format="svg")
        frames = [[72 * figure.get_figwidth() * edge for edge in ax.get_position().intervalx] for ax in axes.flat]
    return file.getvalue(), frames


def test_panels_side_by_side_are_cut_apart_in_reading_order():
    svg, frames = drawn(2, 2)
    cut = panels(svg)
    assert len(cut) == 4
    for (left, _, width, _), (start, end) in zip(cut, frames, strict=True):
        assert left < start and end < left + width, "the panel holds its axes"
    assert cut[0][1] == cut[1][1] < cut[2][1] and cut[0][0] < cut[1][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda figure, axes: axes[0, 0].text(1.5, 4, "a label that reaches far into the neighbour " * 2, clip_on=False),
        lambda figure, axes: axes[0, 1].tick_params(labelleft=False),
    ],
    ids=["words across the gap", "labels of the neighbour"],
)
def test_what_belongs_together_stays_together(change):
    assert panels(drawn(1, 2, change)[0]) == []


def test_shared_labels_keep_a_figure_whole_and_labels_of_their_own_let_it_be_cut():
    assert panels(drawn(1, 2, sharey=True)[0]) == []
    own = drawn(1, 2, lambda figure, axes: axes[0, 1].tick_params(labelleft=True), sharey=True)
    assert len(panels(own[0])) == 2


def test_a_scale_of_colours_stays_with_its_picture():
    def change(figure, axes):
        image = axes[0, 0].imshow([[1, 2], [3, 4]])
        figure.colorbar(image, ax=axes[0, 0])

    assert len(panels(drawn(1, 2, change)[0])) == 2


@pytest.mark.parametrize("size", [(1, 1), (2, 1)])
def test_a_figure_of_one_column_is_not_cut(size):
    assert panels(drawn(*size)[0]) == []


def test_the_page_shows_a_part_of_the_file_for_each_panel(tmp_path):
    svg, _ = drawn(1, 2, lambda figure, axes: [ax.tick_params(labelsize=7) for ax in axes.flat])
    (tmp_path / "f.svg").write_text(svg)
    measures = for_both_themes(tmp_path)
    tag = shown('<img src="../_images/f.svg" alt="two curves">', measures)
    assert tag.count('book-panel"') == 2 and tag.count("<img") == 2 * 3
    assert tag.count('alt="two curves"') == 4 and tag.count('alt="panel 2 of the figure"') == 2
    assert measures["f.svg"].panels[0][2] * PX < measures["f.svg"].width / 1.8
