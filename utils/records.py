"""Recorded runs: results of experiments too long for a page, tied by hashes to what produced them.

A script in ``book/records`` calls the functions that a chapter shows, and writes a JSON record. A test fails
when the script, a cell or ``utils`` module that it uses, its data or its models have changed since.

Where only code moved, ``make records`` need not repeat the run: it runs the script at its smallest size under the
recorded code and under the present code, and equal results renew the hashes: the record is *attested*. For this a
script may define ``NOT_COMPARED``, names of results that no two runs share, such as seconds, and ``TOLERANCE``, the
relative difference up to which numbers count as equal (none, if it is not given).
"""

import ast
import functools
import importlib.metadata
import json
import os
import platform
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import fastjsonschema
from tqdm.auto import tqdm

from utils.data import card
from utils.models import weights_hash
from utils.sources import ROOT, code_hash, needed_for, source_of, utils_hashes

RECORDS = ROOT / "book" / "records"
PACKAGES = ("torch", "transformers", "datasets", "peft", "scikit-learn", "numpy")
SIGNIFICANT = 6  # digits of every number in a record: more than any page shows
LINE = 3000  # characters up to which a run stands on one line
ABOUT_COMPARING = ("SMALLEST", "NOT_COMPARED", "TOLERANCE")  # what a script defines for its smallest runs alone
SCHEMA = {
    "type": "object",
    "required": ["name", "command", "seeds", "date", "seconds", "versions", "hardware", "hashes", "results"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "command": {"type": "string", "minLength": 1},
        "seeds": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        "date": {"type": "string"},
        "seconds": {"type": "number", "exclusiveMinimum": 0},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "hardware": {"type": "object"},
        "hashes": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "results": {"type": "object", "minProperties": 1},
        "attested": {
            "type": "object",
            "required": ["date", "command", "old_commit", "new_commit"],
            "additionalProperties": {"type": "string"},
        },
    },
}


@functools.cache
def _form():
    """The check of a record against ``SCHEMA``; it raises a ``ValueError``."""
    return fastjsonschema.compile(SCHEMA)


class RecordError(Exception):
    """A record is missing, malformed, or older than what it was made from."""


def input_hashes(script, notebook, names, data, models):
    """Hash of everything a recorded run depends on, by name.

    Parameters
    ----------
    script : path
        The script that makes the record.
    notebook, names : path, list of str
        The chapter, and the functions on its page that the script calls.
    data, models : list of str
        Names for :func:`utils.data.load` and :func:`utils.models.load_model` (packaged ones).
    """
    source = _without(source_of(script), ABOUT_COMPARING)
    shown = needed_for(source_of(ROOT / notebook), names)
    return (
        {Path(script).name: code_hash(source), Path(notebook).name: code_hash(shown)}
        | utils_hashes(source + "\n\n" + shown)
        | {f"data {name}": card(name)["sha256"] for name in data}
        | {f"model {name}": weights_hash(name) for name in models}
    )


def _without(source, names):
    """Code without the assignments to some names: the sizes of a smallest run are no input of the full one."""
    tree = ast.parse(source)
    for node in list(tree.body):
        if isinstance(node, ast.Assign) and {ast.unparse(target) for target in node.targets} <= set(names):
            tree.body.remove(node)
    return ast.unparse(tree)


def fresh_parts(folder, hashes, sizes):
    """Folder for the finished parts of a run; those of a run with other inputs or other sizes are deleted first.

    Parameters
    ----------
    folder : path
    hashes : dict
        From :func:`input_hashes`.
    sizes : dict
        Rows, steps, seeds of the run.
    """
    stamp, inputs = folder / "inputs.json", json.dumps([hashes, repr(sizes)])
    if folder.exists() and not (stamp.exists() and stamp.read_text() == inputs):
        shutil.rmtree(folder)  # also where the stamp is gone: whose parts these are cannot be known
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(inputs)
    return folder


class Parts:
    """Finished parts of a run, each in a file of its own: a run that was interrupted goes on where it stopped.

    Parameters
    ----------
    folder : path
        From :func:`fresh_parts`. The parts lie in ``results`` below it.
    total : int, optional
        Number of parts, for the progress bar.
    """

    def __init__(self, folder, total=None):
        self.folder = Path(folder) / "results"
        self.folder.mkdir(exist_ok=True)
        self.progress = tqdm(desc="parts", unit=" part", total=total)

    def kept(self, name, compute):
        """What ``compute()`` returned, anything that JSON can hold; from its file if it was computed before.

        An error of ``compute`` is passed on, and leaves no file.
        """
        path = self.folder / f"{quote(name, safe='')}.json"
        if not path.exists():
            start = time.process_time()
            result = compute()
            fresh = path.with_suffix(".tmp")
            text = json.dumps({"seconds": time.process_time() - start, "result": result}, ensure_ascii=False)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)  # whole or not at all
        self.progress.update()
        return json.loads(path.read_text(encoding="utf-8"))["result"]

    def seconds(self):
        """Processor seconds of all parts together."""
        return sum(json.loads(path.read_text(encoding="utf-8"))["seconds"] for path in self.folder.glob("*.json"))


def rounded(value):
    """A value of a record, with every float in it at ``SIGNIFICANT`` digits."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value


def as_text(record):
    """A record as JSON that a person can read: one run, or one array of numbers, a line."""
    return _lines(rounded(record), "", deep=0) + "\n"


def _lines(value, margin, deep):
    flat = json.dumps(value, ensure_ascii=False)
    parts = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    plain = not any(isinstance(part, (dict, list)) for part in parts)
    if (isinstance(value, list) and plain) or (plain and deep) or (deep > 1 and len(flat) <= LINE):
        return flat
    inside = margin + " "
    texts = [_lines(part, inside, deep + 1) for part in parts]
    if isinstance(value, dict):
        texts = [f"{json.dumps(key, ensure_ascii=False)}: {text}" for key, text in zip(value, texts)]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(inside + text for text in texts) + f"\n{margin}{closing}"


def write_record(path, *, name, command, seeds, seconds, hashes, results):
    """Path of the record written, whole or not at all, after its schema was checked.

    Floats are rounded to ``SIGNIFICANT`` digits.
    """
    record = {
        "name": name,
        "command": command,
        "seeds": list(seeds),
        "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(seconds, 1),
        "versions": {"python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in PACKAGES},
        "hardware": {"machine": platform.machine(), "system": platform.system(), "cores": os.cpu_count()},
        "hashes": hashes,
        "results": results,
    }
    return save_record(path, record)


def save_record(path, record):
    """Path of the record written, whole or not at all, after its schema was checked."""
    _form()(record)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(as_text(record), encoding="utf-8")
    temporary.replace(path)
    return path


def load_record(name, folder=RECORDS):
    """The record of this name, a dict in the form of ``SCHEMA``.

    Raises
    ------
    RecordError
        If there is none (the message lists those there are), or it does not have the form of a record.
    """
    path = Path(folder) / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in Path(folder).glob("*.json")))
        raise RecordError(f"no record is called {name!r}; there are: {known}")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        _form()(record)
    except ValueError as error:  # no JSON, or not of this form
        raise RecordError(f"{path} is not a record: {str(error).splitlines()[0]}") from error
    return record


def changed_inputs(record, hashes):
    """Names of the inputs that differ between a record and the present: empty if the record is up to date."""
    return sorted(key for key in record["hashes"].keys() | hashes if record["hashes"].get(key) != hashes.get(key))
