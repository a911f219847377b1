"""The service of *From a model to a service* under hard use: real processes, with stand-ins for a model that fails."""

import asyncio
import gzip
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from tools.environment import ROOT

FOLDER = ROOT / "book" / "5_deployment" / "03_from_a_model_to_a_service"
sys.path.insert(0, str(FOLDER))

import app  # noqa: E402
from batching import Batcher, Ended, Overloaded  # noqa: E402

WEB = httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
VERDICT = '{"label": "positive", "probability": 0.9, "cut": False}'
QUICK = f"lambda: lambda texts: [{VERDICT} for _ in texts]"
SLOW = f"lambda: lambda texts: [time.sleep(0.5)] * 0 + [{VERDICT} for _ in texts]"
SHORT = f"lambda: lambda texts: [{VERDICT} for text in texts if text != 'poison']"
BROKEN = "lambda: 1 / 0"


@contextmanager
def service(load, *options, program="app"):
    """A running service and its address; `load` is the code of what makes the classifier."""
    code = f"import sys, time; sys.path.insert(0, {str(FOLDER)!r}); import {program}; {program}.main(load={load})"
    command = [sys.executable, "-c", code, "--port", "0", *map(str, options)]
    with _started(command) as (process, url):
        wait_until(lambda: process.poll() is not None or is_ready(url))
        yield process, url


@contextmanager
def _started(command, **variables):
    variables = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | variables
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables, cwd=ROOT
    )
    try:
        line = process.stdout.readline()
        yield process, f"http://127.0.0.1:{json.loads(line)['port']}" if line else None
    finally:
        process.kill()
        process.communicate()


def is_ready(url):
    try:
        return WEB.get(f"{url}/ready").status_code == 200
    except httpx.TransportError:  # it has ended
        return False


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def ask(url, texts=("A fine film.",), **options):
    return WEB.post(f"{url}/v1/sentiment", json={"texts": list(texts)}, timeout=60, **options)


def metric(url, name):
    lines = WEB.get(f"{url}/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


QUESTION = b'{"texts": ["A fine film."]}'
REQUEST = (
    b"POST /v1/sentiment HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nConnection: close\r\n"
    + f"Content-Length: {len(QUESTION)}\r\n\r\n".encode()
    + QUESTION
)


def sent(url, content):
    """A connection on which bytes were sent as they are."""
    line = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=20)
    line.sendall(content)
    return line


def replied(line):
    """Status, head and body of the whole reply on a connection."""
    reply = b""
    with line:
        while part := line.recv(65536):
            reply += part
    head, _, body = reply.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.lower(), json.loads(body)


@pytest.fixture(scope="module")
def quick():
    with service(QUICK, "--rate", 0) as (_, url):
        yield url


def test_a_forged_address_does_not_get_round_the_rate_limit():
    with service(QUICK, "--rate", 0.01, "--burst", 3) as (_, url):
        forged = [ask(url, headers={"X-Forwarded-For": f"10.0.0.{i}", "Forwarded": "for=1"}) for i in range(6)]
        assert [reply.status_code for reply in forged] == [200] * 3 + [429] * 3
        assert forged[-1].json()["error"] == "too_many_requests"


@pytest.mark.parametrize("name", ["<script>secret", "x" * 60_000, "секрет", "\u202e"])
def test_what_was_sent_is_never_sent_back(quick, name):
    reply = WEB.post(f"{quick}/v1/sentiment", json={"texts": ["fine"], name: 1})
    assert reply.status_code == 422 and reply.headers["content-type"] == "application/json"
    assert name not in reply.json()["detail"] and len(reply.text) < 300
    assert reply.json() == {"error": "invalid", "detail": "body: a field that is not known here"}


@pytest.mark.parametrize("content", [bytes(range(128, 256)) + b"\r\n\r\n", b"GET\r\n\r\n", b"\0" * 100 + b"\r\n\r\n"])
def test_what_is_no_http_is_refused_in_the_usual_form_and_counted(quick, content):
    before = metric(quick, 'answers_total{status="400"}')
    status, head, body = replied(sent(quick, content))
    assert status == 400 and b"application/json" in head
    assert body == {"error": "not_http", "detail": "this cannot be read as HTTP"}
    assert metric(quick, 'answers_total{status="400"}') == before + 1


def test_the_largest_question_of_the_schema_is_let_in(quick):
    for text in ("好" * 2000, "😀" * 2000):
        body = json.dumps({"texts": [text] * 16})  # six bytes a character, or twelve
        reply = WEB.post(f"{quick}/v1/sentiment", content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == 200, reply.text


def test_a_wrong_number_of_answers_fails_alone():
    with service(SHORT, "--rate", 0) as (_, url):
        reply = ask(url, ["poison"])
        assert reply.status_code == 500 and reply.json()["error"] == "internal"
        assert ask(url, ["fine", "poison"]).status_code == 500
        assert ask(url).status_code == 200 and WEB.get(f"{url}/ready").status_code == 200


def test_a_model_that_cannot_be_loaded_ends_the_service():
    with service(BROKEN) as (process, _):
        assert process.wait(20) != 0
        assert "the model failed: ZeroDivisionError" in process.stderr.read()


def test_clients_that_hang_up_leave_no_work_behind():
    with service(SLOW, "--rate", 0, "--max-batch", 1) as (_, url):
        lines = [sent(url, REQUEST) for _ in range(60)]
        time.sleep(0.5)
        for line in lines:
            line.close()
        start = time.monotonic()
        assert ask(url).status_code == 200
        assert time.monotonic() - start < 5, "sixty texts of clients that have gone would take thirty seconds"
        assert metric(url, "queued_texts") == 0
        assert metric(url, 'answers_total{status="499"}') >= 50


def test_an_answer_that_takes_too_long_is_given_up():
    with service(SLOW, "--answer-seconds", 0.1) as (_, url):
        reply = ask(url)
        assert reply.status_code == 503 and reply.json()["error"] == "overloaded" and reply.headers["retry-after"]


def test_connections_have_a_bound():
    with service(QUICK, "--max-connections", 5) as (_, url):
        idle = [sent(url, b"") for _ in range(5)]
        time.sleep(0.2)
        status, _, body = replied(sent(url, b""))
        assert status == 503 and body["error"] == "overloaded"
        for line in idle:
            line.close()
        time.sleep(0.2)
        assert WEB.get(f"{url}/health").status_code == 200


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_stopped_under_load_it_loses_nothing_and_ends_in_time(told):
    with service(SLOW, "--rate", 0, "--max-batch", 2, "--drain-seconds", 2) as (process, url):
        lines = [sent(url, REQUEST) for _ in range(12)]
        wait_until(lambda: metric(url, "in_flight") == 12)
        start = time.monotonic()
        process.send_signal(told)
        time.sleep(0.3)
        assert WEB.get(f"{url}/ready").status_code == 503, "it says that it stops before it does"
        assert WEB.get(f"{url}/health").status_code == 200
        assert [replied(line)[0] for line in lines] == [200] * 12
        assert process.wait(10) == 0 and time.monotonic() - start < 10, "Docker kills after ten seconds"
        assert "Traceback" not in process.stderr.read()


def test_a_port_that_is_none_is_said_plainly():
    command = [sys.executable, str(FOLDER / "app.py"), "--port", "99999"]
    with _started(command) as (process, _):
        assert "port 99999 cannot be used" in process.stderr.read() and process.wait(20) == 1


@pytest.mark.parametrize(
    "option, value",
    [
        ("max-batch", 0),
        ("max-wait", "nan"),
        ("max-wait", -1),
        ("max-wait", "inf"),
        ("max-wait", 30),  # as long as an answer may take
        ("max-queue", 0),
        ("max-queue", 15),  # sixteen texts may come in one request
        ("max-connections", 0),
        ("rate", "nan"),
        ("rate", -1),
        ("burst", 0),
        ("max-bytes", -1),
        ("max-bytes", 10),
        ("read-seconds", 0),
        ("answer-seconds", "nan"),
        ("drain-seconds", -1),
        ("stop-seconds", -1),
    ],
)
def test_a_setting_that_would_shut_the_service_is_refused(option, value, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["app.py", f"--{option}={value}"])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 2 and f"error: {option.replace('-', '_')} must be" in capsys.readouterr().err


def test_settings_at_their_edges_are_taken():
    app.Settings(max_batch=1, max_wait=0, max_queue=16, max_connections=1, rate=0, burst=1, max_bytes=10**13)
    app.Settings(read_seconds=0.01, answer_seconds=0.01, drain_seconds=0, stop_seconds=0)


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, '{"texts": ["café"]}'.encode("latin-1"), b"\xff\xfe", b'{"texts": [', b"x"]
)
def test_what_is_no_json_is_said_in_one_word(quick, content):
    reply = WEB.post(f"{quick}/v1/sentiment", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert reply.json() == {"error": "not_json", "detail": "the body cannot be read as JSON"}


def test_a_batch_that_fails_after_its_client_has_gone_does_not_stop_the_others():
    def fails_once(texts):
        time.sleep(0.2)
        if "bad" in texts:
            raise ValueError("no")
        return [text.upper() for text in texts]

    async def go():
        batcher = Batcher(fails_once, max_batch=4, max_wait=0, max_queue=8)
        gone = asyncio.ensure_future(batcher.submit(["bad"]))
        await asyncio.sleep(0.1)
        gone.cancel()
        (answer,) = await asyncio.wait_for(batcher.submit(["good"]), 5)
        assert answer[0] == "GOOD" and batcher.is_alive()
        await batcher.close()

    asyncio.run(go())


def test_a_batcher_that_ends_tells_those_who_wait():
    def meter(*_):
        raise RuntimeError("the meter is broken")

    async def go():
        batcher = Batcher(lambda texts: texts, max_batch=1, max_wait=0, max_queue=8, on_batch=meter)
        for _ in range(2):  # the one in work, and one that comes later
            with pytest.raises(Ended):
                await asyncio.wait_for(batcher.submit(["a"]), 5)
        assert not batcher.is_alive()

    asyncio.run(go())


def test_only_those_who_wait_count_against_the_queue():
    async def go():
        batcher = Batcher(lambda texts: time.sleep(0.2) or texts, max_batch=1, max_wait=0, max_queue=2)
        first = asyncio.ensure_future(batcher.submit(["in work"]))
        await asyncio.sleep(0.05)
        waiting = asyncio.ensure_future(batcher.submit(["a", "b"]))
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded, match="2 texts are waiting; at most 2 may"):
            await batcher.submit(["c"])
        waiting.cancel()
        await asyncio.sleep(0.05)
        assert len(await batcher.submit(["c", "d"])) == 2
        await first
        await batcher.close()

    asyncio.run(go())


class Upstream(http.server.BaseHTTPRequestHandler):
    """A model's address that packs its answers; some questions it puts off, or leaves in the middle of its answer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        question = self.rfile.read(int(self.headers["content-length"]))
        if b"later" in question:
            self.send_response(429)
            self.send_header("retry-after", "7")
            self.send_header("content-length", "0")
            return self.end_headers()
        if b"cut" in question:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", "1000")
            self.end_headers()
            self.wfile.write(b"data: {}\n\n")
            self.close_connection = True
            return
        if b"slowly" in question:
            time.sleep(1)
        body = gzip.compress(json.dumps({"choices": ["好" * 100]}).encode())
        self.send_response(200)
        for name, value in (
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
            ("content-length", len(body)),
        ):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def gateway():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{upstream.server_port}/v1"
        with _started([sys.executable, str(FOLDER / "gateway.py")], CHAT_UPSTREAM=address, CHAT_KEY="k") as (_, url):
            yield url
        upstream.shutdown()


def chat(url, content, key="k"):
    headers = {"Authorization": f"Bearer {key}"}
    return WEB.post(f"{url}/v1/chat/completions", content=content, headers=headers, timeout=30)


GOOD = json.dumps({"messages": [{"role": "user", "content": "hello"}]}).encode()


def test_the_gateway_passes_packed_answers_on_whole(gateway):
    reply = chat(gateway, GOOD)
    assert reply.status_code == 200 and reply.json() == {"choices": ["好" * 100]}


@pytest.mark.parametrize(
    "content, status, code",
    [
        (b'{"messages": [', 400, "not_json"),
        (b"[" * 100_000, 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b"[]", 400, "invalid"),
        (b"null", 400, "invalid"),
        (b"NaN", 400, "invalid"),
        (b'"messages"', 400, "invalid"),
        (b'{"messages": []}', 400, "invalid"),
        (b'{"messages": "hello"}', 400, "invalid"),
        (b'{"messages": ["' + b"x" * 1_100_000 + b'"]}', 413, "too_large"),
    ],
)
def test_the_gateway_refuses_in_the_form_of_its_interface(gateway, content, status, code):
    reply = chat(gateway, content)
    error = reply.json()["error"]
    assert reply.status_code == status and error["code"] == code
    assert error.keys() == {"message", "type", "param", "code"} and len(reply.text) < 500


def test_the_gateway_says_when_key_address_or_model_are_missing(gateway):
    assert chat(gateway, GOOD, key="guess").json()["error"]["code"] == "invalid_api_key"
    assert WEB.get(f"{gateway}/elsewhere").json()["error"]["code"] == "refused"
    nobody = "http://127.0.0.1:9/v1"
    with _started([sys.executable, str(FOLDER / "gateway.py")], CHAT_UPSTREAM=nobody, CHAT_KEY="k") as (_, url):
        reply = chat(url, GOOD)
        assert reply.status_code == 502 and reply.json()["error"]["code"] == "upstream"


def asked(content):
    return json.dumps({"messages": [{"role": "user", "content": content}]}).encode()


def test_the_gateway_passes_on_when_to_come_back(gateway):
    reply = chat(gateway, asked("later"))
    assert reply.status_code == 429 and reply.headers["retry-after"] == "7"
    assert "retry-after" not in chat(gateway, GOOD).headers


def test_who_leaves_the_gateway_or_is_left_by_it_leaves_no_traceback():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{upstream.server_port}/v1"
        with _started([sys.executable, str(FOLDER / "gateway.py")], CHAT_UPSTREAM=address, CHAT_KEY="k") as (own, url):
            head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer k\r\n"
            for length, body in ((1000, b"{"), (len(asked("slowly")), asked("slowly"))):
                sent(url, head + b"Content-Length: %d\r\n\r\n" % length + body).close()
            with pytest.raises(httpx.RemoteProtocolError):  # what was cut must not look whole
                chat(url, asked("cut"))
            time.sleep(1.5)
            assert chat(url, GOOD).status_code == 200
            own.terminate()
            said = own.stderr.read()
            assert "Traceback" not in said, said
        upstream.shutdown()
