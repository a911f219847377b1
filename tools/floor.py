"""The book on the lowest versions that its requirements admit, in an environment and a folder of their own.

python make.py floor                    the unit tests of utils, then every chapter (about twenty minutes)
python make.py floor book/2_attention   some chapters
"""

import datetime
import json
import platform
import re
import subprocess
import sys
from importlib import metadata

from tools import network, notebooks, scheduler
from tools.environment import OUT, ROOT

REPORT = ROOT / "book_site" / "floor.json"  # when the whole book last ran so, for the page on the status
UNITS = ("calculators", "checks", "data", "models", "packing", "runtime", "sources", "transformer", "vectors")


def versions():
    """Version of each library that the notebooks import directly, a dict."""
    text = (ROOT / "requirements" / "notebooks.txt").read_text(encoding="utf-8")
    return {name: metadata.version(name) for name in re.findall(r"(?m)^([a-z][\w-]*)>=", text)}


def unit_tests():
    """Exit status of the tests of ``utils``, of the loaders and of the conversion, offline."""
    files = [f"tests/unit/test_{name}.py" for name in UNITS]
    command, variables = network.isolated(
        [sys.executable, "-m", "pytest", "-q", "-n", str(scheduler.cores()), "--dist", "worksteal", *files],
        left := OUT / "units.network.json",
    )
    left.parent.mkdir(parents=True, exist_ok=True)
    left.unlink(missing_ok=True)
    status = subprocess.run(command, cwd=ROOT, env=variables | scheduler.with_threads(1)).returncode
    for attempt in network.attempts(left):
        print(f"the unit tests tried to leave this machine: {attempt}")
        status = status or 1
    return status


def run(arguments):
    """Number of failures of the unit tests and of the chapters named, or of all of them."""
    print(f"Python {platform.python_version()}; " + ", ".join(f"{n} {v}" for n, v in versions().items()))
    failures = unit_tests() != 0
    if arguments == ["--units"]:
        return failures
    chosen = notebooks.select(arguments)
    failed = scheduler.run(chosen, everything=True)
    for path in failed:
        print(f"failed on the lowest versions: {path}")
    failures += len(failed)
    if not failures and not arguments:
        facts = {
            "date": datetime.date.today().isoformat(),
            "python": platform.python_version(),
            "chapters": len(chosen),
        }
        notebooks.write_if_changed(REPORT, json.dumps(facts | {"versions": versions()}, indent=1) + "\n")
    return failures


if __name__ == "__main__":
    try:
        sys.exit(min(run(sys.argv[1:]), 125))
    except KeyboardInterrupt:
        sys.exit(130)
    except notebooks.NotebookError as error:
        sys.exit(f"\n{error}")
