"""Repeat the recorded runs whose inputs changed."""

import importlib
import subprocess
import sys

from tools.environment import ROOT
from utils.records import RECORDS, RecordError, changed_inputs, input_hashes, load_record


def scripts():
    """Names of the scripts in ``book/records``; each makes the record of its own name."""
    return sorted(path.stem for path in RECORDS.glob("*.py") if path.stem != "__init__")


def changed(name):
    """What has changed since a record was made: empty if it is up to date."""
    try:
        record = load_record(name)
    except RecordError:
        return ["no record"]
    return changed_inputs(record, input_hashes(**importlib.import_module(f"book.records.{name}").INPUTS))


def repeat():
    for name in scripts():
        reasons = changed(name)
        print(f"{name}: {'repeating, since these changed: ' + ', '.join(reasons) if reasons else 'up to date'}")
        if reasons and subprocess.run([sys.executable, "-m", f"book.records.{name}"], cwd=ROOT).returncode:
            return 1
    return 0
