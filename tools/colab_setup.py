"""Run by the set-up cell in Colab: install only what Colab lacks, and never PyTorch. Standard library only."""

import importlib.util
import subprocess
import sys
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


def main():
    missing = [package for module, package in LACKING.items() if importlib.util.find_spec(module) is None]
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if missing:
        # seqeval is a source archive whose set-up finds what it asks for only when built by PEP 517
        subprocess.run([*pip, "--use-pep517", *missing], check=True)
    subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "-r", str(MODELS)], check=True)
    subprocess.run([sys.executable, "-m", "tools.data", "--on-demand"], check=True, cwd=ROOT)
    print("ready: the book is in", ROOT)


if __name__ == "__main__":
    main()
