"""Real, small training runs, each in a process of its own, so that its peak memory is its
own: prints one line of JSON for each.

python training_run.py '[{"n_layers": 4, "d_model": 256, "n_sequences": 8, "length": 64}]'
"""

import json
import multiprocessing
import resource
import sys
import time

import torch
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging


def memory_pages(column):
    """Bytes of this process now (Linux): column 1 counts those in memory, column 5 its
    own data, used or reserved."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[column]) * resource.getpagesize()


def peak_bytes():
    """Most bytes that this process has had in memory.

    Linux keeps the figure for each program. The one that `resource` gives begins with the
    memory of the process that
    started this one, so it serves only elsewhere (in bytes on macOS).
    """
    if sys.platform == "linux":
        with open("/proc/self/status") as file:
            kilobytes = [
                int(line.split()[1]) for line in file if line.startswith("VmHWM")
            ]
        if kilobytes:
            return kilobytes[0] * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def build(n_layers, d_model, length, vocab_size, checkpointing=False, n_heads=4):
    """A GPT-2 of this size with random weights, without dropout, and AdamW for all of
    them."""
    config = GPT2Config(
        vocab_size=vocab_size,
        n_positions=length,
        n_embd=d_model,
        n_layer=n_layers,
        n_head=n_heads,
        bos_token_id=0,
        eos_token_id=0,
        activation_function="gelu",
        resid_pdrop=0,
        embd_pdrop=0,
        attn_pdrop=0,
    )
    model = GPT2LMHeadModel(config).train()
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    return model, torch.optim.AdamW(model.parameters(), lr=1e-4)


def step(model, optimizer, n_sequences, length, vocab_size):
    """Seconds of one step of training on random tokens."""
    ids = torch.randint(vocab_size, (n_sequences, length))
    start = time.perf_counter()
    model(ids, labels=ids, use_cache=False).loss.backward()
    optimizer.step()
    optimizer.zero_grad()  # gradients are given back, not filled with zeros
    return time.perf_counter() - start


def train(
    n_layers,
    d_model,
    n_sequences,
    length,
    vocab_size=4096,
    n_steps=4,
    checkpointing=False,
    n_heads=4,
    limit_bytes=None,
):
    """Peak memory above what Python and its libraries take, in bytes, and the time of the
    fastest step after the first, in seconds.

    With `limit_bytes` the process may take only so much more than its libraries (Linux),
    and is refused the rest.
    """
    torch.manual_seed(0)
    # what libraries load at the first step belongs to them
    step(*build(1, 32, 8, 64, checkpointing), 1, 8, 64)
    before = memory_pages(1) if sys.platform == "linux" else peak_bytes()
    if limit_bytes is not None:
        resource.setrlimit(
            resource.RLIMIT_DATA, (memory_pages(5) + int(limit_bytes),) * 2
        )
    model, optimizer = build(
        n_layers, d_model, length, vocab_size, checkpointing, n_heads
    )
    seconds = [
        step(model, optimizer, n_sequences, length, vocab_size) for _ in range(n_steps)
    ]
    return {"peak_bytes": peak_bytes() - before, "seconds": min(seconds[1:])}


def by_itself(run):
    """What `train` gives back in a new process, which on Linux starts with the libraries
    that this one has loaded."""
    way = "fork" if sys.platform == "linux" else "spawn"
    with multiprocessing.get_context(way).Pool(1) as pool:
        return pool.apply(train, kwds=run)


if __name__ == "__main__":
    logging.set_verbosity_error()
    for run in json.loads(sys.argv[1]):
        print(json.dumps(by_itself(run)), flush=True)
