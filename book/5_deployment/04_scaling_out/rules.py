"""Twenty calls to two queues: how many texts does each give the model at once?"""

import asyncio
import json
import sys
import time
from pathlib import Path

import ray.serve.batching
from ray import serve

SERVICE = Path(__file__).resolve().parents[1] / "03_from_a_model_to_a_service"
sys.path.insert(0, str(SERVICE))

from batching import Batcher  # noqa: E402

# Outside a replica one method fails, which only warns of a setting of replicas.
queue = ray.serve.batching._BatchQueue
queue._warn_if_max_batch_size_exceeds_max_ongoing_requests = lambda self: None


def model(texts, sizes):
    """Stands for a model that takes 100 ms for any batch."""
    sizes.append(len(texts))
    time.sleep(0.1)
    return texts


async def calls(ask):
    """Twenty calls, 10 ms apart."""

    async def one(number):
        await asyncio.sleep(0.01 * number)
        return await ask(str(number))

    await asyncio.gather(*map(one, range(20)))


async def by_batcher(wait):
    sizes = []
    batcher = Batcher(lambda texts: model(texts, sizes), 16, wait, 512)
    await calls(lambda text: batcher.submit([text]))
    await batcher.close()
    return sizes


async def by_ray(wait):
    sizes = []

    @serve.batch(max_batch_size=16, batch_wait_timeout_s=wait)
    async def classify(texts):
        return await asyncio.to_thread(model, texts, sizes)

    await calls(classify)
    return sizes


if __name__ == "__main__":
    waits = [float(wait) for wait in sys.argv[1:]]
    found = {"Batcher": [asyncio.run(by_batcher(wait)) for wait in waits]}
    found["serve.batch"] = [asyncio.run(by_ray(wait)) for wait in waits]
    print(json.dumps(found))
