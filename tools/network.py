"""Run a command with no network but this machine's own: what the book promises its readers, enforced."""

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
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "passive",
    "JUPYTER_PLATFORM_DIRS": "1",
}


@cache
def has_namespaces():
    """Whether this machine gives a process a network of its own, in which only the loopback interface is up."""
    if platform.system() != "Linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run([*_namespace(), sys.executable, "-c", ""], capture_output=True).returncode == 0


def _namespace():
    return ["unshare", "--map-root-user", "--net", sys.executable, str(Path(__file__).with_name("loopback.py"))]


def isolated(command):
    """The command and the variables with which it, and its children, reach nothing outside this machine.

    On Linux a network namespace binds every program. Elsewhere, a guard that each Python process loads refuses
    connections; compiled programs are not bound by it.

    Raises
    ------
    RuntimeError
        On Linux with ``CI=true``, if there are no namespaces: the guarantee would be weaker than it claims.
    """
    variables = os.environ | OFFLINE
    if has_namespaces():
        return [*_namespace(), *command], variables
    if platform.system() == "Linux" and os.environ.get("CI") == "true":
        raise RuntimeError("this machine gives no network namespaces (unshare --map-root-user --net), which CI needs")
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, [str(GUARD), os.environ.get("PYTHONPATH")]))
    return list(command), variables
