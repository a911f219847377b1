"""The Sphinx extension of the book's site: stored values, tables of the run, local assets, page furniture.

It imports neither PyTorch nor anything that does, so that the site builds without it.
"""

import html
import json
import os
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from book_site import backlinks, front, mathematics, tables
from tools.notebooks import commit, settings
from utils.environments import npm_folder
from utils.interactive import INTERACTIVE, kept
from utils.values import formatted, values_of

HERE = Path(__file__).resolve().parent
DESCRIPTION = (
    "The ideas behind large language models as code that runs on your own computer, offline, in minutes. Every number "
    "is computed by the code on the page, comes from a recorded run whose script is in the book, or is cited."
)


# Files of the book that an interactive figure loads when it is asked to: where the site keeps them, below _static
SERVED = {
    "components/gpt.js": "book/5_deployment/05_in_the_browser/gpt.js",
    "components/classify.js": "book/5_deployment/05_in_the_browser/classify.js",
    "components/translate.js": "book/4_applications/06_translation/translate.js",
    "models/gpt.safetensors": "book/models/gpt/model.safetensors",
    "models/translator.safetensors": "book/models/translator/model.safetensors",
}
# Programs of others that it loads, from packages of npm in an extra environment; where that was not made they are left
# out, and the figure says so
RUNTIME = npm_folder("javascript", "onnxruntime-web") / "dist"
BORROWED = {"components/ort.wasm.min.js", "components/ort-wasm-simd-threaded.mjs"}
# A page loads from its own site, and sends nowhere else; the browser sees to it. file: for a site opened from the disk
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    """content="default-src 'self' file: data: blob: 'unsafe-inline' 'unsafe-eval'; form-action 'self'">"""
)


class ValueRole(SphinxRole):
    """``{val}`name:.3f```: a value that a cell of this page kept; ``{val}`folder/page#name:.3f```, of another one."""

    def run(self):
        page, _, asked = self.text.rpartition("#")
        docname = f"book/{page}" if page else self.env.docname
        path = Path(self.env.doc2path(docname))
        self.env.note_dependency(str(path))
        try:
            values = values_of(json.loads(path.read_text(encoding="utf-8")))
            shown = formatted(values, asked)
        except (OSError, ValueError, KeyError) as error:
            if not_run(docname):
                return [nodes.inline(self.rawtext, "(not run)", classes=["book-value-missing"])], []
            message = (
                f"val: {asked!r} cannot be shown ({type(error).__name__}: {error}); does a cell of {docname} keep it?"
            )
            return [], [self.inliner.reporter.warning(message, line=self.lineno)]
        return [nodes.inline(self.rawtext, shown, classes=["book-value"])], []


def not_run(docname):
    """Whether a page's notebook has no outputs of its present code (``make preview``)."""
    return f"{docname}.ipynb" in os.environ.get("BOOK_NOT_RUN", "").split(",")


def set_options(app, config):
    """Options that depend on the repository's address; without one there are no dead buttons."""
    facts = settings()
    options = config.html_theme_options
    options["navbar_persistent"] = []  # the theme would add a second search field
    options["article_header_end"] = ["book-buttons.html", "article-header-buttons.html"]
    options["footer_content_items"] = ["book-edition.html"]
    options["content_footer_items"] = []
    options["logo"] = {"text": "Large Language Models, Run", "alt_text": "Large Language Models, Run: front page"}
    for name in (
        "use_repository_button",
        "use_issues_button",
        "use_edit_page_button",
        "use_source_button",
        "use_download_button",
    ):
        options[name] = False  # book-buttons.html has the book's own
    options["launch_buttons"] = {}
    config.html_context |= {
        "default_mode": "auto",
        "book_repository": facts["repository"],
        "book_version": facts["version"],
        "book_date": facts["date"],
        "book_commit": commit()[:9],
    }
    config.templates_path = [*config.templates_path, str(HERE / "templates")]
    config.html_static_path = [*config.html_static_path, str(HERE / "static")]
    config.html_additional_pages = {"404": "404.html"}
    config.html_math_renderer = "mathml"


def describe_page(app, pagename, templatename, context, doctree):
    """What the templates ask about a page; early, since the theme drops templates that come out empty."""
    first = next((p.astext() for p in doctree.findall(nodes.paragraph)), "") if doctree else ""
    description = html.escape(" ".join(first.split())[:300] if len(first) > 60 else DESCRIPTION)
    context["metatags"] = context.get("metatags", "") + f'{POLICY}<meta name="description" content="{description}">'
    context["book_is_notebook"] = (Path(app.srcdir).parent / "notebooks" / f"{pagename}.ipynb").exists()  # a plain copy
    context["book_not_run"] = not_run(pagename)


def choose_scripts(app, pagename, templatename, context, doctree):
    """Leave out scripts that this page does not need, and add those of its interactive figures."""
    body = context.get("body") or ""
    if context["book_not_run"]:
        body = context["body"] = app.builder.templates.render("book-not-run.html", context) + body
    for component in sorted(set(re.findall(r'class="book-interactive" data-component="([\w-]+)"', body))):
        app.add_js_file(f"components/{component}.js", priority=400)
    if 'class="book-interactive"' in body:
        app.add_js_file("interactive.js", priority=390)
    if 'class="book-filter"' in body:
        app.add_js_file("filter.js", loading_method="defer")
    context["script_files"] = [script for script in context.get("script_files", []) if not _unneeded(script)]


def _unneeded(script):
    """Thebe, which would need a server, and the scripts of widgets, which would need a kernel."""
    text = f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', {}).get('body', '')}"
    return any(word in text for word in ("thebe", "THEBE", "require.js", "jupyter-widgets", "html-manager"))


def complete_site(app, error):
    """Put the components and what they load, the font of formulas and the notebooks beside the pages."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    shutil.copytree(HERE / "components", static / "components", dirs_exist_ok=True)
    shutil.copytree(HERE / "fonts", static / "fonts", dirs_exist_ok=True)
    for place, source in SERVED.items():
        (static / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(app.srcdir) / source, static / place)
    for place in BORROWED:
        if (RUNTIME / Path(place).name).exists():
            shutil.copyfile(RUNTIME / Path(place).name, static / place)
    for facts in _made_by_chapters(Path(app.srcdir)):
        if (source := kept(facts["sha256"])).exists():
            shutil.copyfile(source, static / "models" / facts["name"])
    plain = Path(app.srcdir).parent / "notebooks"
    for notebook in sorted(Path(app.srcdir).glob("book/**/*.ipynb")):
        inside = notebook.relative_to(app.srcdir)
        target = Path(app.outdir) / "notebooks" / inside
        if (plain / inside).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(plain / inside, target)


def _made_by_chapters(folder):
    """What :func:`utils.interactive.keep_file` returned for each file that an interactive figure of a chapter names."""
    for path in sorted(folder.glob("book/**/*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                yield from output.get("data", {}).get(INTERACTIVE, {}).get("data", {}).get("files", {}).values()


def setup(app):
    mathematics.setup(app)
    backlinks.setup(app)
    app.add_role("val", ValueRole())
    app.add_directive("next-word", front.NextWord)
    app.add_directive("small-writer", front.SmallWriter)
    app.add_directive("filter", tables.Filter)
    app.add_directive("results-ledger", tables.Ledger)
    app.add_directive("ledger-count", tables.LedgerCount)
    app.add_directive("status-table", tables.StatusTable)
    app.add_directive("versions-table", tables.VersionsTable)
    app.add_directive("lighthouse-table", tables.LighthouseTable)
    app.add_directive("source-map-count", tables.SourceMapCount)
    app.connect("config-inited", set_options, priority=900)
    app.add_css_file("book.css", priority=900)
    app.add_js_file("book.js", loading_method="defer")
    app.connect("html-page-context", describe_page, priority=100)
    app.connect("html-page-context", choose_scripts, priority=900)
    app.connect("build-finished", complete_site)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
