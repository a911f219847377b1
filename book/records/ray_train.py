"""Record of the chapter on training faster and larger: its training script on Ray, a worker killed on the way.

python -m book.records.ray_train               some minutes; starts programs in the environment "ray"
python -m book.records.ray_train --smallest    seconds: one process, stopped and restored without Ray, into out/
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.distributed as dist

from utils.environments import python_of
from utils.records import RECORDS, input_hashes, write_record
from utils.runtime import stopwatch
from utils.sources import ROOT, definitions, needed_for, source_of

CHAPTER = "book/3_training/09_training_faster_and_larger.ipynb"
SHOWN = ["TRAIN", "play", "train", "on_ray"]
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, "data": ["shakespeare"], "models": []}
FULL = {"ray": True, "n_steps": 40, "die_at": 26}
SMALLEST = {"ray": False, "n_steps": 20, "die_at": 13}
NOT_COMPARED = ["seconds", "seconds_ray", "seconds_plain"]
TOLERANCE = 1e-3
# What runs in each of two plain processes, and what runs as Ray's driver
PLAIN = """
rank, folder = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(1)
dist.init_process_group("gloo", f"file://{folder}/meet", rank=rank, world_size=2)
config, ids = torch.load(f"{folder}/arguments")
metrics = []
model = train(config, ids, lambda state, found: metrics.append(found), lambda: None)
if rank == 0:
    torch.save([model.state_dict(), metrics], f"{folder}/plain.pt")
"""
ON_RAY = """
folder, die_at = sys.argv[1], int(sys.argv[2])
config, ids = torch.load(f"{folder}/arguments")
from ray._common.usage import usage_lib
import ray
state, metrics = on_ray(config | {"ids": ids, "folder": folder, "die_at": die_at})
reports = usage_lib._usage_stats_enabledness().name
weights = {name[6:]: torch.tensor(part) for name, part in state.items() if name.startswith("model ")}
torch.save([weights, metrics, reports, ray.__version__], f"{folder}/ray.pt")
ray.shutdown()
"""


def two_ways(page, config, die_at):
    """Results of two plain processes and of Ray's two workers on the same batches."""
    needs = needed_for(source_of(ROOT / CHAPTER), ["train", "on_ray", "dist", "sys", "torch"])
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    variables = os.environ | {
        "GLOO_SOCKET_IFNAME": loopback,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to Ray's makers
        "RAY_AUTH_MODE": "disabled",  # or a token is written into the home folder
    }
    with TemporaryDirectory() as folder:
        torch.save((config, page["play"]), Path(folder, "arguments"))
        # what the notebook imports for other cells is not in Ray's environment
        Path(folder, "plain.py").write_text(needs + PLAIN)
        Path(folder, "driver.py").write_text(needs + ON_RAY)
        with stopwatch() as seconds_plain:
            command = [sys.executable, f"{folder}/plain.py"]
            started = [subprocess.Popen([*command, str(rank), folder], env=variables) for rank in range(2)]
            statuses = [process.wait() for process in started]
            if any(statuses):
                raise RuntimeError("a plain process failed")
        with stopwatch() as seconds_ray:
            command = [python_of("ray"), f"{folder}/driver.py", folder, str(die_at)]
            done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        Path(ROOT / "out" / "records" / "ray_train.log").write_text(done.stdout)
        if done.returncode:
            raise RuntimeError(done.stdout[-3000:])
        plain, metrics = torch.load(f"{folder}/plain.pt")
        ours, last, reports, version = torch.load(f"{folder}/ray.pt")
        gap = max((ours[name] - weight).abs().max().item() for name, weight in plain.items())
        return {
            "gap": gap,
            "steps": [int(step) for step in Path(folder, "steps").read_text().split()],
            "killed": Path(folder, "died").exists(),
            "losses": metrics,
            "last": {name: last[name] for name in ("step", "loss")},
            "reports": reports,
            "ray": version,
            "seconds_plain": round(seconds_plain(), 1),
            "seconds_ray": round(seconds_ray(), 1),
        }


def one_process(page, config, die_at):
    """The same results from this process alone: its run is stopped by an error and restored from what it saved."""

    class Died(Exception):
        pass

    def begin_step(step):
        if step == die_at and die_at not in steps:
            steps.append(step)
            raise Died
        steps.append(step)

    def save(state, found):
        saved["state"] = {name: part.copy() if hasattr(part, "copy") else part for name, part in state.items()}
        saved["metrics"] = found

    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    metrics, steps, saved = [], [], {}
    with stopwatch() as seconds:
        plain = page["train"](config, page["play"], lambda state, found: metrics.append(found), lambda: None)
    with contextlib.suppress(Died):
        page["train"](config, page["play"], save, lambda: None, begin_step)
    again = page["train"](config, page["play"], save, lambda: saved["state"], begin_step)
    dist.destroy_process_group()
    ours = again.state_dict()
    return {
        "gap": max((ours[name] - weight).abs().max().item() for name, weight in plain.state_dict().items()),
        "steps": steps,
        "killed": die_at in steps,
        "losses": metrics,
        "last": saved["metrics"],
        "reports": None,  # there is no Ray to report
        "ray": None,
        "seconds_plain": round(seconds(), 1),
        "seconds_ray": None,
    }


def main(smallest=False):
    torch.set_num_threads(1)
    page = definitions(ROOT / CHAPTER, SHOWN)
    sizes = SMALLEST if smallest else FULL
    config = page["TRAIN"] | {"n_steps": sizes["n_steps"]}
    with stopwatch() as seconds:
        results = (
            two_ways(page, config, sizes["die_at"]) if sizes["ray"] else one_process(page, config, sizes["die_at"])
        )
    folder = ROOT / "out" / "records" if smallest else RECORDS
    path = write_record(
        folder / ("ray_train_smallest.json" if smallest else "ray_train.json"),
        name="ray_train",
        command="python -m book.records.ray_train" + " --smallest" * smallest,
        seeds=[config["seed"]],
        seconds=seconds(),
        hashes=input_hashes(**INPUTS),
        results=results,
    )
    print(f"{path}: {json.dumps(results)[:300]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
