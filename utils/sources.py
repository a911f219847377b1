"""Code as text: which statements a name needs, which ``utils`` modules code uses, and hashes of both."""

import ast
import hashlib
import json
import symtable
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


def code_hash(source):
    """SHA-256 of Python code without comments, docstrings and layout: it changes only when the program does."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
    return hashlib.sha256(json.dumps(_shape(tree)).encode()).hexdigest()


def _shape(node):
    """A syntax tree as nested lists that are the same in every version of Python: no empty or optional fields."""
    if isinstance(node, list):
        return [_shape(part) for part in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [(name, value) for name, value in ast.iter_fields(node) if name not in ("ctx", "kind", "type_comment")]
    return [type(node).__name__] + [[name, _shape(value)] for name, value in fields if value not in (None, [])]


def code_cells(notebook):
    """Code cells of a notebook file that are run, in order: a list of (source, tags)."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    return [
        ("".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in cells
        if cell["cell_type"] == "code" and "skip-execution" not in cell["metadata"].get("tags", [])
    ]


def source_of(path):
    """Python source of a module, or of all code cells of a notebook."""
    path = Path(path)
    if path.suffix == ".ipynb":
        return "\n\n".join(source for source, _ in code_cells(path))
    return path.read_text(encoding="utf-8")


class Statement(NamedTuple):
    """A top-level statement: its code, and names: those that it binds, those of whose object it sets an item or an
    attribute, those of which it calls a method that works in place, and the global ones that it uses."""

    code: str
    binds: frozenset
    changes: frozenset
    calls: frozenset
    uses: frozenset


@cache
def statements(source):
    """The top-level statements of code as a list of :class:`Statement`; an import gives one for each name."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            parts = [type(node)(**{**vars(node), "names": [alias]}) for alias in node.names]
        else:
            parts = [node]
        found += [_statement(ast.unparse(part)) for part in parts]
    return found


def _statement(code):
    table = symtable.symtable(code, "statement", "exec")
    symbols = table.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}
    uses = {s.get_name() for s in symbols if s.is_referenced()}
    scopes = list(table.get_children())
    while scopes:
        scope = scopes.pop()
        uses |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
        scopes += scope.get_children()
    changes, calls = {None}, {None}
    for node in _outside_functions(ast.parse(code).body[0]):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            uses.add(node.target.id)
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            changes.add(_root(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _in_place(node.func.attr):
            calls.add(_root(node.func))
    return Statement(code, *map(frozenset, (binds, changes - {None}, calls - {None}, uses)))


IN_PLACE = {
    *("add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert"),
    *("intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault"),
    *("sort", "subtract", "symmetric_difference_update", "update"),
    *("fill", "resize", "load_state_dict", "add_module", "register_buffer"),
}  # methods of Python's containers, of NumPy's arrays, of PyTorch's modules


def _in_place(method):
    """Whether a method, by its name, changes its object; a tensor's methods that do end in an underscore."""
    return method in IN_PLACE or (method.endswith("_") and not method.startswith("_"))


def _outside_functions(node):
    """A statement's nodes, itself and inside its blocks, but not what stands in a function or a class."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside_functions(child)


def _root(target):
    """The name at the left of ``name[…].attribute``, if there is one."""
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def needed_for(source, names):
    """Code of the statements that bind `names`, and of those that these need in turn, in order.

    A name that is bound several times is taken from the last statement above its use, or, inside a function of
    a module, from below; with it come the statements in between that assign to its items or attributes, or call one
    of the methods that change it, such as ``append`` or ``zero_`` (functions of a module, as in ``np.add``, are none).
    What is changed under a second name, or inside a function that is called, is not followed; nor is the state of a
    random generator part of a definition.

    Raises
    ------
    NameError
        If no statement binds one of `names`.
    """
    every = statements(source)
    chosen, queue = set(), [(name, len(every)) for name in names]
    while queue:
        name, before = queue.pop()
        binding = [i for i, statement in enumerate(every) if name in statement.binds]
        if not binding and before == len(every):
            raise NameError(f"no statement defines {name!r}")
        above = [i for i in binding if i < before]
        firsts = above[-1:] or binding[:1]
        if any(every[i].code.startswith(f"import {name}") for i in firsts):  # ``import a.b``, ``import a.c`` bind ``a``
            firsts += [i for i in binding if every[i].code.startswith(f"import {name}.")]
        for first in firsts:
            imported = every[first].code.startswith(("import ", "from "))
            between = enumerate(every[first + 1 : before], first + 1)
            changed = [i for i, s in between if name in s.changes or (name in s.calls and not imported)]
            for i in {first, *changed} - chosen:
                chosen.add(i)
                queue += [(used, i) for used in every[i].uses]
    return "\n\n".join(every[i].code for i in sorted(chosen))


def definitions(path, names):
    """Namespace in which the statements that define `names` have run: code shown on a page, called from elsewhere.

    Parameters
    ----------
    path : path
        A notebook of the book, or a module.
    names : list of str
        Functions, classes or constants that it defines.

    Returns
    -------
    dict
        These names and what they need.
    """
    namespace = {"__name__": Path(path).stem}
    exec(compile(needed_for(source_of(path), names), f"<part of {Path(path).name}>", "exec"), namespace)
    return namespace


def utils_imports(source):
    """What code takes from ``utils``: a dict from module path to the names imported, None for the module whole."""
    taken = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("utils"):
            for alias in node.names:
                module = ROOT / (node.module.replace(".", "/") + ".py")
                if module.exists():
                    if taken.setdefault(module, set()) is not None:
                        taken[module].add(alias.name)
                else:
                    taken[ROOT / node.module.replace(".", "/") / f"{alias.name}.py"] = None
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("utils."):
                    taken[ROOT / (alias.name.replace(".", "/") + ".py")] = None
    return taken


def utils_hashes(source):
    """Hash of the part of each ``utils`` module that code uses, directly or through other modules.

    Parameters
    ----------
    source : str
        Python code.

    Returns
    -------
    dict
        From the module's path in the repository to the hash of its statements that are needed.
    """
    wanted, seen = utils_imports(source), {}
    while wanted != seen:
        seen = {module: None if names is None else set(names) for module, names in wanted.items()}
        for module, names in seen.items():
            text = source_of(module)
            for other, more in utils_imports(text if names is None else needed_for(text, names)).items():
                if more is None or wanted.get(other, set()) is None:
                    wanted[other] = None
                else:
                    wanted[other] = wanted.get(other, set()) | more
    parts = {m: source_of(m) if names is None else needed_for(source_of(m), sorted(names)) for m, names in seen.items()}
    return {module.relative_to(ROOT).as_posix(): code_hash(part) for module, part in sorted(parts.items())}
