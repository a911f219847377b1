import json
import re

import pytest
import yaml

from book_site.outputs import folded
from tools import colab, execution, notebooks
from tools.environment import ROOT
from utils.checks import CLAIM
from utils.values import VALUE, formatted


def cell(source, outputs=(), **metadata):
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": list(outputs), "execution_count": 1}


def test_a_cell_that_did_not_run_is_found():
    notebook = {"cells": [cell("x = 1") | {"execution_count": None}]}
    assert "did not run" in execution.faults_of(notebook)[0]


def test_a_warning_is_a_fault_and_a_progress_bar_is_not():
    bar = {
        "output_type": "stream",
        "name": "stderr",
        "text": "rows:  50%|█████     | 1/2 [00:01<00:01]\rrows: 100%|█| 2/2 [00:02]",
    }
    warning = {"output_type": "stream", "name": "stderr", "text": "UserWarning: beware"}
    assert execution.faults_of({"cells": [cell("x", [bar])]}) == []
    assert "UserWarning" in execution.faults_of({"cells": [cell("x", [warning])]})[0]


def test_an_error_is_a_fault():
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    assert "ValueError" in execution.faults_of({"cells": [cell("x", [error])]})[0]


def test_prose_keeps_outputs_and_code_does_not(tmp_path, monkeypatch):
    path = notebooks.every()[0]
    first = execution.fingerprint(path)
    notebook = notebooks.read(path)
    for number, edit in enumerate(("markdown", "code")):
        copy = json.loads(json.dumps(notebook))
        target = [c for c in copy["cells"] if c["cell_type"] == edit][-1]
        target["source"] = "".join(target["source"]) + ("\n\nAnother sentence." if edit == "markdown" else "\nx = 1")
        file = tmp_path / str(number) / path
        notebooks.write(file, copy)
        monkeypatch.setattr(execution, "ROOT", tmp_path / str(number))
        assert (execution.fingerprint(path) == first) == (edit == "markdown")


def test_versions_count(monkeypatch):
    path = notebooks.every()[0]
    first = execution.fingerprint(path)
    monkeypatch.setattr(execution, "_versions", lambda: "others")
    assert execution.fingerprint(path) != first


def test_a_file_that_has_not_changed_keeps_its_time(tmp_path):
    file = tmp_path / "a"
    assert notebooks.write_if_changed(file, "text")
    before = file.stat().st_mtime_ns
    assert not notebooks.write_if_changed(file, "text")
    assert file.stat().st_mtime_ns == before


def test_unknown_chapter_lists_the_known_ones():
    with pytest.raises(notebooks.NotebookError, match="there are:"):
        notebooks.select(["book/9_none"])


@pytest.mark.parametrize("url", [None, "github.com/a/b", "https://example.org"])
def test_an_address_that_is_none_is_refused(url, monkeypatch):
    monkeypatch.setattr(notebooks, "write_if_changed", lambda *a: pytest.fail("nothing may be written"))
    with pytest.raises(notebooks.NotebookError, match="is not an address"):
        notebooks.set_repository(url)


MYST = """(a-label)=
## A heading

See {ref}`front` and {term}`token <tokens>`: {val}`gap:.1e` {cite:p}`hutto2014vader`.

```{note}
Mind this.
```

```{exercise} Double
:label: ex-double

Write it.
```

```{solution-start} ex-double
:class: dropdown
```
"""


def test_plain_copy_resolves_everything():
    text = colab.plain_markdown(MYST, {"gap": 4.8e-7}, "page")
    assert colab.left_over({"cells": [{"cell_type": "markdown", "source": text}]}) == []
    for part in (
        "4.8 × 10⁻⁷",
        "*Large Language Models, Run*",
        "token",
        "Hutto and Gilbert, 2014",
        "> Mind this.",
        "**Exercise: Double**",
        "<details>",
    ):
        assert part in text, part


def test_plain_copy_numbers_equations_as_its_page_does():
    page = "book/2_attention/01_attention_by_hand.ipynb"
    text = colab.plain_markdown("$$\nx\n$$ (eq-softmax-jacobian)\n\nBy {eq}`eq-softmax-jacobian`.", {}, page)
    number = re.search(r"\$\$\nx \\tag\{(\d+)\}\$\$", text)[1]
    assert f"By ({number})." in text
    assert f"({number}) of *Attention by hand*" in colab.plain_markdown("{eq}`eq-softmax-jacobian`", {}, "elsewhere")
    with pytest.raises(notebooks.NotebookError, match="no equation"):
        colab.plain_markdown("{eq}`eq-none`", {}, page)


def test_plain_copy_shows_the_caption_below_the_figure():
    figure = {"caption": "It is {val}`x:.1f`.", "name": "fig-attention-scale"}
    cell = {"cell_type": "code", "id": "a", "source": ["1"], "metadata": {"mystnb": {"figure": figure}}, "outputs": []}
    kept = {"data": {VALUE: {"name": "x", "value": 0.5}}}
    cells = colab.plain({"cells": [cell | {"outputs": [kept]}]}, "page")["cells"]
    assert re.fullmatch(r"\*\*Figure \d+\.\*\* It is 0\.5\.", cells[1]["source"][0])


def test_a_directive_that_cannot_be_plain_is_refused():
    with pytest.raises(notebooks.NotebookError, match="Markdown table"):
        colab.plain_markdown("```{list-table}\n* - a\n  - b\n```", {}, "page")


def test_plain_copy_writes_names_with_their_accents():
    shown = colab._references().values()
    assert any("Castaño" in names for names in shown)
    assert not [names for names in shown if re.search(r"[\\{}~]", names)]


def test_left_overs_are_seen():
    for source in ("{val}`x`", "```{note}\nx\n```", "(label)=\n# T"):
        assert colab.left_over({"cells": [{"cell_type": "markdown", "source": source}]})


def test_whole_numbers_have_their_thousands_marked():
    values = {"n": 49152, "few": 36, "share": 1234.5, "name": "minilm"}
    assert [formatted(values, name) for name in values] == ["49,152", "36", "1234.5", "minilm"]


def test_numbers_are_written_as_in_print():
    values = {"small": 4.8e-7, "large": 1.2e11, "below": -3, "share": -0.05, "name": "minilm"}
    asked = ["small:.1e", "large:.1e", "large:.2g", "below", "share:.0%", "share", "name:>8"]
    shown = ["4.8 × 10⁻⁷", "1.2 × 10¹¹", "1.2 × 10¹¹", "−3", "−5%", "−0.05", "  minilm"]
    assert [formatted(values, text) for text in asked] == shown


def test_unknown_value_names_the_page():
    with pytest.raises(notebooks.NotebookError, match="no cell keeps"):
        colab.plain_markdown("{val}`x`", {}, "book/a.ipynb")


def shown(kind, record):
    return {"output_type": "display_data", "data": {kind: record}, "metadata": {}}


ONE_CLAIM = shown(CLAIM, {"statement": "s", "value": 1, "required": "1"})
ONE_VALUE = shown(VALUE, {"name": "n", "value": 1})


@pytest.mark.parametrize(
    "outputs, line",
    [
        ([ONE_CLAIM], "1 check holds"),
        ([ONE_CLAIM] * 4, "4 checks hold"),
        ([ONE_VALUE], "1 value kept for the text"),
        ([ONE_VALUE] * 3, "3 values kept for the text"),
        ([ONE_CLAIM] * 4 + [ONE_VALUE], "4 checks hold, 1 value kept"),
        ([ONE_VALUE, ONE_CLAIM, ONE_VALUE], "1 check holds, 2 values kept"),
        ([], "Checks"),  # not run
    ],
)
def test_a_cell_of_checks_closes_to_one_line_that_counts_them(outputs, line):
    metadata = folded(cell("claim(…)", outputs, tags=["checks"]))
    assert "hide-cell" in metadata["tags"]
    assert metadata["mystnb"]["code_prompt_show"] == metadata["mystnb"]["code_prompt_hide"] == line


def test_imports_and_plots_close_their_code_and_lessons_stay_open():
    figure = {"name": "fig-x", "caption": "c"}
    plot = folded(cell("plt.show()", tags=["hide-input"], mystnb={"figure": figure}))
    assert plot["mystnb"]["figure"] == figure and plot["mystnb"]["code_prompt_show"] == "Code of the figure"
    imports = folded(cell("import a", tags=["imports"]))
    assert "hide-input" in imports["tags"] and imports["mystnb"]["code_prompt_show"] == "Imports"
    for tags in ([], ["show-checks"], ["show-plot"]):
        assert folded(cell("x = 1", tags=tags)) == {"tags": tags}


def test_changelog_citation_and_pages_name_one_version_and_one_date():
    facts = notebooks.settings()
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"(?m)^## (.+), (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")).groups()
    assert newest == (facts["version"], facts["date"])
    assert newest == (str(cited["version"]), str(cited["date-released"]))
