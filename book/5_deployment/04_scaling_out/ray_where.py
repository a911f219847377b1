"""Tasks, and the node on which each ran: python ray_where.py --address ADDRESS."""

import argparse
import json
import os
import time
from pathlib import Path

import ray


@ray.remote(num_cpus=1, max_retries=3)
def task(number, seconds, diary):
    """Work for a while; the node's name comes back. Each beginning is noted in a file."""
    node = ray.get_runtime_context().get_node_id()
    with open(diary, "a") as file:
        file.write(f"{number} {node}\n")
    time.sleep(seconds)
    return number, node, os.getpid()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", required=True)
    parser.add_argument("--tasks", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--diary", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    ray.init(address=options.address, log_to_driver=False, logging_level="ERROR")
    Path(options.diary).touch()
    began = time.perf_counter()
    jobs = [task.remote(n, options.seconds, options.diary) for n in range(options.tasks)]
    done = ray.get(jobs, timeout=60)
    took = time.perf_counter() - began
    begun = [line.split() for line in Path(options.diary).read_text().splitlines()]
    said = {"done": done, "begun": begun, "seconds": took}
    Path(options.out).write_text(json.dumps(said))


if __name__ == "__main__":
    main()
