"""Plain copies of the notebooks for Colab and Jupyter, which show MyST's roles and directives raw.

Values, citations and references are resolved, equations and figures are numbered, captions stand below their
figures, directives become quotes, solutions fold behind ``<details>``.
"""

import json
import re
from functools import cache

from tools import execution, notebooks
from tools.environment import OUT, ROOT
from utils.values import formatted, values_of

PLAIN = OUT / "notebooks"
LABELLED = re.compile(r"\s*\$\$[ \t]*\(([\w:-]+)\)[ \t]*$", re.M)  # the end of an equation that has a label
LEFT_OVER = re.compile(r"\{[a-z][\w:-]*\}`|^\s*(?:`{3,}|:{3,})\{|^\([\w:-]+\)=\s*$", re.M)


def as_text(notebook):
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def write_all():
    """Write the plain copy of every notebook that has run into ``out/notebooks``."""
    for path in notebooks.every():
        executed, current = execution.outputs_for(path)
        if not current:
            print(f"{path}: not run yet, so its values are unknown; run: make book")
            return 1
        notebooks.write_if_changed(PLAIN / path, as_text(plain(executed, path)))
    print(f"{len(notebooks.every())} plain notebooks are in {PLAIN.relative_to(ROOT)}")
    return 0


def plain(notebook, path):
    """A copy of an executed notebook in which nothing but Markdown is left, without outputs."""
    values = values_of(notebook)
    cells, in_solution = [], False
    for cell in notebook["cells"]:
        cell = json.loads(json.dumps(cell))
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            in_solution = in_solution or "{solution-start}" in source
            source = plain_markdown(source, values, path)
            in_solution = in_solution and "{solution-end}" not in "".join(cell["source"])
        else:
            cell |= {"outputs": [], "execution_count": None}
            if "setup" in cell["metadata"].get("tags", []):
                source = re.sub(r'(REPOSITORY, COMMIT = ".*?", )".*?"', rf'\1"{notebooks.commit()}"', source)
            if in_solution:  # Colab folds a cell under a title; Jupyter, one whose source is hidden
                cell["metadata"] |= {"cellView": "form", "jupyter": {"source_hidden": True}}
                source = "# @title A solution (open to read)\n" + source
        cell["source"] = source.splitlines(keepends=True)
        if source.strip():
            cells.append(cell)
        figure = cell["metadata"].get("mystnb", {}).get("figure", {})
        if figure.get("caption"):
            caption = plain_markdown(figure["caption"], values, path)
            number = _titles().get(figure.get("name"), "Figure")
            text = f"**{number}.** {caption}"
            cells.append({"cell_type": "markdown", "id": f"{cell['id']}-caption", "metadata": {}, "source": [text]})
    return notebook | {"cells": cells}


def plain_markdown(source, values, path):
    """Markdown without MyST: see the module's first line."""
    source = re.sub(r"(?m)^\([\w:-]+\)=\s*\n", "", source)
    source = _plain_directives(source)
    roles = roles_of(values, path)
    source = re.sub(r"\{([\w:-]+)\}`([^`]+)`", lambda m: roles[m[1]](m[2]) if m[1] in roles else m[0], source)
    numbered = re.sub(LABELLED, lambda m: rf" \tag{{{_equations()[m[1]][0]}}}$$", source)
    return numbered.strip("\n")


def roles_of(values, path):
    """From each role that chapters may use to what a plain copy of the page at ``path`` shows in its place."""
    return {
        "val": lambda text: _value(text, values, path),
        "term": lambda text: _shown_and_target(text)[0],
        "ref": lambda text: _title(text),
        "numref": lambda text: _title(text),
        "doc": lambda text: _title(text),
        "eq": lambda text: _equation(text, path),
        "cite:p": lambda text: f"({_citations(text)})",
        "cite:t": _citations,
        "math": lambda text: f"${text}$",
        "sub": lambda text: f"<sub>{text}</sub>",
        "sup": lambda text: f"<sup>{text}</sup>",
        "kbd": lambda text: f"<kbd>{text}</kbd>",
    }


def _equation(label, path):
    """The number of an equation, and its page where that is another."""
    if label not in _equations():
        raise notebooks.NotebookError(f"{path}: no equation has the label {label}")
    number, page, title = _equations()[label]
    return f"({number})" if page == str(path) else f"({number}) of *{title}*"


@cache
def _equations():
    """Number of each labelled equation on its page, with the page and its title."""
    equations = {}
    for path in notebooks.every():
        cells = notebooks.read(path)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        title = re.search(r"(?m)^# +(.+)$", text)[1]
        equations |= {label: (n, str(path), title) for n, label in enumerate(re.findall(LABELLED, text), 1)}
    return equations


def _value(text, values, path):
    page, separator, asked = text.rpartition("#")
    if separator:
        other = ROOT / "book" / f"{page}.ipynb"
        values = values_of(execution.outputs_for(other.relative_to(ROOT))[0])
    try:
        return formatted(values, asked)
    except KeyError:
        raise notebooks.NotebookError(f"{path}: no cell keeps the value that {{val}}`{text}` quotes") from None


def _plain_directives(source):
    """Directives as quotes with their titles in bold; the gates of a solution as a heading of their own."""
    out, stack = [], []
    for line in source.splitlines():
        opening = re.match(r"^(\s*)(`{3,}|:{3,})\{([\w:-]+)\}\s*(.*)$", line)
        if opening:
            fence, name, argument = opening[2], opening[3], opening[4]
            stack.append((fence, name))
            title = _heading(name, argument)
            if title:
                out += ["", title, ">"]
        elif stack and line.strip() == stack[-1][0]:
            stack.pop()
            out.append("")
        elif stack:
            name = stack[-1][1]
            if re.match(r"^:[\w-]+:", line):
                continue  # an option of the directive
            if name == "math":
                out.append(line)
            elif name in ("solution-start", "solution-end"):
                continue
            else:
                out.append(f"> {line}".rstrip())
        else:
            out.append(line)
    return "\n".join(out)


def _heading(name, argument):
    if name in ("list-table", "csv-table", "table"):
        raise notebooks.NotebookError(f"{{{name}}} means nothing outside the site: write a Markdown table")
    if name in ("solution-end", "math", "figure", "image"):
        return ""
    if name == "solution-start":
        return "<details><summary>A solution is in the next cell</summary>Try first; then open it.</details>"
    title = argument or name.replace("-", " ").capitalize()
    return f"> **Exercise: {title}**" if name == "exercise" else f"> **{title}**"


def _shown_and_target(text):
    match = re.fullmatch(r"(.+?)\s*<(.+)>", text, re.S)
    return (match[1], match[2]) if match else (text, text)


def _title(text):
    shown, target = _shown_and_target(text)
    if shown != target:
        return shown
    return f"*{_titles().get(target.strip('/').removesuffix('.md'), target)}*"


@cache
def _titles():
    """Title of each label of the book: headings, exercises and figures."""
    titles = {}
    for path in sorted((ROOT / "book").rglob("*")):
        if path.suffix == ".ipynb" and ".ipynb_checkpoints" not in path.parts:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
            figures = [c["metadata"].get("mystnb", {}).get("figure", {}).get("name") for c in cells]
            titles |= {name: f"Figure {n}" for n, name in enumerate(filter(None, figures), 1)}
        elif path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
        else:
            continue
        titles |= dict(re.findall(r"^\(([\w:-]+)\)=\s*\n+#+ +(.+)$", text, re.M))
        titles |= {label: title for title, label in re.findall(r"\{exercise\} *(.*)\n:label: *(\S+)", text)}
    return titles


def _citations(keys):
    return "; ".join(_references().get(key.strip(), key.strip()) for key in keys.split(","))


@cache
def _references():
    """ "Vaswani et al., 2017" for each key of references.bib."""
    from pybtex.database import parse_file
    from pybtex.richtext import Text

    shown = {}
    for key, entry in parse_file(str(ROOT / "book" / "references.bib")).entries.items():
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        last = [" ".join(person.last_names) for person in people] or [entry.fields.get("title", key)]
        names = last[0] if len(last) == 1 else f"{last[0]} and {last[1]}" if len(last) == 2 else f"{last[0]} et al."
        shown[key] = f"{Text.from_latex(names)}, {entry.fields.get('year', 'n.d.')}"
    return shown


def left_over(notebook):
    """Roles, directives and labels that a plain copy still holds; none, if it is plain."""
    return [
        found
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for found in LEFT_OVER.findall(re.sub(r"(?s)```(?!\{).*?```", "", "".join(cell["source"])))
    ]
