"""Run a command with no network but this machine's own: what the book promises its readers, enforced and counted."""

import json
import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

GUARD = Path(__file__).resolve().parent / "network_guard"
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",  # its commands would ask for newer versions of themselves
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "passive",
    "JUPYTER_PLATFORM_DIRS": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime would report to its maker, from its first import on
    "RES_OPTIONS": "timeout:1 attempts:1",  # a name is asked for once: nobody answers
}


@cache
def has_namespaces():
    """Whether this machine gives a process a network of its own, in which only the loopback interface is up."""
    if platform.system() != "Linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run([*_namespace(""), sys.executable, "-c", ""], capture_output=True).returncode == 0


def _namespace(report):
    program = str(Path(__file__).with_name("namespace.py"))
    return ["unshare", "--map-root-user", "--net", sys.executable, program, str(report)]


def isolated(command, report="", variables=None):
    """The command and the variables with which it, and its children, reach nothing outside this machine.

    On Linux a network namespace binds every program. Elsewhere, a guard that each Python process loads refuses
    connections; compiled programs are not bound by it.

    Parameters
    ----------
    command : list of str
    report : path, optional
        A file for what tries to leave the namespace; :func:`attempts` reads it.
    variables : dict, optional
        Environment variables to add to; by default those of this process.

    Raises
    ------
    RuntimeError
        On Linux with ``CI=true``, if there are no namespaces: the guarantee would be weaker than it claims.
    """
    variables = dict(os.environ if variables is None else variables) | OFFLINE
    if has_namespaces():
        return [*_namespace(report), *command], variables
    if platform.system() == "Linux" and os.environ.get("CI") == "true":
        raise RuntimeError("this machine gives no network namespaces (unshare --map-root-user --net), which CI needs")
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, [str(GUARD), variables.get("PYTHONPATH")]))
    return list(command), variables


def attempts(report):
    """What tried to leave this machine, as a list of texts; empty where nothing did or nothing could count it."""
    path = Path(report)
    found = json.loads(path.read_text()) if path.exists() else {}
    return [f"{what} ({count} packets)" for what, count in found.items()]
