"""The sentiment classifier as a web service. From the repository's root:

python book/5_deployment/03_from_a_model_to_a_service/app.py --port 8000
"""

import argparse
import asyncio
import json
import math
import signal
import socket
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import prometheus_client
import uvicorn
from batching import Batcher, Ended, Overloaded
from door import GONE, CutOff, Door, ImpatientProtocol, unless_gone
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pipeline import Classifier
from schema import MAX_TEXTS, Answer, Problem, Question
from starlette.exceptions import HTTPException

PAGE = Path(__file__).with_name("page.html")
NOT_JSON = {"error": "not_json", "detail": "the body cannot be read as JSON"}
ONLY_OURSELVES = (
    "default-src 'none'; img-src data:; script-src 'unsafe-inline'; style-src "
    "'unsafe-inline'; connect-src 'self'"
)
LEAST = {  # with less, the service would start and then be shut to everybody
    "max_batch": 1,
    "max_wait": 0,
    "max_queue": MAX_TEXTS,  # else the largest question would never fit
    "max_connections": 1,
    "rate": 0,
    "burst": 1,
    "max_bytes": len('{"texts":["a"]}'),
    "read_seconds": 0.01,
    "answer_seconds": 0.01,
    "drain_seconds": 0,
    "stop_seconds": 0,
}


@dataclass(frozen=True)
class Settings:
    """Each is an option on the command line: --max-batch 1."""

    host: str = "127.0.0.1"  # this machine only; 0.0.0.0 in a container, to be reached
    port: int = 8000  # 0: one that the operating system chooses
    max_batch: int = 16  # texts
    max_wait: float = 0.002  # seconds
    max_queue: int = 512  # texts
    max_connections: int = 500
    rate: float = 20.0  # requests a second for one client; 0: no limit
    burst: int = 40  # requests
    max_bytes: int = 400_000  # of a request's body: the largest question, all escaped
    read_seconds: float = 10.0  # for a request's headers, and again for its body
    answer_seconds: float = 30.0  # from the door to the answer
    drain_seconds: float = 1.0  # not ready any more, but still listening, before it stops
    stop_seconds: int = 8  # for what is in flight then: Docker kills after 10

    def __post_init__(self):
        for name, least in LEAST.items():
            value = getattr(self, name)
            if not least <= value < math.inf:  # nan too is refused
                raise ValueError(f"{name} must be {least} or more, finite, not {value}")
        if self.max_wait >= self.answer_seconds:
            raise ValueError("max_wait must be less than answer_seconds")


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
        if path is None or path.startswith("/v1/"):  # None: it was no request yet
            self.answers.labels(str(status)).inc()
            self.seconds.observe(seconds)

    def on_batch(self, size, seconds):
        self.batch.observe(size)
        self.model.inc(seconds)


def create_app(settings, load=Classifier, on_end=lambda error: None):
    """The application; `load` makes the classifier, and may take its time.

    `on_end` is called with the error if the model cannot be loaded or the loop of the
    queue ends: a service that cannot do its work must not look alive.
    """
    meters = Meters()
    batcher = None

    async def work():
        nonlocal batcher
        classify = await asyncio.to_thread(load)
        await asyncio.to_thread(classify, ["warm up"])
        limits = (settings.max_batch, settings.max_wait, settings.max_queue)
        batcher = Batcher(classify, *limits, on_batch=meters.on_batch)
        meters.queued.set_function(lambda: len(batcher.queue))
        await batcher.task

    @asynccontextmanager
    async def life(app):
        working = asyncio.create_task(work())
        working.add_done_callback(
            lambda task: task.exception() and on_end(task.exception())
        )
        yield
        while batcher is None and not working.done():  # it is still being loaded
            await asyncio.sleep(0.1)
        if not working.done():
            await batcher.close()

    def is_ready():
        return batcher is not None and batcher.is_alive() and not app.state.draining

    app = FastAPI(title="Sentiment", lifespan=life, docs_url=None, redoc_url=None)
    app.state.draining, app.state.on_answer = False, meters.on_answer
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
    async def sentiment(question: Question, request: Request) -> Answer:
        if batcher is None:
            raise HTTPException(503, "the model is still being loaded")
        with meters.in_flight.track_inprogress():
            done = await unless_gone(
                request, batcher.submit(question.texts), settings.answer_seconds
            )
        _, batch, waited, seconds = done[0]
        cost = {"batch": batch, "waited_ms": 1e3 * waited, "model_ms": 1e3 * seconds}
        return Answer(verdicts=[verdict for verdict, *_ in done], cost=cost)

    @app.get("/health")
    async def health():
        return {"alive": True}

    @app.get("/ready")
    async def ready():
        return JSONResponse({"ready": is_ready()}, 200 if is_ready() else 503)

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
            return JSONResponse(NOT_JSON, 400)
        unknown = first["type"] == "extra_forbidden"  # its name is the client's own words
        place = first["loc"][:-1] if unknown else first["loc"]
        what = "a field that is not known here" if unknown else first["msg"]
        detail = f"{'.'.join(map(str, place))}: {what}"
        return JSONResponse({"error": "invalid", "detail": detail}, 422)

    @app.exception_handler(Ended)
    async def ended(request: Request, error: Ended):
        return JSONResponse({"error": "stopping", "detail": str(error)}, 503)

    @app.exception_handler(CutOff)
    async def gone(request: Request, error: CutOff):
        return Response(status_code=GONE)  # for the metrics: nobody reads it

    @app.exception_handler(Overloaded)
    async def overloaded(request: Request, error: Overloaded):
        return JSONResponse(
            {"error": "overloaded", "detail": str(error)}, 503, {"Retry-After": "1"}
        )

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException):
        if error.status_code == 400:  # no UTF-8, or nested too deeply
            return JSONResponse(NOT_JSON, 400)
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


class Server(uvicorn.Server):
    """Stops in two steps: first it is not ready, so that no new work is sent to it."""

    def __init__(self, config, app, drain_seconds):
        super().__init__(config)
        self.app, self.drain_seconds = app, drain_seconds

    def handle_exit(self, sig, frame):
        if self.app.state.draining:  # told twice: at once
            return super().handle_exit(sig, frame)
        self.app.state.draining = True
        last = threading.Timer(self.drain_seconds, super().handle_exit, (sig, frame))
        last.daemon = True
        last.start()


def stop(*_):
    """Before the server runs, and after it has finished, a signal means: end."""
    raise SystemExit(0)


def main(load=Classifier):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in fields(Settings):
        name = f"--{option.name.replace('_', '-')}"
        parser.add_argument(name, type=option.type, default=option.default)
    try:
        settings = Settings(**vars(parser.parse_args()))
    except ValueError as error:
        parser.error(str(error))  # ends with status 2
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, stop)
    try:
        listening = socket.create_server((settings.host, settings.port), backlog=512)
    except (OSError, OverflowError) as error:
        raise SystemExit(f"port {settings.port} cannot be used: {error}") from None
    # else each answer may wait 40 ms for an ACK
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    failures = []

    def on_end(error):
        failures.append(error)
        server.should_exit = True

    app = create_app(settings, load, on_end)
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # else a client could choose the address it is counted under
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    ImpatientProtocol.header_seconds = settings.read_seconds
    ImpatientProtocol.max_connections = settings.max_connections
    ImpatientProtocol.on_answer = staticmethod(app.state.on_answer)
    server = Server(config, app, settings.drain_seconds)
    server.run(sockets=[listening])
    if failures:
        raise SystemExit(f"the model failed: {type(failures[0]).__name__}: {failures[0]}")


if __name__ == "__main__":
    main()
