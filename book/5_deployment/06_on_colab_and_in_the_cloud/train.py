"""A small GPT in training that may be ended at any moment, and goes on.

python train.py FOLDER --steps 60 --every 10
"""

import argparse
import hashlib
import json
import math
from pathlib import Path

import pyarrow.parquet as pq
import safetensors.torch
import torch
import torch.nn.functional as F
from files import write_whole

from utils.data import path_of
from utils.transformer import Transformer, TransformerConfig

PARTS = ("model", "optimiser", "schedule", "random", "data")
SEED, UNKNOWN, LENGTH, BATCH = 0, 0, 48, 8


class Reader:
    """Pieces of the text in random order, none twice before all were read."""

    def __init__(self, ids):
        self.pieces = ids[: len(ids) // LENGTH * LENGTH].view(-1, LENGTH)
        self.generator = torch.Generator().manual_seed(SEED)
        self.order, self.position = torch.empty(0, dtype=torch.int64), torch.tensor(0)

    def batch(self):
        if self.position + BATCH > len(self.order):
            self.order = torch.randperm(len(self.pieces), generator=self.generator)
            self.position = torch.tensor(0)
        chosen = self.order[self.position : self.position + BATCH]
        self.position = self.position + BATCH
        return self.pieces[chosen]  # (batch, token)


class Run:
    """All that a step of training changes."""

    def __init__(self, steps):
        torch.manual_seed(SEED)
        text = pq.read_table(path_of("shakespeare"))["text"][0].as_py()
        letters = {letter: n for n, letter in enumerate(sorted(set(text)), 1)}
        sizes = {"d_model": 48, "n_layers": 2, "n_heads": 4, "d_ff": 192}
        config = TransformerConfig(len(letters) + 1, max_length=LENGTH, **sizes)
        self.model = Transformer(config)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=3e-3)
        rate = lambda n: min((n + 1) / 10, 0.5 + 0.5 * math.cos(math.pi * n / steps))  # noqa: E731
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, rate)
        self.data = Reader(torch.tensor([letters[letter] for letter in text]))
        self.losses = []

    def step(self):
        """One step; what it reads has a tenth of its letters hidden at random."""
        ids = self.data.batch()
        hidden = torch.where(torch.rand(ids.shape) < 0.1, UNKNOWN, ids)
        logits = self.model.logits(self.model(hidden[:, :-1]))
        loss = F.cross_entropy(logits.mT, ids[:, 1:])
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.losses.append(loss.item())


def state_of(run):
    """Part of the run, name, tensor: everything that the next step depends on."""
    moments = run.optimiser.state_dict()["state"]
    data = run.data
    return {
        "model": run.model.state_dict(),
        "optimiser": {f"{i}.{k}": v for i, s in moments.items() for k, v in s.items()},
        "schedule": {"steps": torch.tensor(run.schedule.last_epoch)},
        "random": {"state": torch.get_rng_state()},
        "data": {
            "order": data.order,
            "position": data.position,
            "generator": data.generator.get_state(),
        },
    }


def restore(run, state, without=()):
    """Put a state back, except for the parts named, which stay as a new run has them."""
    for part in (part for part in PARTS if part not in without):
        values = state[part]
        if part == "model":
            run.model.load_state_dict(values)
        elif part == "optimiser":
            whole = run.optimiser.state_dict()
            for name, value in values.items():
                i, _, k = name.partition(".")
                whole["state"].setdefault(int(i), {})[k] = value
            run.optimiser.load_state_dict(whole)
        elif part == "schedule":
            run.schedule.last_epoch = int(values["steps"])
            rate = run.schedule.lr_lambdas[0](run.schedule.last_epoch)
            run.optimiser.param_groups[0]["lr"] = run.schedule.base_lrs[0] * rate
        elif part == "random":
            torch.set_rng_state(values["state"])
        else:
            run.data.order, run.data.position = values["order"], values["position"]
            run.data.generator.set_state(values["generator"])


def to_bytes(run):
    """The run as one safetensors file: tensors, and the losses so far as its note."""
    flat = {f"{p}/{k}": v.clone() for p, s in state_of(run).items() for k, v in s.items()}
    losses = json.dumps([loss.hex() for loss in run.losses])
    return safetensors.torch.save(flat, {"losses": losses})


def from_bytes(data):
    """State by part, and losses."""
    state = {part: {} for part in PARTS}
    for name, value in safetensors.torch.load(data).items():
        part, _, key = name.partition("/")
        state[part][key] = value
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    losses = json.loads(header["__metadata__"]["losses"])
    return state, [float.fromhex(loss) for loss in losses]


def save(folder, run):
    """A checkpoint whose name holds its step and the beginning of its hash."""
    data = to_bytes(run)
    digest = hashlib.sha256(data).hexdigest()[:16]
    write_whole(folder / f"step-{len(run.losses):06d}-{digest}.safetensors", data)


def newest(folder):
    """Bytes of the newest checkpoint that is whole; None if there is none."""
    for path in sorted(folder.glob("step-*.safetensors"), reverse=True):
        data = path.read_bytes()
        if path.stem.endswith(hashlib.sha256(data).hexdigest()[:16]):
            return data
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--every", type=int, default=10)
    options = parser.parse_args()
    torch.set_num_threads(1)  # sums in the same order, whatever else the machine does
    run = Run(options.steps)
    data = newest(options.folder)
    if data:
        state, run.losses = from_bytes(data)
        restore(run, state)
    print("start", len(run.losses), flush=True)
    while len(run.losses) < options.steps:
        run.step()
        print("step", len(run.losses), run.losses[-1].hex(), flush=True)
        if len(run.losses) % options.every == 0 or len(run.losses) == options.steps:
            save(options.folder, run)


if __name__ == "__main__":
    main()
