"""A second address for the chat model: it asks for a key, and passes on what has one.

CHAT_UPSTREAM=http://127.0.0.1:8000/v1 CHAT_KEY=… python gateway.py
"""

import hmac
import json
import os
import socket

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

KEY = os.environ["CHAT_KEY"]
upstream = httpx.AsyncClient(
    base_url=os.environ["CHAT_UPSTREAM"], timeout=120, trust_env=False
)
app = FastAPI()


def problem(status, message):
    return JSONResponse(
        {"error": {"message": message, "type": "invalid_request_error"}}, status
    )


@app.post("/v1/chat/completions")
async def chat(request: Request):
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {KEY}".encode()):
        return problem(401, "this address wants a key, and this is not it")
    body = await request.json()
    if not body.get("messages"):
        return problem(400, "messages is missing or empty")
    answer = await upstream.send(
        upstream.build_request("POST", "/chat/completions", json=body), stream=True
    )
    return StreamingResponse(
        answer.aiter_raw(), answer.status_code, media_type=answer.headers["content-type"]
    )


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
