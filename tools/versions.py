"""The whole book on other versions than those that it is published with.

python make.py floor                    the lowest versions that the requirements admit, in an environment of their own
python make.py versions                 what this Python gets: another Python, or newer versions than the tested ones
python make.py floor book/2_attention   some chapters

Each runs the unit tests of utils, then every chapter that has not run yet as it is now on these versions (all of them
take about 25 minutes), so that an interrupted run goes on.
"""

import datetime
import json
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from tools import network, notebooks, scheduler
from tools.environment import FLOOR, OUT, ROOT

REPORT = ROOT / "book_site" / "versions.json"  # the last whole run of each kind, for the page on the status
UNITS = ("calculators", "checks", "data", "models", "packing", "runtime", "sources", "transformer", "vectors")


def kind():
    """What the page on the status calls a run in this environment."""
    return "Lowest" if Path(sys.prefix).name == FLOOR.name else "Python {}.{}".format(*sys.version_info)


def versions():
    """Version of Python and of each library that the notebooks import directly, a dict."""
    text = (ROOT / "requirements" / "notebooks.txt").read_text(encoding="utf-8")
    libraries = {name: metadata.version(name) for name in re.findall(r"(?m)^([a-z][\w-]*)>=", text)}
    return {"Python": platform.python_version()} | libraries


def system():
    """The machine, in words."""
    return f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"


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


def noted(report, name, n_chapters):
    """The report with one whole run more, which replaces the last of its kind; today, on this machine."""
    facts = {"date": datetime.date.today().isoformat(), "chapters": n_chapters, "system": system()}
    return dict(sorted((report | {name: facts | {"versions": versions()}}).items()))


def run(arguments):
    """Number of failures of the unit tests and of the chapters named, or of all of them."""
    print("; ".join(f"{name} {version}" for name, version in versions().items()))
    failures = unit_tests() != 0
    if arguments == ["--units"]:
        return failures
    chosen = notebooks.select(arguments)
    failed = scheduler.run(chosen)
    for path in failed:
        print(f"failed on these versions: {path}")
    failures += len(failed)
    if not failures and not arguments:
        report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
        notebooks.write_if_changed(REPORT, json.dumps(noted(report, kind(), len(chosen)), indent=1) + "\n")
        print(f"every chapter passed on these versions: noted in {REPORT.relative_to(ROOT)}")
    return failures


if __name__ == "__main__":
    try:
        sys.exit(min(run(sys.argv[1:]), 125))
    except KeyboardInterrupt:
        sys.exit(130)
    except notebooks.NotebookError as error:
        sys.exit(f"\n{error}")
