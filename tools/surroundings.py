"""The environment in which chapters and tests run: of the book's making, whatever the reader's own holds."""

import os
import re
from pathlib import Path

from tools.environment import OUT, ROOT
from utils.models import cache_folder

OWN = OUT / "surroundings"  # settings and caches of the libraries, in place of the reader's
# What would change a chapter: other paths, start-up files, switched-off assertions, a proxy asked for 127.0.0.1
DROPPED = re.compile(
    r"PYTHON\w*|PYTEST_\w+|GIT_\w+|NODE_\w+|(NO|FORCE|CLICOLOR)_\w+|CLICOLOR"
    r"|(ACCELERATE|FSDP|DEEPSPEED|TOKENIZERS|SKLEARN|NPY|RAY|PROMETHEUS|KERAS|JAX|XLA|TF|AUTOGRAPH|ONNXRUNTIME)_\w+"
    r"|(ONEDNN|DNNL|TORCH(DYNAMO|INDUCTOR)|PYTORCH|NVIDIA_TF32)_\w+|OPENBLAS_(?!NUM_THREADS)\w+"
    r"|JUPYTER_\w+|IPYTHONDIR|MPL(BACKEND|CONFIGDIR|RC)|MATPLOTLIBRC|\w+_PROXY|LC_\w+|LANGUAGE|TZ|COLUMNS|LINES"
    r"|(HF|TRANSFORMERS|TORCH|CUDA_LAUNCH)_\w+|TQDM_\w+|XDG_\w+|ATEN_CPU_CAPABILITY|MKL_(?!NUM_THREADS)\w+",
    re.IGNORECASE,
)


def variables(home):
    """Environment variables for a program of the book, a dict.

    Parameters
    ----------
    home : path
        An empty folder that stands in for the reader's home: what is written there would have been written into it.
    """
    kept = {name: value for name, value in os.environ.items() if not DROPPED.fullmatch(name)}
    own = {
        "HOME": home,
        "PYTHONPATH": ROOT,  # this book's utils, whatever else is called so
        "BOOK_CACHE": cache_folder(),
        "HF_HOME": OWN / "huggingface",
        "IPYTHONDIR": OWN / "ipython",
        "JUPYTER_CONFIG_DIR": OWN / "jupyter" / "config",
        "JUPYTER_DATA_DIR": OWN / "jupyter" / "data",
        "JUPYTER_RUNTIME_DIR": OWN / "jupyter" / "runtime",
        "MPLCONFIGDIR": OWN / "matplotlib",
    }
    for folder in (home, *(value for name, value in own.items() if name.endswith(("DIR", "HOME")))):
        Path(folder).mkdir(parents=True, exist_ok=True)
    return kept | {name: str(value) for name, value in own.items()} | {"LANG": "C.UTF-8"}


def written_home(home):
    """Files in the folder that stood in for the reader's home, relative to it."""
    home = Path(home)
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())
