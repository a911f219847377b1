"""Break ``utils/`` one place at a time, and see how many breaks its unit tests notice.

python make.py mutants utils                     ten places of each module (about forty minutes)
python -m tools.mutation --places 3 rotary units    fewer, and only these modules

cosmic-ray, in an environment of its own, finds the places and makes the breaks, in a copy of the repository.
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import environment
from tools.environment import ROOT
from utils import environments

# What changes nothing that a test can see: type annotations, caches, and identity of values that are equal.
LEFT_OUT = (
    "core/ReplaceBinaryOperator_BitOr_",
    "core/RemoveDecorator",
    "core/ExceptionReplacer",
    "core/ReplaceComparisonOperator_Eq_Is",
    "core/ReplaceComparisonOperator_NotEq_IsNot",
    "core/ReplaceComparisonOperator_Is_Eq",
    "core/ReplaceComparisonOperator_IsNot_NotEq",
)
SHARED = ("runtime", "values", "sources")  # modules that every test passes through: their own tests are to notice
ENVIRONMENT = "mutation"  # in requirements/extra
SECONDS = 180  # for the tests of one break


def modules():
    """Names of the modules of ``utils`` that compute something, sorted."""
    return sorted(
        path.stem for path in (ROOT / "utils").glob("*.py") if path.stem not in ("__init__", "interactive", "plots")
    )


def tests_of(module):
    """The unit tests that import a module, or another module of ``utils`` that does; sorted paths from the root."""
    users = {module}
    if module not in SHARED:
        users |= {name for name in modules() if _imports(ROOT / "utils" / f"{name}.py", module)}
    tests = sorted((ROOT / "tests" / "unit").glob("test_*.py"))
    wanted = [path for path in tests if any(_imports(path, user) for user in users)]
    left_out = ("test_attest", "test_notebooks", "test_exercises", "test_tools", "test_scheduler")
    return [path.relative_to(ROOT).as_posix() for path in wanted if path.stem not in left_out] or ["tests/unit"]


def _imports(path, module):
    text = path.read_text(encoding="utf-8")
    return bool(
        re.search(
            rf"(?m)^\s*(from utils\.{module} import|import utils\.{module}\b|from utils import .*\b{module}\b)", text
        )
    )


def copy_to(folder):
    """A copy of the repository without what was built."""
    left_out = shutil.ignore_patterns("out", ".git", ".venv*", "__pycache__", "*_cache")
    return Path(shutil.copytree(ROOT, Path(folder) / "book", ignore=left_out, symlinks=True))


def survivors(copy, module, places, seed=0):
    """Number of breaks tried in a module, and the ones that its tests did not notice, each in a line.

    Raises
    ------
    RuntimeError
        If the tests fail without any break; the message ends with what they said.
    """
    program = environments.location_of(ENVIRONMENT).with_name("cosmic-ray")
    slow = "--deselect tests/unit/test_records.py::test_script_runs_through_at_its_smallest"
    tests = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {slow} {' '.join(tests_of(module))}"
    config, session = copy / "mutation.toml", copy / f"{module}.sqlite"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "utils/{module}.py"\ntimeout = {SECONDS}\nexcluded-modules = []\n'
        f'test-command = "{tests}"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    variables = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    run = {"cwd": copy, "env": variables, "capture_output": True, "text": True}
    whole = subprocess.run(tests.split(), **run)
    if whole.returncode:
        raise RuntimeError(f"the tests of utils.{module} fail without any break:\n{whole.stdout[-2000:]}")
    subprocess.run([program, "init", str(config), str(session)], check=True, **run)
    with sqlite3.connect(session) as jobs:
        known = jobs.execute("SELECT job_id, operator_name, start_pos_row FROM mutation_specs").fetchall()
        fitting = [(job, row) for job, operator, row in known if not operator.startswith(LEFT_OUT)]
        lines = sorted({row for _, row in fitting})
        chosen = set(random.Random(f"{seed} {module}").sample(lines, min(places, len(lines))))
        kept = {random.Random(f"{seed} {line}").choice([job for job, row in fitting if row == line]) for line in chosen}
        for job, _, _ in known:
            if job not in kept:
                jobs.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
                jobs.execute("DELETE FROM work_items WHERE job_id = ?", (job,))
    subprocess.run([program, "exec", str(config), str(session)], check=True, **run)
    query = (
        "SELECT start_pos_row, operator_name, diff FROM mutation_specs JOIN work_results USING (job_id) "
        "WHERE test_outcome = 'SURVIVED' ORDER BY start_pos_row"
    )
    with sqlite3.connect(session) as results:
        alive = [(row, name.rpartition("/")[2], _changed(diff)) for row, name, diff in results.execute(query)]
    return len(kept), [f"utils/{module}.py:{row}  {name}  {change}" for row, name, change in alive]


def _changed(diff):
    lines = [
        line[1:].strip() for line in (diff or "").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    return "  →  ".join(lines)


def run(names=(), places=10):
    """Number of breaks that no test noticed, in `places` lines of each module named, or of all."""
    environment.extra(ENVIRONMENT)
    tried, alive = 0, []
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_to(folder)
        for module in names or modules():
            n, found = survivors(copy, module, places)
            tried, alive = tried + n, alive + found
            print(f"{module:14s} {n - len(found)} of {n} breaks noticed", *found, sep="\n  ", flush=True)
    print(f"{tried - len(alive)} of {tried} breaks of utils/ were noticed by its unit tests")
    return len(alive)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="modules of utils; default: all")
    parser.add_argument("--places", type=int, default=10, help="lines broken in each module (default 10)")
    options = parser.parse_args()
    if unknown := sorted(set(options.modules) - set(modules())):
        parser.error(f"utils/ has no module {', '.join(unknown)} to break; there are: {', '.join(modules())}")
    sys.exit(min(run(options.modules, options.places), 125))
