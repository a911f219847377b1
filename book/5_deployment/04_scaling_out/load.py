"""A load on a server, open or closed: python load.py FOLDER, with a job in job.json."""

import asyncio
import json
import sys
import time
from pathlib import Path

import aiohttp


async def open_load(ask, texts, due):
    """Each request is sent when it is due, whether or not others have been answered."""
    start = time.perf_counter()

    async def one(text, at):
        await asyncio.sleep(at - (time.perf_counter() - start))
        sent = time.perf_counter() - start
        answer = await ask(text)
        return {"due": at, "sent": sent, "done": time.perf_counter() - start, **answer}

    return await asyncio.gather(*map(one, texts, due))


async def closed_load(ask, texts, clients, seconds):
    """Each client sends its next request when it has the answer to its last."""
    start, todo = time.perf_counter(), iter(texts * 100)

    async def client():
        own = []
        while (sent := time.perf_counter() - start) < seconds:
            answer = await ask(next(todo))
            done = time.perf_counter() - start
            own.append({"due": sent, "sent": sent, "done": done, **answer})
        return own

    lists = await asyncio.gather(*(client() for _ in range(clients)))
    return sorted((row for rows in lists for row in rows), key=lambda row: row["sent"])


async def retrying(ask, text, attempts):
    """Ask again after a failure, so many times in all: 0.1, 0.2, 0.4 … seconds later."""
    first = None
    for attempt in range(1, attempts + 1):
        answer = await ask(text)
        first = first or answer["error"]
        if answer["error"] is None or attempt == attempts:
            return answer | {"attempts": attempt, "first_error": first}
        await asyncio.sleep(0.05 * 2**attempt)


def http_asker(session, url, seconds):
    """One text by HTTP, in the form of the service chapter; an answer or an error."""

    async def ask(text):
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            job = {"json": {"texts": [text]}, "timeout": limit}
            async with session.post(f"{url}/v1/sentiment", **job) as reply:
                if reply.status != 200:
                    return {"error": f"status {reply.status}"}
                said = await reply.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            return {"error": type(error).__name__}
        found = {"positive": said["verdicts"][0]["probability"]}
        size, process = said["cost"]["batch"], said.get("process")
        return found | {"batch": size, "process": process, "error": None}

    return ask


def triton_asker(client, model, seconds):
    """One text by gRPC, in Triton's form; an answer or an error."""
    import numpy as np
    import tritonclient.grpc.aio as triton

    async def ask(text):
        tensor = triton.InferInput("TEXT", [1, 1], "BYTES")
        tensor.set_data_from_numpy(np.array([[text.encode()]], dtype=object))
        try:
            said = await client.infer(model, [tensor], client_timeout=seconds)
        except triton.InferenceServerException as error:
            return {"error": str(error.status() or error.message())}
        found = {"positive": float(said.as_numpy("POSITIVE")[0, 0])}
        return found | {"batch": int(said.as_numpy("BATCH")[0, 0]), "error": None}

    return ask


async def main(job):
    """A row for each request, and the processor seconds that the client itself took."""
    seconds, attempts = job.get("timeout", 30), job.get("attempts", 1)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        if job["kind"] == "grpc":
            import tritonclient.grpc.aio as triton

            client = triton.InferenceServerClient(job["url"])
            asker = triton_asker(client, job["model"], seconds)
        else:
            asker = http_asker(session, job["url"], seconds)
        for text in job["texts"][: job.get("warm", 0)]:
            await asker(text)

        async def ask(text):
            return await retrying(asker, text, attempts)

        print("begun", flush=True)
        before = time.process_time()
        if "due" in job:
            rows = await open_load(ask, job["texts"], job["due"])
        else:
            rows = await closed_load(ask, job["texts"], job["clients"], job["seconds"])
        processor = time.process_time() - before
        if job["kind"] == "grpc":
            await client.close()
    return {"rows": rows, "processor": processor}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    done = asyncio.run(main(json.loads((folder / "job.json").read_text())))
    (folder / "done.json").write_text(json.dumps(done))
