"""What stands before the service: limits on rate, size and time, and the counting of
every answer."""

import asyncio
import json
import time
from collections import OrderedDict
from http import HTTPStatus

from batching import Overloaded
from starlette.responses import JSONResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

GONE = 499  # no status of HTTP: how nginx, and others since, count clients that hung up


class Refusal(Exception):
    """A request that is answered at the door."""

    def __init__(self, status, error, detail, **headers):
        self.status, self.error, self.detail = status, error, detail
        self.headers = headers


class CutOff(Exception):
    """The client hung up before its request was complete: nobody is left to answer."""


class TokenBucket:
    """`rate` tokens a second flow in, `burst` fit; each request takes one."""

    def __init__(self, rate, burst):
        self.rate, self.burst = rate, burst
        self.level, self.last = burst, None

    def take(self, now):
        """Seconds until the next token: 0 if there was one, and it is taken."""
        elapsed = 0.0 if self.last is None else now - self.last
        self.level, self.last = min(self.burst, self.level + self.rate * elapsed), now
        if self.level < 1:
            return (1 - self.level) / self.rate
        self.level -= 1
        return 0.0


class Door:
    """ASGI middleware: reads the whole body within bounds, or refuses; then lets the
    request in."""

    max_clients = 10_000  # buckets kept, lest the limiter itself fill the memory

    def __init__(self, app, *, rate, burst, max_bytes, read_seconds, on_answer):
        self.app, self.on_answer = app, on_answer
        self.rate, self.burst, self.max_bytes, self.read_seconds = (
            rate,
            burst,
            max_bytes,
            read_seconds,
        )
        self.buckets = OrderedDict()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start, status = time.perf_counter(), [500]

        async def noted(message):
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            await send(message)

        try:
            self.check_rate(scope)
            body = await self.read(scope, receive)
            await self.app(scope, replay(body, receive), noted)
        except Refusal as no:
            problem = {"error": no.error, "detail": no.detail}
            await JSONResponse(problem, no.status, no.headers)(scope, receive, noted)
        except CutOff:
            status[0] = GONE
        finally:
            self.on_answer(scope["path"], status[0], time.perf_counter() - start)

    def check_rate(self, scope):
        if not self.rate or not scope["path"].startswith("/v1/"):
            return
        client = scope["client"][0]
        bucket = self.buckets.setdefault(client, TokenBucket(self.rate, self.burst))
        self.buckets.move_to_end(client)
        if len(self.buckets) > self.max_clients:
            self.buckets.popitem(last=False)
        wait = bucket.take(time.monotonic())
        if wait:
            detail = f"at most {self.rate:g} requests a second"
            raise Refusal(
                429, "too_many_requests", detail, **{"Retry-After": str(int(wait) + 1)}
            )

    async def read(self, scope, receive):
        """The body, if it is small enough and comes in time."""
        too_large = Refusal(
            413, "too_large", f"at most {self.max_bytes} bytes", Connection="close"
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if int(declared) > self.max_bytes:
            raise too_large  # refused by its own word, before a byte of it is read
        body, more = b"", True
        try:
            async with asyncio.timeout(self.read_seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise CutOff
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self.max_bytes:
                        raise too_large
        except TimeoutError:
            detail = f"the body was not complete after {self.read_seconds:g} seconds"
            raise Refusal(408, "too_slow", detail, Connection="close") from None
        return body


def replay(body, receive):
    """A `receive` that gives the body already read, and then what the client does
    next."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again():
        return messages.pop() if messages else await receive()

    return again


async def unless_gone(request, work, seconds):
    """What `work` gives; it is given up when the client hangs up or its time is over."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(hung_up(request))
    try:
        await asyncio.wait(
            {working, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if working.done():
            return working.result()
        if gone.done():
            raise CutOff
        raise Overloaded(f"no answer within {seconds:g} seconds")
    finally:
        working.cancel()
        gone.cancel()


async def hung_up(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


class ImpatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with limits on the time for headers and on the connections.

    What is refused here, before the application hears of it, has the usual form.
    """

    header_seconds = 10.0
    max_connections = 500
    on_answer = staticmethod(lambda path, status, seconds: None)
    timer = None

    def connection_made(self, transport):
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self.refuse(503, "overloaded", "too many connections are open")
        else:
            self.watch()

    def data_received(self, data):
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self.unwatch()  # the headers are complete; from here on the door keeps time
        else:
            self.watch()

    def connection_lost(self, exc):
        self.unwatch()
        super().connection_lost(exc)

    def watch(self):
        if self.timer is None:
            self.timer = self.loop.call_later(self.header_seconds, self.hang_up)

    def unwatch(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def hang_up(self):
        self.refuse(408, "too_slow", "the headers were not complete in time")

    def send_400_response(self, msg):
        self.refuse(400, "not_http", "this cannot be read as HTTP")

    def refuse(self, status, error, detail):
        if self.transport.is_closing():
            return
        body = json.dumps({"error": error, "detail": detail}).encode()
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.transport.close()
        self.on_answer(None, status, 0.0)
