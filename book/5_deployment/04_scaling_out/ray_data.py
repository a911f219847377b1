"""Judge a file of texts with Ray Data: python ray_data.py FILE --address ADDRESS."""

import argparse
import json
import os
import sys
from pathlib import Path

import pandas as pd
import ray
import ray.data


class Judge:
    """Made once in each worker process; called with one batch after another."""

    def __init__(self, package):
        sys.path.insert(0, package)
        from answering import Answerer

        self.answer = Answerer(package)

    def __call__(self, batch):
        batch["positive"] = self.answer(list(batch["text"]))
        batch["process"] = [os.getpid()] * len(batch["text"])
        batch["size"] = [len(batch["text"])] * len(batch["text"])
        return batch


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--address", required=True)
    parser.add_argument("--package", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    ray.init(address=options.address, log_to_driver=False, logging_level="ERROR")
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    texts = ray.data.from_pandas(pd.read_parquet(options.file))
    pool = ray.data.ActorPoolStrategy(size=1)
    made = {"fn_constructor_args": [options.package], "compute": pool, "num_cpus": 0.5}
    judged = texts.map_batches(Judge, batch_size=16, **made)
    rows = judged.take_all()
    said = {
        "rows": [[int(row["number"]), float(row["positive"])] for row in rows],
        "processes": len({int(row["process"]) for row in rows}),
        "largest_batch": max(int(row["size"]) for row in rows),
    }
    Path(options.out).write_text(json.dumps(said))


if __name__ == "__main__":
    main()
