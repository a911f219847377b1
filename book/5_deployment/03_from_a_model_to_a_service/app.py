"""The sentiment classifier as a web service. From the repository's root:

python book/5_deployment/03_from_a_model_to_a_service/app.py --port 8000
"""

import argparse
import asyncio
import json
import signal
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import prometheus_client
import uvicorn
from batching import Batcher, Overloaded
from door import Door, ImpatientProtocol
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pipeline import Classifier
from schema import Answer, Problem, Question
from starlette.exceptions import HTTPException

PAGE = Path(__file__).with_name("page.html")
ONLY_OURSELVES = (
    "default-src 'none'; img-src data:; script-src 'unsafe-inline'; style-src "
    "'unsafe-inline'; connect-src 'self'"
)


@dataclass(frozen=True)
class Settings:
    """Each is an option on the command line: --max-batch 1."""

    port: int = 8000  # 0: one that the operating system chooses
    max_batch: int = 16  # texts
    max_wait: float = 0.002  # seconds
    max_queue: int = 512  # texts
    rate: float = 0.0  # requests a second for one client; 0: no limit
    burst: int = 20  # requests
    max_bytes: int = 65_536  # of a request's body
    read_seconds: float = 10.0  # for a request's headers, and again for its body
    stop_seconds: int = 60  # for what is in flight when the service is told to stop


class Meters:
    """What Prometheus may read."""

    def __init__(self):
        self.registry = prometheus_client.CollectorRegistry()
        own = {"registry": self.registry}
        batches = (1, 2, 4, 8, 16, 32)
        self.answers = prometheus_client.Counter(
            "answers", "Answers by status", ["status"], **own
        )
        self.seconds = prometheus_client.Histogram(
            "request_seconds", "Time of a request", **own
        )
        self.batch = prometheus_client.Histogram(
            "batch_texts", "Texts in a batch", buckets=batches, **own
        )
        self.model = prometheus_client.Counter(
            "model_seconds", "Time in the model", **own
        )
        self.queued = prometheus_client.Gauge("queued_texts", "Texts that wait", **own)
        self.in_flight = prometheus_client.Gauge(
            "in_flight", "Requests let in and not yet answered", **own
        )

    def on_answer(self, path, status, seconds):
        if path.startswith("/v1/"):
            self.answers.labels(str(status)).inc()
            self.seconds.observe(seconds)

    def on_batch(self, size, seconds):
        self.batch.observe(size)
        self.model.inc(seconds)


def create_app(settings, load=Classifier):
    """The application; `load` makes the classifier, and may take its time."""
    meters = Meters()
    batcher = None

    async def get_ready():
        nonlocal batcher
        classify = await asyncio.to_thread(load)
        await asyncio.to_thread(classify, ["warm up"])
        limits = (settings.max_batch, settings.max_wait, settings.max_queue)
        batcher = Batcher(classify, *limits, on_batch=meters.on_batch)
        meters.queued.set_function(batcher.queue.qsize)

    @asynccontextmanager
    async def life(app):
        loading = asyncio.create_task(get_ready())
        yield
        await loading  # a model that could not be loaded is reported here, at the latest
        if batcher is not None:
            await batcher.close()

    app = FastAPI(title="Sentiment", lifespan=life, docs_url=None, redoc_url=None)
    limits = {
        name: getattr(settings, name)
        for name in ("rate", "burst", "max_bytes", "read_seconds")
    }
    app.add_middleware(Door, on_answer=meters.on_answer, **limits)
    say_no_in_one_form(app)

    @app.post(
        "/v1/sentiment",
        responses={code: {"model": Problem} for code in (400, 408, 413, 422, 429, 503)},
    )
    async def sentiment(question: Question) -> Answer:
        if batcher is None:
            raise HTTPException(503, "the model is still being loaded")
        with meters.in_flight.track_inprogress():
            done = await batcher.submit(question.texts)
        _, batch, waited, seconds = done[0]
        cost = {"batch": batch, "waited_ms": 1e3 * waited, "model_ms": 1e3 * seconds}
        return Answer(verdicts=[verdict for verdict, *_ in done], cost=cost)

    @app.get("/health")
    async def health():
        return {"alive": True}

    @app.get("/ready")
    async def ready():
        return JSONResponse(
            {"ready": batcher is not None}, 200 if batcher is not None else 503
        )

    @app.get("/metrics")
    async def metrics():
        return Response(
            prometheus_client.generate_latest(meters.registry), media_type="text/plain"
        )

    @app.get("/")
    async def page():
        return HTMLResponse(
            PAGE.read_text(encoding="utf-8"),
            headers={"Content-Security-Policy": ONLY_OURSELVES},
        )

    return app


def say_no_in_one_form(app):
    """Every error becomes a `Problem`; what the client sent is never sent back."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError):
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return JSONResponse(
                {"error": "not_json", "detail": "the body cannot be read as JSON"}, 400
            )
        where = ".".join(str(part) for part in first["loc"])
        return JSONResponse(
            {"error": "invalid", "detail": f"{where}: {first['msg']}"}, 422
        )

    @app.exception_handler(Overloaded)
    async def overloaded(request: Request, error: Overloaded):
        return JSONResponse(
            {"error": "overloaded", "detail": str(error)}, 503, {"Retry-After": "1"}
        )

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException):
        return JSONResponse(
            {"error": "refused", "detail": str(error.detail)},
            error.status_code,
            error.headers,
        )

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception):
        return JSONResponse(
            {"error": "internal", "detail": "the service failed; it has been noted"}, 500
        )


def stop(*_):
    """Before the server runs, and after it has finished, a signal to stop means: now, and
    without complaint."""
    raise SystemExit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in fields(Settings):
        parser.add_argument(
            f"--{option.name.replace('_', '-')}", type=option.type, default=option.default
        )
    settings = Settings(**vars(parser.parse_args()))
    signal.signal(signal.SIGTERM, stop)
    listening = socket.create_server(("127.0.0.1", settings.port), backlog=512)
    # else each answer may wait 40 ms for an ACK
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    ImpatientProtocol.header_seconds = settings.read_seconds
    config = uvicorn.Config(
        create_app(settings),
        http=ImpatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
