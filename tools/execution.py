"""What the outputs of a chapter depend on, whether they are current, and what is wrong with them."""

import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import re
from functools import cache

from tools import account, notebooks
from tools.environment import OUT, ROOT
from utils import data, environments, sources
from utils.models import MODELS, PACKAGED, weights_hash
from utils.records import RECORDS

EXECUTED = OUT / "executed"


@cache
def _versions():
    """Hash of the versions of everything installed, and of Python's and the device's."""
    packages = sorted({f"{d.name}=={d.version}" for d in importlib.metadata.distributions() if d.name})
    facts = [platform.python_version(), platform.machine(), os.environ.get("BOOK_DEVICE", ""), *packages]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def fingerprint(path):
    """Hash of all that a notebook's outputs depend on: code, the utils it uses, data, models, records, versions.

    Prose, comments, layout and metadata for the page are left out, so that editing them keeps the outputs.
    """
    cells = sources.code_cells(ROOT / path)
    source = _source(path)
    programs = [ast.dump(ast.parse(code)) for code, _ in cells]
    parts = {"cells": programs, "utils": sources.utils_hashes(source), "versions": _versions()}
    parts |= loads(path)
    parts |= {f"environment {name}": environments.wanted(name) for name in environments_of(path)}
    for other in sorted(set(re.findall(r"book/[\w/]+\.ipynb", source))):  # a chapter may call another's functions
        parts[other] = [ast.dump(ast.parse(code)) for code, _ in sources.code_cells(ROOT / other)]
    for program in sorted(set(re.findall(r"book/[\w/]+\.js\b", source))):  # or run a program that lies beside another
        parts[program] = data.file_hash(ROOT / program)
    parts |= {file.name: data.file_hash(file) for file in files_beside(path)}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def environments_of(path):
    """Names of the extra environments that a notebook uses: those of its metadata.

    Raises
    ------
    NotebookError
        If one is unknown, or the kernel is to run in one that is not among them.
    """
    stated = notebooks.book_metadata(path)
    named = stated.get("environments", [])
    for name in named:
        try:
            environments.requirements_of(name)
        except environments.ExtraError as error:
            raise notebooks.NotebookError(f"{path}: its metadata name an environment, but {error}") from None
    if "kernel" in stated and stated["kernel"] not in named:
        raise notebooks.NotebookError(
            f"{path}: its kernel is to run in {stated['kernel']!r}, which is not among its environments {named}; "
            'add it to the metadata: {"book": {"environments": [...]}}'
        )
    return named


def loads(path):
    """Hash of each data set, model and record whose name the notebook's code quotes, by kind and name."""
    named = set(re.findall(r"[\"'](\w+)[\"']", _source(path)))
    found = {f"data {name}": data.card(name)["sha256"] for name in data.names() if name in named}
    for folder, kind in ((MODELS, "model"), (RECORDS, "record")):
        for file in sorted(folder.glob("*.json")):
            if file.stem in named:
                found[f"{kind} {file.stem}"] = data.file_hash(file)
    return found | {f"model {name}": weights_hash(name) for name in PACKAGED if name in named}


def _source(path):
    return "\n\n".join(code for code, _ in sources.code_cells(ROOT / path))


def is_current(path):
    """Whether the outputs kept of a chapter are those of its present code, data and versions."""
    facts = account.read().get(path.as_posix(), {})
    return (EXECUTED / path).exists() and facts.get("fingerprint") == fingerprint(path)


def files_beside(path):
    """Files in the folder of a notebook's name, which holds what only this chapter needs."""
    folder = (ROOT / path).with_suffix("")
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [file for file in found if file.is_file() and "__pycache__" not in file.parts]


def faults_of(notebook):
    """What is wrong with an executed notebook: cells that did not run, errors, and warnings on the page."""
    faults = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code" or "skip-execution" in cell["metadata"].get("tags", []):
            continue
        first = "".join(cell["source"]).strip().splitlines()[:1]
        if first and cell["execution_count"] is None:
            faults.append(f"cell {number} did not run: {first[0]}")
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                faults.append(f"cell {number} raised {output['ename']}: {output['evalue']}")
            text = "".join(output.get("text", ""))
            if output.get("name") == "stderr" and not is_progress_bar(text):
                faults.append(f"cell {number} wrote to stderr, as a warning does; mend its cause: {text[:300]}")
    return faults


def is_progress_bar(text):
    """Whether a text holds nothing but the states of progress bars."""
    states = [part for part in re.split(r"[\r\n]+", re.sub(r"\x1b\[\w+", "", text)) if part.strip()]
    return all(re.search(r"\d+%\|.*\|\s*\d+/\d+|\d+it \[|\?it/s", state) for state in states)


def outputs_for(path):
    """The notebook as it is now, with the outputs of its last run; and whether these belong to its present code."""
    notebook = notebooks.read(path)
    current = is_current(path)
    if current:
        ran = json.loads((EXECUTED / path).read_text(encoding="utf-8"))
        done = iter([cell for cell in ran["cells"] if cell["cell_type"] == "code"])
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                source = next(done)
                cell["execution_count"] = source["execution_count"]
                cell["outputs"] = [output for output in source["outputs"] if not _is_progress(output)]
    return notebook, current


def _is_progress(output):
    """Progress bars are for those who wait; the page shows only what came out."""
    widget = "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    return widget or (output.get("name") == "stderr" and is_progress_bar("".join(output["text"])))
