"""Run the chapters, each in a fresh kernel, offline, on a copy; keep what they put out until their code changes."""

import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from functools import cache

from tools import environment, notebooks
from tools.environment import ROOT
from tools.network import GUARD, has_namespaces, isolated
from utils import data, environments, sources
from utils.models import MODELS, PACKAGED
from utils.records import RECORDS

WORK = ROOT / "out" / "run"  # where notebooks run (no part of this path may be called _build: nbmake skips those)
KERNELS = ROOT / "out" / "jupyter"  # descriptions of the kernels of extra environments
EXECUTED = ROOT / "out" / "executed"
ACCOUNT = ROOT / "out" / "account.json"
LIMIT_SECONDS = 600  # a chapter is killed after this
SHARE_MINUTES = {"front": 5, "1": 5, "2": 5, "3": 14, "4": 8, "5": 5, "6": 6, "7": 2}  # live minutes of each part


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
    beside = (ROOT / path).with_suffix("")  # a folder of the notebook's name holds files of its own
    for file in sorted(beside.rglob("*") if beside.is_dir() else []):
        if file.is_file() and "__pycache__" not in file.parts:
            parts[file.name] = data.file_hash(file)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run(chapters, *, everything=None):
    """Run those chapters whose fingerprint changed (all of them with ``CI=true``); the list of failures comes back."""
    everything = os.environ.get("CI") == "true" if everything is None else everything
    stale = [path for path in chapters if everything or not is_current(path)]
    if not stale:
        print(f"all {len(chapters)} chapters are up to date: none run")
    make_environments(stale)
    failed = []
    for number, path in enumerate(stale, 1):
        print(f"[{number}/{len(stale)}] {path} … ", end="", flush=True)
        ok, facts, output = _run_one(path)
        if ok:
            account = _account() | {path.as_posix(): facts}
            notebooks.write_if_changed(ACCOUNT, json.dumps(account, indent=1, sort_keys=True) + "\n")
            print(f"{facts['seconds']:.0f} s, {facts['peak_mb'] or '?'} MB")
        else:
            failed.append(path)
            print(f"FAILED after {facts['seconds']:.0f} s\n{output}")
    if stale:
        print_account()
    return failed


def environments_of(path):
    """Names of the extra environments that a notebook uses: those of its metadata.

    Raises
    ------
    NotebookError
        If one is unknown, or the kernel is to run in one that is not among them.
    """
    stated = notebooks.read(path)["metadata"].get("book", {})
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


def make_environments(chapters):
    """Make the extra environments that these chapters use, where they are not there yet."""
    for name in sorted({name for path in chapters for name in environments_of(path)}):
        environment.extra(name)


def kernel(path):
    """Options for nbmake, and variables, with which a notebook runs in the environment that its metadata name."""
    name = notebooks.read(path)["metadata"].get("book", {}).get("kernel")
    if name is None:
        return [], {}
    argv = [environments.python_of(name), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    search = os.pathsep.join(map(str, [*([] if has_namespaces() else [GUARD]), ROOT]))  # it has no utils of its own
    description = {"argv": argv, "display_name": name, "language": "python", "env": {"PYTHONPATH": search}}
    notebooks.write_if_changed(KERNELS / "kernels" / name / "kernel.json", json.dumps(description))
    return [f"--nbmake-kernel={name}"], {"JUPYTER_PATH": f"{KERNELS}"}


def loads(path):
    """Hash of each data set, model and record whose name the notebook's code quotes, by kind and name."""
    named = set(re.findall(r"[\"'](\w+)[\"']", _source(path)))
    found = {f"data {name}": data.card(name)["sha256"] for name in data.names() if name in named}
    for folder, kind in ((MODELS, "model"), (RECORDS, "record")):
        for file in sorted(folder.glob("*.json")):
            if file.stem in named:
                found[f"{kind} {file.stem}"] = data.file_hash(file)
    return found | {f"model {name}": facts["sha256"] for name, facts in PACKAGED.items() if name in named}


def _source(path):
    return "\n\n".join(code for code, _ in sources.code_cells(ROOT / path))


def is_current(path):
    facts = _account().get(path.as_posix(), {})
    return (EXECUTED / path).exists() and facts.get("fingerprint") == fingerprint(path)


def _account():
    return json.loads(ACCOUNT.read_text()) if ACCOUNT.exists() else {}


def _run_one(path):
    """Whether a chapter ran, its account, and the end of the output if it did not."""
    mark, copy = fingerprint(path), WORK / path
    notebooks.write_if_changed(copy, (ROOT / path).read_bytes())
    beside = (ROOT / path).with_suffix("")
    for file in beside.rglob("*") if beside.is_dir() else []:
        if file.is_file() and "__pycache__" not in file.parts:
            notebooks.write_if_changed(WORK / file.relative_to(ROOT), file.read_bytes())
    options, kernel_variables = kernel(path)
    command, variables = isolated(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbmake",
            *options,
            "--overwrite",
            f"--nbmake-timeout={LIMIT_SECONDS}",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(WORK),
            "-c",
            os.devnull,
            str(copy),
        ]
    )
    variables |= kernel_variables
    start = time.perf_counter()
    log = WORK / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=copy.parent, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        status, peak = _wait(process, LIMIT_SECONDS)
    seconds = time.perf_counter() - start
    executed = json.loads(copy.read_text(encoding="utf-8"))
    facts = {"seconds": round(seconds, 1), "peak_mb": peak, "loads": sorted(loads(path)), "fingerprint": mark}
    faults = [] if status else faults_of(executed)
    if status == 0 and not faults:
        notebooks.write(EXECUTED / path, executed)
        return True, facts, ""
    text = "\n".join(faults) or log.read_text(errors="replace")[-6000:]
    return False, facts, text


def _wait(process, limit):
    """Exit status (124 if killed) and peak memory in MB, None where the system does not tell."""
    if not hasattr(os, "wait4"):
        try:
            return process.wait(limit), None
        except subprocess.TimeoutExpired:
            process.kill()
            return 124, None
    deadline = time.monotonic() + limit
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            unit = 1e6 if sys.platform == "darwin" else 1e3  # macOS counts bytes, Linux kilobytes
            return process.returncode, round(usage.ru_maxrss / unit)
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
            process.returncode = 124
            return 124, None
        time.sleep(0.2)


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


def print_account():
    """Time and memory of each chapter, against the share of its part."""
    account = _account()
    print(f"\n{'chapter':58s} {'seconds':>8s} {'peak MB':>8s}")
    parts = {}
    for path, facts in sorted(account.items()):
        if not (ROOT / path).exists():
            continue
        print(f"{path:58s} {facts['seconds']:8.0f} {facts['peak_mb'] or 0:8.0f}")
        part = path.split("/")[1][0] if path.count("/") > 1 else "front"
        parts[part] = parts.get(part, 0) + facts["seconds"]
    for part, seconds in sorted(parts.items()):
        share = SHARE_MINUTES[part]
        print(
            f"part {part}: {seconds / 60:.1f} of {share} minutes" + ("  OVER ITS SHARE" if seconds > 60 * share else "")
        )
    print()
