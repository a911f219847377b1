"""Tables that the build makes from the executed notebooks: the results ledger, the status of the run, its versions."""

import datetime
import html
import json
import os
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book_site.outputs import anchor
from tools import versions
from utils.checks import CLAIM


class Filter(SphinxDirective):
    """``{filter} claims``: a field that keeps of what stands below it that with some words; an example of these."""

    required_arguments, has_content = 1, True

    def run(self):
        what, example = (html.escape(text, quote=True) for text in (self.arguments[0], " ".join(self.content)))
        return [
            nodes.raw("", f'<div class="book-filter" data-what="{what}" data-example="{example}"></div>', format="html")
        ]


class Ledger(SphinxDirective):
    """``{results-ledger}``: every claim of the book by chapter, with value and requirement, linked to its cell."""

    def run(self):
        sections = []
        for path, docname, notebook in _chapters(self.env):
            claims = [
                output["data"][CLAIM]
                for cell in notebook["cells"]
                for output in cell.get("outputs", [])
                if CLAIM in output.get("data", {})
            ]
            section = nodes.section(ids=[f"ledger-{path.stem.replace('_', '-')}"])
            section += nodes.title(text=_title(notebook))
            page = self.env.app.builder.get_relative_uri(self.env.docname, docname)
            rows = [["What is claimed", "Value", "Required"]]
            for record in claims:
                link = nodes.reference(
                    "", record["statement"], internal=True, refuri=f"{page}#{anchor(record['statement'])}"
                )
                rows.append([nodes.paragraph("", "", link), f"{record['value']:.4g}", record["required"]])
            if claims:
                section += folded(f"{len(claims)} claims", table(rows, widths=(6, 1, 2)))
            else:
                section += folded("not run", nodes.paragraph(text="Its claims are checked when it runs."))
            sections.append(section)
        return sections


class LedgerCount(SphinxDirective):
    """``{ledger-count}``: how many claims the book makes, and in how many chapters."""

    def run(self):
        counts = [
            sum(CLAIM in output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", []))
            for _, _, notebook in _chapters(self.env)
        ]
        return [nodes.paragraph(text=f"There are {sum(counts)} of them, in {len(counts)} notebooks.")]


class StatusTable(SphinxDirective):
    """``{status-table}``: what each chapter took in the run that made the site, and what it loaded."""

    def run(self):
        account = _account(self.env)
        rows = [["Chapter", "Seconds", "Peak memory, MB", "Data, models, records"]]
        total = 0
        for path, docname, notebook in _chapters(self.env):
            facts = account.get(path.as_posix(), {})
            page = self.env.app.builder.get_relative_uri(self.env.docname, docname)
            link = nodes.reference("", _title(notebook), internal=True, refuri=page)
            loaded = ", ".join(facts.get("loads", [])) or "none"
            total += facts.get("seconds", 0)
            seconds = f"{facts['seconds']:.0f}" if facts else "not run"
            rows.append([nodes.paragraph("", "", link), seconds, str(facts.get("peak_mb") or "unknown"), loaded])
        whole = table([*rows, ["All", f"{total:.0f}", "", ""]], widths=(4, 1, 1, 3))
        list(whole.findall(nodes.row))[-1]["classes"].append("book-sum")
        return [whole]


class VersionsTable(SphinxDirective):
    """``{versions-table}``: machine and versions of the run that made the site, beside those of other whole runs."""

    def run(self):
        self.env.note_dependency(str(versions.REPORT))
        others = json.loads(versions.REPORT.read_text(encoding="utf-8"))
        here = versions.versions()
        rows = [["What", "This edition", *others]]
        rows += [
            [name, version, *(run["versions"].get(name, "") for run in others.values())]
            for name, version in here.items()
        ]
        device = os.environ.get("BOOK_DEVICE") or "the default: a GPU where there is one, else the processor"
        rows += [
            ["System", versions.system(), *(run["system"] for run in others.values())],
            ["Device", device, *("" for _ in others)],
            ["Notebooks", str(len(list(_chapters(self.env)))), *(str(run["chapters"]) for run in others.values())],
            ["On", datetime.date.today().isoformat(), *(run["date"] for run in others.values())],
        ]
        return [table(rows, widths=(1,) * len(rows[0]))]


class LighthouseTable(SphinxDirective):
    """``{lighthouse-table}``: what Lighthouse gave some pages, measured by hand (``tools/lighthouse.py``)."""

    def run(self):
        path = Path(__file__).with_name("lighthouse.json")
        self.env.note_dependency(str(path))
        results = json.loads(path.read_text(encoding="utf-8"))
        rows = [["Page", *(name.replace("-", " ") for name in results["pages"][0]["scores"]), "kB sent"]]
        for page in results["pages"]:
            title = self.env.titles.get(page["page"], nodes.title(text=page["page"])).astext()
            rows.append([title, *(f"{100 * score:.0f}" for score in page["scores"].values()), str(page["kilobytes"])])
        about = f"Lighthouse {results['version']}, {results['date']}; {results['setting']}; {results['command']}."
        return [table(rows, widths=(4, 1, 1, 1, 1, 1)), nodes.paragraph(text=about)]


class SourceMapCount(SphinxDirective):
    """``{source-map-count}``: how many points of the articles the book treats."""

    def run(self):
        path = Path(self.env.srcdir) / "book" / "documents.md"
        self.env.note_dependency(str(path))
        rows = re.findall(r"^\| *([A-Z]\d+) *\|.*\|(.*)\|\s*$", path.read_text(encoding="utf-8"), re.M)
        treated = sum("{ref}" in where for _, where in rows)
        text = f"Of the {len(rows)} points of the five articles, {treated} are treated."
        return [nodes.paragraph(text=text)]


def table(rows, widths):
    """A table node: `rows` of texts or nodes, the first the head; `widths` of the columns relative to each other."""
    whole, group = nodes.table(), nodes.tgroup(cols=len(widths))
    whole += group
    group += [nodes.colspec(colwidth=width) for width in widths]
    head, body = nodes.thead(), nodes.tbody()
    for number, cells in enumerate(rows):
        row = nodes.row()
        for cell in cells:
            row += nodes.entry("", nodes.paragraph(text=cell) if isinstance(cell, str) else cell)
        (body if number else head).append(row)
    group += [head, body]
    return whole


def folded(summary, node):
    """Nodes that show a line, and the node below it when the line is opened."""
    begin = nodes.raw("", f'<details class="book-rows"><summary>{html.escape(summary)}</summary>', format="html")
    return [begin, node, nodes.raw("", "</details>", format="html")]


def _chapters(env):
    """Path, document and content of each notebook of the site, in reading order."""
    for file in sorted(Path(env.srcdir).glob("book/**/*.ipynb")):
        env.note_dependency(str(file))
        path = file.relative_to(env.srcdir)
        yield path, path.with_suffix("").as_posix(), json.loads(file.read_text(encoding="utf-8"))


def _title(notebook):
    return re.search(r"^# (.+)$", "".join(notebook["cells"][0]["source"]), re.M)[1]


def _account(env):
    path = Path(env.srcdir) / "book" / "account.json"
    env.note_dependency(str(path))
    return json.loads(path.read_text()) if path.exists() else {}
