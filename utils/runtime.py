"""Where code runs, from which seed, and how long it takes."""

import logging
import os
import random
import time
import warnings
from contextlib import contextmanager

import numpy as np
import torch


def device(name=None):
    """The ``torch.device`` that the book runs on.

    Parameters
    ----------
    name : {"cpu", "cuda", "mps"}, optional
        The device wanted. Default: the environment variable ``BOOK_DEVICE`` if it is set, else CUDA where there
        is one, else the CPU. MPS is used only on request, since it has no float64.

    Raises
    ------
    ValueError
        If the name is unknown, or this machine has no such device.
    """
    name = name or os.environ.get("BOOK_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name not in available:
        raise ValueError(f"device={name!r} is unknown; choose one of {', '.join(available)}")
    if not available[name]:
        raise ValueError(f"device={name!r} was asked for, but PyTorch sees none here; choose 'cpu'")
    return torch.device(name)


def set_seed(seed):
    """A CPU ``torch.Generator`` at this seed; Python's, NumPy's and PyTorch's global generators are set to it too.

    Draw from the returned generator and move the result to the device: the same numbers come on every device.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


@contextmanager
def stopwatch():
    """A context whose value is a function that gives the seconds since entry, or until exit once that has passed.

    Timings are shown, never asserted: they depend on the machine.
    """
    start, stop = time.perf_counter(), None
    yield lambda: (stop or time.perf_counter()) - start
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    stop = time.perf_counter()


def mixed_precision():
    """Whether bfloat16 is worth using here: True where the processor multiplies in it, so it is the faster one."""
    if device().type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device().type == "cpu" and torch.backends.mkldnn.is_available() and torch.cpu._is_avx512_bf16_supported()


def quiet_compiler():
    """Silence what ``torch.compile`` says of the machine: no CUDA beside a build for it, an early Python 3.13."""
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Guards may run slower")
