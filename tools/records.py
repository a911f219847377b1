"""Repeat the recorded runs whose inputs changed, or attest that only code moved.

python -m tools.records --no-rerun    attest what can be attested, and say what is left to repeat
"""

import argparse
import ast
import inspect
import io
import json
import math
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from tools.environment import OUT, ROOT
from utils.records import (
    ABOUT_COMPARING,
    RECORDS,
    RecordError,
    changed_inputs,
    load_record,
    rounded,
    save_record,
)

AT_ONCE = 2  # runs; each has its share of the threads
# Run in a copy of the repository: the smallest run of a script there, with given sizes.
SMALLEST = """
import ast, importlib, sys
script = importlib.import_module("book.records." + sys.argv[1])
script.SMALLEST = ast.literal_eval(sys.argv[2])
script.main(smallest=True)
"""


class NotAttested(Exception):
    """A record must be made again; the message says why."""


def scripts():
    """Names of the scripts in ``book/records``; each makes the record of its own name."""
    return sorted(path.stem for path in RECORDS.glob("*.py") if path.stem != "__init__")


def hashes_now(name):
    """Hashes of a script's inputs, without importing all that the script needs. Its code runs in old copies too."""
    from utils.records import input_hashes
    from utils.sources import ROOT, needed_for, source_of

    script = ROOT / "book" / "records" / f"{name}.py"
    namespace = {"__file__": str(script)}
    exec(needed_for(source_of(script), ["INPUTS"]), namespace)
    return input_hashes(**namespace["INPUTS"])


HASHES = inspect.getsource(hashes_now) + "\nimport json, sys\nprint(json.dumps(hashes_now(sys.argv[1])))"


def changed(name):
    """What has changed since a record was made: empty if it is up to date."""
    try:
        record = load_record(name)
    except RecordError as error:
        return [f"the record itself: {error}"]
    return changed_inputs(record, hashes_now(name))


def repeat(rerun=True):
    """Attest or repeat every record that is out of date: 0 if all are up to date in the end."""
    stale = {name: reasons for name in scripts() if (reasons := changed(name))}
    for name in scripts():
        print(f"{name}: {'these changed: ' + ', '.join(stale[name]) if name in stale else 'up to date'}")
    left = []
    for number, name in enumerate(stale, 1):
        print(f"[{number}/{len(stale)}] {name}: its smallest run, under the recorded code and the present … ", end="")
        sys.stdout.flush()
        start = time.perf_counter()
        try:
            commit = attest(ROOT, name)
            print(f"the same results as at {commit[:8]}: attested ({time.perf_counter() - start:.0f} s)")
        except NotAttested as reason:
            print(f"not attested ({time.perf_counter() - start:.0f} s): {reason}")
            left.append(name)
    if not left:
        return 0
    seconds = {name: _seconds(name) for name in left}
    known = sum(filter(None, seconds.values()))
    print("to be repeated, with the time that each took on one machine:")
    for name in left:
        print(f"  {name}: {f'{seconds[name] / 60:.0f} minutes' if seconds[name] else 'not known'}")
    if not rerun:
        return 1
    print(f"in all about {known / 60:.0f} minutes of processor time, {AT_ONCE} at a time; if stopped, it goes on later")
    return _rerun(left)


def _seconds(name):
    try:
        return load_record(name)["seconds"]
    except RecordError:
        return None


def _rerun(names):
    """Run the scripts, longest first, each with its share of the threads: number of those that failed."""
    share = str(max(1, os.cpu_count() // AT_ONCE))
    variables = os.environ | {"OMP_NUM_THREADS": share, "PYTHONUNBUFFERED": "1"}
    logs = OUT / "records"
    logs.mkdir(parents=True, exist_ok=True)

    def run(name):
        print(f"{name}: begun; its progress is in {(logs / name).relative_to(ROOT)}.log", flush=True)
        start = time.perf_counter()
        with (logs / f"{name}.log").open("w") as log:
            command = [sys.executable, "-m", f"book.records.{name}"]
            status = subprocess.run(command, cwd=ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT).returncode
        return status, time.perf_counter() - start

    failed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(run, name): name for name in sorted(names, key=lambda name: -(_seconds(name) or 0))}
        for number, future in enumerate(as_completed(waiting), 1):
            status, seconds = future.result()
            failed += status != 0
            print(
                f"[{number}/{len(names)}] {waiting[future]}: {'FAILED' if status else 'done'} ({seconds / 60:.0f} min)"
            )
    return failed


def attest(root, name):
    """Renew a record's hashes if its smallest run gives the same results under the recorded code and the present.

    Parameters
    ----------
    root : path
        A git checkout of the book without uncommitted changes.
    name : str
        Of a record.

    Returns
    -------
    str
        The commit whose code made the record, or attested it last.

    Raises
    ------
    NotAttested
        If there is no record, no git or no history, if data or models changed, or if the results differ.
    """
    root = Path(root)
    path = root / "book" / "records" / f"{name}.json"
    if not path.exists():
        raise NotAttested("there is no record")
    try:
        record = load_record(name, path.parent)
    except RecordError as error:
        raise NotAttested(str(error)) from error
    new_commit = _clean_commit(root)
    with tempfile.TemporaryDirectory(prefix="records-") as folder:
        new = _copy_of(root, new_commit, Path(folder) / "new")
        hashes = json.loads(_python(new, HASHES, name))
        other = [key for key in changed_inputs(record, hashes) if key.startswith(("data ", "model "))]
        if other:
            raise NotAttested(f"not only code changed, but {', '.join(other)}")
        old_commit, old = _recorded_copy(root, name, record, Path(folder))
        about = _about_comparing(new / "book" / "records" / f"{name}.py")
        with ThreadPoolExecutor(2) as pool:
            sizes = _common_sizes(*(copy / "book" / "records" / f"{name}.py" for copy in (old, new)))
            results = list(pool.map(lambda copy: _smallest_results(copy, name, sizes), (old, new)))
    difference = _difference(*map(rounded, results), about["NOT_COMPARED"], about["TOLERANCE"])
    if difference:
        raise NotAttested(f"the results differ: {difference}")
    said = {
        "date": datetime.now(UTC).date().isoformat(),
        "command": f"python -m book.records.{name} --smallest",
        "old_commit": old_commit,
        "new_commit": new_commit,
    }
    save_record(path, record | {"hashes": hashes, "attested": said})
    return old_commit


def _git(root, *arguments):
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True)
    if done.returncode:
        raise NotAttested(f"git {arguments[0]} failed: {done.stderr.decode().strip()[:200]}")
    return done.stdout


def _clean_commit(root):
    """The commit that is checked out, if nothing but records differs from it."""
    try:
        shallow = _git(root, "rev-parse", "--is-shallow-repository").decode().strip() == "true"
        status = _git(root, "status", "--porcelain", "--untracked-files=all").decode().splitlines()
    except FileNotFoundError:
        raise NotAttested("git is not installed, so the recorded code cannot be had") from None
    if shallow:
        raise NotAttested("the history is shallow; run git fetch --unshallow to have the recorded code")
    dirty = [line[3:] for line in status if not (line[3:].startswith("book/records/") and line.endswith(".json"))]
    if dirty:
        raise NotAttested(f"there are changes that are not committed, such as {dirty[0]}; commit them first")
    return _git(root, "rev-parse", "HEAD").decode().strip()


def _copy_of(root, commit, folder):
    """A folder with all files of a commit. (A git worktree would stay registered if this were interrupted.)

    The data that may not be passed on are in no commit: what was built of them here goes along, and ``load`` compares
    it with the hash of the card, as it does here.
    """
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    built = Path("book", "data", "built")
    if (root / built).is_dir():
        shutil.copytree(root / built, folder / built, dirs_exist_ok=True)
    return folder


def _recorded_copy(root, name, record, folder):
    """The latest commit that wrote the record while its code had the recorded hashes, and a copy of its files."""
    log = ["log", "--full-history", "--format=%H"]  # side branches too, whose files a merge left behind
    written = _git(root, *log, "--", f"book/records/{name}.json").decode().split()
    named = [record["attested"]["new_commit"]] if "attested" in record else []
    for number, commit in enumerate([*written, *named]):
        copy = _copy_of(root, commit, folder / f"old-{number}")
        try:
            if json.loads(_python(copy, HASHES, name)) == record["hashes"]:
                return commit, copy
        except NotAttested:
            continue  # the script was not there yet, or needed other versions
    raise NotAttested("no commit in the history has the recorded code")


def _python(copy, code, *arguments):
    """What a program prints that runs in a copy of the repository, on one thread."""
    variables = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=copy, env=variables, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip() and "%|" not in line]  # no bars of progress
        raise NotAttested(f"it fails in {copy.name}: {said[-1][:300] if said else 'without a word'}")
    return done.stdout


def _smallest_results(copy, name, sizes):
    written = copy / "out" / "records"
    written.mkdir(parents=True, exist_ok=True)  # older code of write_record does not make it
    _python(copy, SMALLEST, name, repr(sizes))
    return load_record(f"{name}_smallest", written)["results"]


def _common_sizes(old, new):
    """The present sizes of the smallest run; those that the recorded script did not know, as in the full run.

    What is a size now was a constant then: at its full value the present code must do what the recorded code did.
    """
    known, about = (_about_comparing(script) for script in (old, new))
    sizes, full = about["SMALLEST"], about["FULL"]
    if not all(isinstance(each, dict) for each in (known["SMALLEST"], sizes, full)):
        return sizes
    return {key: sizes[key] if key in known["SMALLEST"] else full.get(key, sizes[key]) for key in sizes}


def _about_comparing(script):
    """What a script says of its runs: sizes, results that no two runs share, and a tolerance."""
    about = {"FULL": None, "SMALLEST": None, "NOT_COMPARED": [], "TOLERANCE": 0.0}
    namespace = {}
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if not isinstance(node, (ast.Assign, ast.AugAssign)):
            continue
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        if isinstance(node, ast.AugAssign) and ast.unparse(target) not in namespace:
            continue  # what is added to another thing than these
        if ast.unparse(target) in ("FULL", *ABOUT_COMPARING) or _is_literal(node.value):
            exec(compile(ast.Module([node], []), script.name, "exec"), namespace)
    return about | {key: namespace[key] for key in about if key in namespace}


def _is_literal(node):
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _difference(old, new, left_out, tolerance, where="results"):
    """Where two results differ, in words; empty if they are equal."""
    if isinstance(old, dict) and isinstance(new, dict):
        known, now = (sorted(set(each) - set(left_out)) for each in (old, new))
        if known != now:
            return f"{where} has {known} and now {now}"
        pairs = [(f"{where}.{key}", old[key], new[key]) for key in known]
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return f"{where} has {len(old)} items and now {len(new)}"
        pairs = [(f"{where}[{number}]", *pair) for number, pair in enumerate(zip(old, new))]
    else:
        numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (old, new))
        same = old == new or (numbers and math.isclose(old, new, rel_tol=tolerance))
        return "" if same else f"{where} was {str(old)[:60]} and is now {str(new)[:60]}"
    return next(filter(None, (_difference(a, b, left_out, tolerance, place) for place, a, b in pairs)), "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-rerun", action="store_true", help="attest only")
    sys.exit(repeat(rerun=not parser.parse_args().no_rerun))
