"""Servers under one open load, for *Scaling out: Triton and Ray*.

python -m book.records.scaling_out [--smallest]     about nine minutes on a machine without other work
needs the environments "triton" and "ray"; --smallest starts the FastAPI server alone
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import psutil

from utils.data import load
from utils.environments import python_of
from utils.records import RECORDS, Parts, fresh_parts, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/5_deployment/04_scaling_out.ipynb"
SHOWN = ["export", "quietly", "write_repository", "triton", "fastapi", "ray_serve", "put_load", "latencies", "poisson"]
SHOWN += ["simulate", "simulated", "service_times", "token_counts", "drawn", "SHORT", "RAY_WAIT", "hashed"]
INPUTS = {
    "script": __file__,
    "notebook": CHAPTER,
    "names": SHOWN,
    "data": ["movie_snippets"],
    "models": ["minilm"],
}
# What the servers run, beside the page: hashes of these stand in the results
BESIDE = ["answering.py", "fastapi_server.py", "load.py", "ray_server.py", "triton_model.py"]
SERVICE = ["app.py", "batching.py", "door.py", "pipeline.py"]
PROGRAMS = [f"book/5_deployment/04_scaling_out/{name}" for name in BESIDE]
PROGRAMS += [f"book/5_deployment/03_from_a_model_to_a_service/{name}" for name in SERVICE]
PROGRAMS += ["requirements/extra/ray.txt", "requirements/extra/triton.txt"]
PROGRAMS += ["book/models/sentiment/adapter_model.safetensors", "book/models/sentiment/adapter_config.json"]
VERSIONS = {"triton": ["nvidia-pytriton", "tritonclient", "onnxruntime", "numpy"], "ray": ["ray", "onnxruntime"]}
PARTS = ROOT / "out" / "records" / "scaling_out"
FULL = {
    "servers": ["FastAPI", "Triton", "Ray Serve", "Ray Serve, 20 ms"],
    "rates": [40, 80, 120, 180, 300],
    "repeats": 5,
    "requests": 200,
}
SMALLEST = {"servers": ["FastAPI"], "rates": [40], "repeats": 1, "requests": 20}
NOT_COMPARED = ["p50", "p95", "batch", "lag", "processor", "busy", "times", "versions", "wall_seconds"]
NOT_COMPARED += ["programs"]  # which files ran: the page itself says how many have changed since
WARM = 20
# A word in a process's command, and what the process does
ROLES = {
    "fastapi_server.py": "server and model",
    "triton_python_backend_stub": "model",
    "bin/tritonserver": "server",
    "ServeReplica": "model",
    "ProxyActor": "server",
}
RULES = {
    "simulation": {},
    "simulation, Ray's rule": {"closes_early": True},
    "simulation, Ray's rule, 20 ms": {"closes_early": True, "max_wait": 0.02},
}


def row(name, run, milliseconds, sizes):
    """One run, as the record keeps it."""
    p50, p95 = np.percentile(milliseconds, [50, 95])
    numbers = {"p50": float(p50), "p95": float(p95), "batch": float(np.mean(sizes))}
    return {"server": name, "rate": run[0], "repeat": run[1]} | numbers


def processor_seconds(server):
    """Of a server's processes so far, by what each does."""
    found = Counter()
    for process in server.processes():
        try:
            words, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.Error:  # it has ended meanwhile
            continue
        role = next((role for word, role in ROLES.items() if word in words), "the rest")
        found[role] += times.user + times.system
    return found


def loaded(page, start, name, runs, due, short):
    """The rows of one server's runs: it is started, loaded at every rate, and ended."""
    busy = psutil.cpu_percent(0.5) / 100  # of the machine, before anything of this run is there
    rows = []
    with start() as server:
        for run in runs:
            texts = page["drawn"](short, len(due[run]), [*run, 1])
            before = processor_seconds(server)
            answers = page["put_load"](server, texts=texts, due=due[run].tolist(), warm=WARM)
            spent = processor_seconds(server) - before
            spent["client"] = server.client_seconds
            done = [answer for answer in answers if answer["error"] is None]
            lags = [1e3 * (answer["sent"] - answer["due"]) for answer in answers]
            rows.append(
                row(name, run, page["latencies"](answers), [answer["batch"] for answer in done])
                | {"answered": len(done), "errors": Counter(a["error"] for a in answers if a["error"])}
                | {"lag": [float(np.median(lags)), float(np.max(lags))], "busy": busy}
                # the requests that warmed it up are among those it worked for
                | {"processor": {role: 1e3 * s / (len(answers) + WARM) for role, s in spent.items()}}
            )
    return rows


def versions():
    """Of what runs in the two environments."""
    ask = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    found = {}
    for name, packages in VERSIONS.items():
        command = [python_of(name), "-c", ask, *packages]
        found[name] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def main(smallest=False):
    sizes, began = (SMALLEST if smallest else FULL), time.monotonic()
    page = definitions(ROOT / CHAPTER, SHOWN)
    folder = fresh_parts(PARTS / ("smallest" if smallest else "full"), input_hashes(**INPUTS), sizes)
    parts = Parts(folder, total=len(sizes["servers"]) * sizes["repeats"] + 1)
    every = [(rate, repeat) for repeat in range(sizes["repeats"]) for rate in sizes["rates"]]
    due = {run: page["poisson"](run[0], sizes["requests"], [*run, 0]) for run in every}
    rows, rng = [], np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as work:
        with page["quietly"]():
            package = page["export"](Path(work, "package"))
        sys.path.insert(0, str(package))
        from answering import Answerer

        answer = Answerer(package)
        texts = load("movie_snippets")["test"]["text"][:]
        counts = page["token_counts"](answer, texts)
        short = [text for text, n in zip(texts, counts, strict=True) if n <= page["SHORT"]]
        repeats = 2 if smallest else 30
        times = parts.kept("times", lambda: page["service_times"](answer, short, repeats).tolist())
        repository = page["write_repository"](Path(work, "repository"), package)
        starts = {
            "FastAPI": lambda: page["fastapi"](package),
            "Triton": lambda: page["triton"](repository, work),
            "Ray Serve": lambda: page["ray_serve"](package),
            "Ray Serve, 20 ms": lambda: page["ray_serve"](package, max_wait=page["RAY_WAIT"]),
        }
        # Every repetition goes through all servers and rates, in an order of its own
        for repeat in range(sizes["repeats"]):
            for name in rng.permutation(sizes["servers"]).tolist():
                mine = [(rate, repeat) for rate in rng.permutation(sizes["rates"]).tolist()]
                compute = partial(loaded, page, starts[name], name, mine, due, short)
                rows += parts.kept(f"{name} {repeat}", compute)
    rows.sort(key=lambda one: (sizes["servers"].index(one["server"]), one["rate"], one["repeat"]))
    for name, rule in RULES.items():
        for run in sorted(every):
            rows.append(row(name, run, *page["simulated"](np.array(times), due[run], [*run, 2], **rule)))
    results = {"sizes": sizes, "times": np.median(times, axis=0).tolist()}
    results["programs"] = {name: page["hashed"](name) for name in PROGRAMS}
    results["versions"] = {} if smallest else versions()  # the smallest needs no environment of its own
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"scaling_out{'_smallest' * smallest}.json",
        name="scaling_out",
        command="python -m book.records.scaling_out" + " --smallest" * smallest,
        seeds=list(range(sizes["repeats"])),
        seconds=parts.seconds() + 0.1,
        hashes=input_hashes(**INPUTS),
        results=results | {"wall_seconds": time.monotonic() - began, "runs": rows},
    )
    print(f"{path}: {len(rows)} runs")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="toy sizes, for the tests")
    main(**vars(parser.parse_args()))
