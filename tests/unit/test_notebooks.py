"""The form of the chapters. Each message tells the writer what to mend, and how."""

import ast
import json
import os
import re
import subprocess
import sys
import types

import pytest

from tools import colab, notebooks
from tools.environment import ROOT
from utils import sources

EVERY = notebooks.every()
NUMBER = re.compile(
    r"(?<![\w.§-])(\d+\.\d+(?:\s*%)?|\d+(?:\.\d+)?\s*%|\d+(?:\.\d+)?[ -]?(?:times|-fold|×|x)\b)(?![\w.])"
)
NAMES = re.compile(
    r"Python 3\.\d+(?:(?:, 3\.\d+)* (?:or|to|and) 3\.\d+)?|GPT-3\.5|CC BY \d\.0|Apache-2\.0|MPL-2\.0|version \d+\.\d+"
)


def prose(notebook):
    """Number and text of each Markdown cell and of each caption."""
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            yield number, "".join(cell["source"])
        caption = cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption")
        if caption:
            yield number, caption


def plain(text):
    """Prose without mathematics, code, roles, directives' options, links and sentences that cite."""
    text = re.sub(r"(?s)```(?!\{).*?```|\$\$.*?\$\$|\\begin\{.*?\\end\{\w+\*?\}|<!--.*?-->", " ", text)
    text = re.sub(r"(?ms)^```\{math\}.*?^```", " ", text)
    text = re.sub(r"(?m)^\s*:[\w-]+:.*$|^\s*(`{3,}|:{3,}).*$|^\([\w:-]+\)=$", " ", text)
    text = re.sub(r"\$[^$]+\$|`[^`]+`|\]\([^)]*\)|<[^>]+>", lambda m: " " if "{cite" not in m[0] else m[0], text)
    return NAMES.sub(" ", text)


def typed_numbers(text):
    marked = re.sub(r"\{cite:\w\}`[^`]+`", "{cite}", text)
    sentences = re.split(r"(?<=[.!?:])\s+|\n\n", marked)
    return [n for s in sentences if "{cite}" not in s for n in NUMBER.findall(plain(s))]


@pytest.fixture(params=EVERY, ids=str)
def chapter(request):
    return notebooks.read(request.param)


def tagged(notebook, tag):
    return [cell for cell in notebook["cells"] if tag in cell["metadata"].get("tags", [])]


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_there_are_chapters_and_each_is_in_the_contents():
    import yaml

    toc = (ROOT / "_toc.yml").read_text()
    listed = set(re.findall(r"(?:file|root): *(\S+)", toc))
    assert yaml.safe_load(toc)["format"] == "jb-book"
    missing = [str(path) for path in EVERY if str(path.with_suffix("")) not in listed]
    assert EVERY and not missing, f"add to _toc.yml: {missing}"


def test_set_up_cell_is_the_same_everywhere():
    cells = {}
    for path in EVERY:
        first = code(notebooks.read(path))[0]
        assert "setup" in first["metadata"].get("tags", []), f"{path}: its first code cell is not the set-up cell"
        cells["".join(first["source"])] = path
    assert len(cells) == 1, f"set-up cells differ: copy one to {list(cells.values())}"
    source = next(iter(cells))
    assert f'REPOSITORY, COMMIT = "{notebooks.settings()["repository"]}", "main"' in source


def set_up_source(repository):
    source = "".join(code(notebooks.read(EVERY[0]))[0]["source"])
    return re.sub(r'REPOSITORY, COMMIT = ".*?"', f'REPOSITORY, COMMIT = "{repository}"', source)


def test_set_up_cell_in_colab_without_an_address_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    with pytest.raises(SystemExit, match="open the notebook from the book's site"):
        exec(set_up_source(""), {})


def test_set_up_cell_in_colab_can_be_run_twice(monkeypatch, tmp_path):
    origin, book = tmp_path / "origin", tmp_path / "llm-book"
    (origin / "tools").mkdir(parents=True)
    (origin / "tools" / "colab_setup.py").write_text("print('ready')")
    who = ["-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-qm", "a book"]):
        subprocess.run(["git", "-C", origin, *command], check=True)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    source = set_up_source(origin).replace('"/content/llm-book"', repr(str(book)))
    for _ in range(2):
        exec(source, {})
    assert sys.path[0] == str(book) and (book / "tools" / "colab_setup.py").exists()


def test_set_up_cell_keeps_libraries_from_reporting(monkeypatch):
    switches = ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_UPDATE_CHECK")
    for switch in switches:
        monkeypatch.setenv(switch, "0")
    exec(set_up_source(""), {})
    assert [os.environ[switch] for switch in switches] == ["1"] * 3


def test_no_outputs_and_stable_ids(chapter):
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in code(chapter)), (
        "outputs are not committed: run nbstripout --keep-id on the notebook"
    )
    ids = [cell.get("id") for cell in chapter["cells"]]
    assert all(ids) and len(set(ids)) == len(ids), "each cell needs an id of its own"


def test_opening(chapter):
    opening = "".join(chapter["cells"][0]["source"])
    assert re.match(r"\([\w-]+\)=\n# .+\n", opening), "the first cell starts with a label and the title"
    for promise in ("You will", "You need", "Time"):
        assert f"**{promise}" in opening, f"the first cell has a line **{promise}**"


def test_parts_of_a_chapter(chapter):
    text = "\n".join("".join(c["source"]) for c in chapter["cells"] if c["cell_type"] == "markdown")
    for heading in ("Exercises", "Summary", "Further reading"):
        assert re.search(rf"(?m)^## .*{heading}", text), f"a section '## {heading}' is missing"
    everything = "\n".join("".join(c["source"]) for c in code(chapter))
    assert len(re.findall(r"\b(?:claim|compare)\(", everything)) >= 5, (
        "state what the chapter shows with claim or compare"
    )


def test_exercises_come_with_check_and_solution(chapter):
    exercises, checks, solutions = (tagged(chapter, tag) for tag in ("exercise", "check", "solution"))
    assert len(exercises) == len(checks) == len(solutions) >= 3, "three exercises or more, each with check and solution"
    with_checker = r"\{exercise\}.*\n:label: *(\S+)\n\n(?!\*Open\b)"  # an open exercise has no solution
    labels = re.findall(with_checker, _markdown(chapter))
    starts = re.findall(r"\{solution-start\} *(\S+)", _markdown(chapter))
    assert sorted(labels) == sorted(starts), "each exercise's label has its solution-start"
    for cell in exercises:
        assert "raise NotImplementedError" in "".join(cell["source"]), "a stub raises NotImplementedError"


def _markdown(notebook):
    return "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")


def test_no_number_is_typed(chapter):
    found = [f"cell {n}: {typed_numbers(text)}" for n, text in prose(chapter) if typed_numbers(text)]
    assert not found, f"quote these with keep() and {{val}}, or cite their source: {found}"


def _works(form):
    """Whether a whole number, a fraction or a word can be written in this format."""
    for value in (1, 0.5, "word"):
        try:
            return bool(format(value, form))
        except ValueError:
            continue
    return False


def test_formats_of_quoted_values_are_formats(chapter):
    text = json.dumps(chapter, ensure_ascii=False)
    forms = {quote: quote.partition(":")[2] for quote in re.findall(r"\{val\}`([^`]+)`", text)}
    wrong = [quote for quote, form in forms.items() if not _works(form)]
    assert not wrong, f"the format behind the colon is none that Python knows: {wrong}"


def may_keep(notebook, name):
    """Whether a cell's code can keep a value of this name: spelled out, or put together from a part spelled there."""
    for cell in code(notebook):
        source = "".join(cell["source"])
        if "keep(" in source:
            words = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
            words = [word for word in words if isinstance(word, str) and word]
            if name in words:
                return True
            computed = re.search(r"\bkeep\((?!\")", source)
            if computed and any(name.startswith(word) or name.endswith(word) for word in words):
                return True
    return False


def quoted_elsewhere():
    """Page, notebook and name of each value that a page quotes from another."""
    for page, text in all_prose().items():
        for source, name in re.findall(r"\{val\}`([\w/]+)#(\w+)", text):
            yield page, ROOT / "book" / f"{source}.ipynb", name


def test_values_quoted_from_other_pages_are_kept_there():
    quotes = list(quoted_elsewhere())
    assert len(quotes) > 50
    read = {path: notebooks.read(path) for _, path, _ in quotes if path.exists()}
    lost = [
        f"{page}: {path.stem}#{name}"
        for page, path, name in quotes
        if path not in read or not may_keep(read[path], name)
    ]
    assert not lost, f"no cell of the named notebook keeps these: {lost}"


def all_prose():
    """Path and Markdown of each page of prose and each chapter."""
    pages = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in (ROOT / "book").rglob("*.md")}
    return pages | {path: _markdown(notebooks.read(path)) for path in EVERY}


def test_references_have_a_label():
    pages = all_prose()
    figures = {
        cell["metadata"].get("mystnb", {}).get("figure", {}).get("name")
        for path in EVERY
        for cell in code(notebooks.read(path))
    }
    labels = figures | {"genindex", "search"}
    for text in pages.values():
        labels |= {
            one or other for one, other in re.findall(r"(?m)^\(([\w:-]+)\)=$|^\s*:(?:label|name): *(\S+)$", text)
        }
    asked = {
        (path, a or b)
        for path, text in pages.items()
        for a, b in re.findall(r"\{ref\}`(?:[^`<]*<([^>`]+)>|([^`<]+))`", text)
    }
    assert len(asked) > 500
    lost = sorted(f"{path}: {label}" for path, label in asked if label not in labels)
    assert not lost, f"nothing in the book has these labels: {lost}"


def test_a_reference_that_shows_a_title_has_one():
    """A label before a paragraph has no title, so a reference to it must bring its own words, or the build fails."""
    pages = all_prose()
    bare = {m[1]: path for path, text in pages.items() for m in re.finditer(r"(?m)^\(([\w:-]+)\)=\n+(?![#`(:|])", text)}
    lost = sorted(
        f"{path}: {label} of {bare[label]}"
        for path, text in pages.items()
        for label in re.findall(r"\{ref\}`([^`<]+)`", text)
        if label in bare
    )
    assert not lost, f"a heading must follow these labels: {lost}"


@pytest.mark.parametrize("chapter", EVERY, ids=str)
def test_each_role_has_a_form_in_plain_notebooks(chapter):
    used = set(re.findall(r"(?<!\w)\{([a-z][\w:-]*)\}`", _markdown(notebooks.read(chapter))))
    known = set(colab.roles_of({}, chapter))
    assert used <= known, f"{chapter}: plain notebooks for Colab cannot show {sorted(used - known)}"


def test_a_quoted_value_that_nobody_keeps_is_noticed():
    cells = [
        {
            "cell_type": "code",
            "source": ['keep("gap", 1)\n', 'for end in ("_low", "_high"):\n', '    keep(f"gain{end}", 2)'],
        }
    ]
    notebook = {"cells": cells}
    assert may_keep(notebook, "gap") and may_keep(notebook, "gain_low")
    assert not may_keep(notebook, "verdict")


@pytest.mark.parametrize("page", sorted((ROOT / "book").rglob("*.md")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_number_is_typed_on_pages_of_prose(page):
    found = typed_numbers(page.read_text(encoding="utf-8"))
    assert not found, f"quote these with {{val}}`folder/page#name`, or cite their source: {found}"


@pytest.mark.parametrize(
    "text, found",
    [
        ("It reaches 0.88 here.", 1),
        ("It gains 12% here.", 1),
        ("It is 3 times faster.", 1),
        ("Chapter 3 has 4 parts.", 0),
        ("It reached 28.4 {cite:p}`vaswani2017attention`.", 0),
        ("The value is $0.5$ and `0.1`.", 0),
        ("{val}`x:.2f`", 0),
    ],
)
def test_what_counts_as_a_typed_number(text, found):
    assert len(typed_numbers(text)) == found


def test_figures_have_captions_and_alternative_texts(chapter):
    for cell in code(chapter):
        source = "".join(cell["source"])
        draws = re.search(r"plt\.(subplots|figure|show)\(|\.plot\(|heat_map\(", source) and "def " not in source
        about = cell["metadata"].get("mystnb", {})
        alt = about.get("image", {}).get("alt", "")
        if draws or about:
            assert about.get("figure", {}).get("caption") and about["figure"].get("name"), (
                f"no caption:\n{source[:200]}"
            )
            assert len(alt.split()) >= 4, (
                f"the alternative text states the finding in four words or more:\n{source[:200]}"
            )
            assert not re.search(r"\d", alt), f"no numbers in an alternative text, they would drift: {alt}"
    for _, text in prose(chapter):
        assert not re.search(r"!\[\s*\]\(|<img(?![^>]*\balt=)", text), "an image in the prose has no alternative text"


CLAIMS = {"claim", "compare"}


def calls(source, names):
    """How often functions of these names are called, outside the bodies of functions."""
    waiting, found = list(ast.parse(source).body), 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        found += isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        waiting += ast.iter_child_nodes(node)
    return found


def is_checks(cell):
    """Whether a cell only checks, or keeps values for the text: closed on the site, or open with a reason."""
    return bool({"checks", "show-checks"} & set(cell["metadata"].get("tags", [])))


def lesson(notebook):
    """Code cells that teach: neither checks nor an exercise."""
    apart = {"setup", "exercise", "check", "solution"}
    return [c for c in code(notebook) if not is_checks(c) and not apart & set(c["metadata"].get("tags", []))]


def test_a_lesson_is_not_buried_in_its_checks(chapter):
    for cell in code(chapter):
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        first = source.strip().splitlines()[0]
        if "checks" not in tags:
            assert not re.search(r"\bkeep\(", source), (
                f"keep() stands in a cell of its own below, with the tag checks: {first}"
            )
        if not is_checks(cell):
            n = calls(source, CLAIMS)
            assert n <= 1, f"{n} claims beside other code; put them into a cell below, with the tag checks: {first}"
        else:
            assert calls(source, CLAIMS | {"keep"}), f"nothing is checked or kept here: {first}"
        if "show-checks" in tags:
            assert calls(source, CLAIMS), f"an open cell of checks has some: {first}"


def test_checks_hold_nothing_that_the_lesson_needs(chapter):
    cells = [c for c in code(chapter) if "setup" not in c["metadata"].get("tags", [])]
    for place, cell in enumerate(cells):
        if not is_checks(cell):
            continue
        bound = set().union(*(s.binds for s in sources.statements("".join(cell["source"]))))
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                name = re.match(r"\w+", ast.unparse(node))[0]
                assert name in bound, f"the checks {cell['id']} change {name}, which they did not make"
        for later in cells[place + 1 :]:
            if is_checks(later):
                continue
            for statement in sources.statements("".join(later["source"])):
                node = ast.parse(statement.code).body[0]
                own = statement.binds if isinstance(node, (ast.For, ast.With)) else set()  # bound before they are used
                needed = bound & (statement.uses - own)
                assert not needed, (
                    f"{sorted(needed)} from the checks {cell['id']} is used by the lesson:\n{statement.code[:200]}"
                )
                bound -= statement.binds


def test_imports_and_plots_are_closed(chapter):
    for cell in lesson(chapter):
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        n_imports = sum(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(source).body)
        assert n_imports <= 5 or "imports" in tags, f"tag this cell imports:\n{source[:200]}"
        if cell["metadata"].get("mystnb", {}).get("figure"):
            assert {"hide-input", "show-plot"} & set(tags), (
                f"the code of a figure is closed (hide-input), or part of the lesson (show-plot):\n{source[:200]}"
            )


def test_a_caption_fits_the_interactive_figure_that_takes_the_still_ones_place(chapter):
    figure = {}
    for cell in code(chapter):
        figure = cell["metadata"].get("mystnb", {}).get("figure") or figure
        source = "".join(cell["source"])
        if re.search(r"^interactive\(", source, re.M) and "beside=True" not in source:
            found = re.findall(r"(?i)\b(?:left|middle|right|top|bottom)\b", figure["caption"])
            assert not found, f"the panels of {figure['name']} stand otherwise on the site: {found}"


def test_the_question_comes_before_any_code(chapter):
    """And the sentence above the imports leads to what the helpers among them are."""
    kinds = ["imports" in c["metadata"].get("tags", []) for c in chapter["cells"]]
    before = chapter["cells"][: kinds.index(True)]
    above = "".join(before[-1]["source"])
    assert "how-to-read-helpers>`" in above, "the sentence above the imports links to the helpers"
    headings = re.findall(r"(?m)^## .+", _markdown({"cells": before}))
    assert headings, "the first section of the chapter begins above its imports"


BANNED = {
    "a device by name": r"\.cuda\(|[\"']cuda(:\d)?[\"']|\.to\([\"'](cpu|mps)",
    "a star import": r"^from .* import \*",
    "a warning filter": r"warnings\.(filterwarnings|simplefilter)\([\"']ignore",
    "a shell command": r"^\s*[!%]",
    "an absolute path": r"[\"']/(home|root|tmp|usr|work|content|Users)\b",
    "remote code": r"trust_remote_code\s*=\s*True",
    "a pickle": r"torch\.(save|load)\(|import pickle",
}


def test_code_keeps_the_rules(chapter):
    for cell in code(chapter):
        tags, source = cell["metadata"].get("tags", []), "".join(cell["source"])
        assert not {"raises-exception", "allow_errors"} & set(tags), "assert the expected error inside the cell"
        if "setup" in tags:
            continue
        for what, pattern in BANNED.items():
            assert not re.search(pattern, source, re.M), f"{what} in a cell:\n{source[:300]}"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Try):
                hides = [h for h in node.handlers if h.type is None or all(isinstance(n, ast.Pass) for n in h.body)]
                assert not hides, f"a try that hides an error:\n{source[:300]}"


def test_cells_are_short(chapter):
    long = {}
    for cell in code(chapter):
        source = "".join(cell["source"])
        tree = ast.parse(source)
        n_statements = sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
        one_class = len(tree.body) == 1 and isinstance(tree.body[0], ast.ClassDef)  # which cannot be cut
        if n_statements > (50 if one_class else 25):
            long[source.splitlines()[0]] = n_statements
    assert not long, f"one idea a cell, about twenty lines; these have more statements: {long}"


def test_kernel_is_the_readers(chapter):
    assert chapter["metadata"]["kernelspec"]["name"] == "python3"
    assert json.loads(json.dumps(chapter))["nbformat"] == 4


HOURS = {"an": 1, "one": 1, "two": 2, "three": 3}
QUARTERS = {"a quarter": 1, "a half": 2, "three quarters": 3, None: 0}
CLOSED = {"setup", "imports", "checks", "check", "solution", "hide-input"}


def test_the_stated_time_of_reading_fits_the_length(chapter):
    """At the pace that *How to read* names: a hundred words, or fifteen lines of open code, a minute."""
    texts = ["".join(cell["source"]) for cell in chapter["cells"] if cell["cell_type"] == "markdown"]
    lesson = "\n".join(texts).split("\n## Exercises")[0]
    words = len(re.sub(r"\{val\}`[^`]*`", "0", lesson).split())
    shown = [c for c in chapter["cells"] if c["cell_type"] == "code" and not CLOSED & {*c["metadata"].get("tags", [])}]
    lines = sum(len("".join(cell["source"]).splitlines()) for cell in shown)
    minutes = words / 100 + lines / 15
    some = "|".join(filter(None, QUARTERS))
    stated = re.search(rf"\*\*Time\*\*.*?\b({'|'.join(HOURS)}) (?:hours?\b)?(?: ?and ({some}))?", lesson)
    assert stated, "the line *Time* begins with the hours of reading, in words"
    said = 60 * HOURS[stated[1]] + 15 * QUARTERS[stated[2]]
    assert 0.75 <= said / minutes <= 4 / 3, f"{stated[0]!r}, and by its length {minutes:.0f} minutes"
