"""A second address for the chat model: it asks for a key, and passes on what has one.

CHAT_UPSTREAM=http://127.0.0.1:8000/v1 CHAT_KEY=… python gateway.py
"""

import hmac
import json
import os
import socket
from contextlib import suppress

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

KEY = os.environ["CHAT_KEY"]
MAX_BYTES = 1_000_000  # of a request
upstream = httpx.AsyncClient(
    base_url=os.environ["CHAT_UPSTREAM"], timeout=120, trust_env=False
)
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Problem(Exception):
    """A request that is not passed on, in the form that the interface's clients read."""

    def __init__(self, status, message, code, param=None):
        kind = "invalid_request_error" if status < 500 else "server_error"
        error = {"message": message, "type": kind, "param": param, "code": code}
        self.answer = JSONResponse({"error": error}, status)


@app.post("/v1/chat/completions")
async def chat(request: Request):
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {KEY}".encode()):
        raise Problem(
            401, "this address wants a key, and this is not it", "invalid_api_key"
        )
    body = await checked_body(request)
    question = upstream.build_request(
        "POST",
        "/chat/completions",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    try:
        answer = await upstream.send(question, stream=True)
    except httpx.HTTPError:
        raise Problem(
            502, "the model behind this address does not answer", "upstream"
        ) from None
    kept = {"content-type", "retry-after"} & answer.headers.keys()
    headers = {name: answer.headers[name] for name in kept}
    return PassedOn(passed_on(answer), answer.status_code, headers)


async def checked_body(request):
    """The bytes of a request that has messages, within bounds."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BYTES:
                raise Problem(413, f"at most {MAX_BYTES} bytes", "too_large")
    except ClientDisconnect:
        raise Problem(499, "the client has gone", "gone") from None
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "the body cannot be read as JSON", "not_json") from None
    messages = content.get("messages") if isinstance(content, dict) else None
    if not isinstance(messages, list) or not messages:
        raise Problem(400, "messages is missing or empty", "invalid", "messages")
    return body


class PassedOn(StreamingResponse):
    """Ends without its last piece if the upstream does: a cut must not look whole."""

    async def stream_response(self, send):
        with suppress(httpx.HTTPError):
            await super().stream_response(send)


async def passed_on(answer):
    """The answer's content, unpacked, piece by piece; closed when the client goes."""
    try:
        async for part in answer.aiter_bytes():
            yield part
    finally:
        await answer.aclose()


@app.exception_handler(Problem)
async def refused(request: Request, problem: Problem):
    return problem.answer


@app.exception_handler(HTTPException)
async def not_here(request: Request, error: HTTPException):
    return Problem(error.status_code, str(error.detail), "refused").answer


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    config = uvicorn.Config(app, log_level="warning", proxy_headers=False)
    uvicorn.Server(config).run(sockets=[listening])
