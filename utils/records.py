"""Recorded runs: results of experiments too long for a page, tied by hashes to what produced them.

A script in ``book/records`` calls the functions that a chapter shows, and writes a JSON record. A test fails
when the script, a cell or ``utils`` module that it uses, its data or its models have changed since.
"""

import importlib.metadata
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import jsonschema

from utils.data import card
from utils.models import PACKAGED
from utils.sources import ROOT, code_hash, needed_for, source_of, utils_hashes

RECORDS = ROOT / "book" / "records"
PACKAGES = ("torch", "transformers", "datasets", "peft", "scikit-learn", "numpy")
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
    },
}


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
    source = source_of(script)
    shown = needed_for(source_of(ROOT / notebook), names)
    return (
        {Path(script).name: code_hash(source), Path(notebook).name: code_hash(shown)}
        | utils_hashes(source + "\n\n" + shown)
        | {f"data {name}": card(name)["sha256"] for name in data}
        | {f"model {name}": PACKAGED[name]["sha256"] for name in models}
    )


def write_record(path, *, name, command, seeds, seconds, hashes, results):
    """Path of the record written, whole or not at all, after its schema was checked."""
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
    jsonschema.validate(record, SCHEMA)
    path = Path(path)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
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
        jsonschema.validate(record, SCHEMA)
    except (ValueError, jsonschema.ValidationError) as error:
        raise RecordError(f"{path} is not a record: {str(error).splitlines()[0]}") from error
    return record


def changed_inputs(record, hashes):
    """Names of the inputs that differ between a record and the present: empty if the record is up to date."""
    return sorted(key for key in record["hashes"].keys() | hashes if record["hashes"].get(key) != hashes.get(key))
