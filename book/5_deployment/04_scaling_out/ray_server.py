"""The package behind Ray Serve: python ray_server.py --port 8000 --replicas 2."""

import argparse
import asyncio
import json
import os
import signal
import sys

import ray
from ray import serve

PACKAGE, MAX_BATCH = os.environ["PACKAGE"], int(os.environ["MAX_BATCH"])
MAX_WAIT = float(os.environ["MAX_WAIT"])


@serve.deployment(max_ongoing_requests=1000, ray_actor_options={"num_cpus": 0.5})
class Sentiment:
    """Each replica of this class is a process of its own, with its own copy."""

    def __init__(self, package):
        sys.path.insert(0, package)
        from answering import Answerer

        self.answer = Answerer(package)

    @serve.batch(max_batch_size=MAX_BATCH, batch_wait_timeout_s=MAX_WAIT)
    async def classify(self, texts):
        answers = await asyncio.to_thread(self.answer, texts)
        return [(float(p), len(texts)) for p in answers]

    async def __call__(self, request):
        positive, size = await self.classify((await request.json())["texts"][0])
        return {
            "verdicts": [{"probability": positive}],
            "cost": {"batch": size},
            "process": os.getpid(),
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--address", help="of a cluster; without it, one is started here")
    options = parser.parse_args()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: sys.exit(0))
    start = {"num_cpus": 2, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    ray.init(**({"address": options.address} if options.address else start))
    serve.start(http_options={"host": "127.0.0.1", "port": options.port})
    deployment = Sentiment.options(num_replicas=options.replicas)
    quiet = {"enable_access_log": False}  # the other two write none either
    app = deployment.bind(PACKAGE)
    serve.run(app, route_prefix="/v1/sentiment", logging_config=quiet)
    print(json.dumps({"serving": options.port}), flush=True)
    try:
        signal.pause()
    finally:
        serve.shutdown()
        ray.shutdown()


if __name__ == "__main__":
    main()
