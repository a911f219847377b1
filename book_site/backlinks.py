"""At the foot of each chapter, the other chapters that lead to it: every link between two chapters can be gone back.

What a page links to is noted while it is read, so that an incremental build knows it of pages that did not change.
"""

from sphinx.addnodes import pending_xref


def note_links(app, doctree):
    """Note the labels of sections, figures and formulas that the page being read refers to."""
    links = [node["reftarget"] for node in doctree.findall(pending_xref) if node["reftype"] in ("ref", "numref", "eq")]
    _noted(app.env)[app.env.docname] = sorted(set(links))


def forget(app, env, docname):
    _noted(env).pop(docname, None)


def merge(app, env, docnames, other):
    _noted(env).update({docname: _noted(other)[docname] for docname in docnames if docname in _noted(other)})


def leading_to(env, docname):
    """Names of the chapters that link to a chapter, in reading order."""
    found = {name for name, labels in _noted(env).items() if docname in (_page_of(env, label) for label in labels)}
    return [name for name in _reading_order(env) if name in found - {docname} and _is_chapter(env, name)]


def show(app, pagename, templatename, context, doctree):
    """Append the list to the body of a chapter."""
    if doctree is None or not _is_chapter(app.env, pagename):
        return
    found = [
        (app.builder.get_relative_uri(pagename, name), app.env.titles[name].astext())
        for name in leading_to(app.env, pagename)
    ]
    if found:
        context["body"] += app.builder.templates.render("book-backlinks.html", context | {"book_links": found})


def _noted(env):
    if not hasattr(env, "book_links"):
        env.book_links = {}
    return env.book_links


def _page_of(env, label):
    labels = env.get_domain("std").anonlabels | env.get_domain("math").equations
    return labels[label][0] if label in labels else None


def _is_chapter(env, docname):
    return env.doc2path(docname).endswith(".ipynb")


def _reading_order(env):
    order, waiting = [], [env.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        order.append(name)
        waiting = [child for child in env.toctree_includes.get(name, []) if child not in order] + waiting
    return order


def setup(app):
    app.connect("doctree-read", note_links)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("html-page-context", show, priority=300)
