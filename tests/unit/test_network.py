"""What runs the chapters cannot leave this machine: Python, its children, and compiled programs."""

import http.server
import platform
import shutil
import subprocess
import sys
import threading

import pytest

from tests.conftest import missing
from tools import network

OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody answers there
CONNECT = f"import socket; socket.create_connection(({OUTSIDE!r}, 80), timeout=5)"


def run(command):
    command, variables = network.isolated(command)
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)


def refused(result):
    return result.returncode != 0 and any(
        word in result.stderr for word in ("Network is unreachable", "offline", "name resolution", "not known")
    )


@pytest.fixture(params=["namespace", "guard"])
def means(request, monkeypatch):
    if request.param == "guard":
        monkeypatch.setattr(network, "has_namespaces", lambda: False)
        monkeypatch.setattr(platform, "system", lambda: "Darwin")
    elif not network.has_namespaces():
        missing("no network namespaces here")
    return request.param


def test_python_cannot_leave(means):
    assert refused(run([sys.executable, "-c", CONNECT]))


def test_a_name_cannot_be_looked_up(means):
    assert refused(run([sys.executable, "-c", "import socket; socket.getaddrinfo('example.org', 80)"]))


def test_a_child_process_cannot_leave(means):
    child = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {CONNECT!r}]).returncode)"
    assert refused(run([sys.executable, "-c", child]))


def test_a_compiled_client_cannot_leave():
    if not network.has_namespaces():
        missing("no network namespaces here")
    curl, bash = shutil.which("curl"), shutil.which("bash")
    if curl:
        assert run([curl, "--max-time", "5", f"http://{OUTSIDE}/"]).returncode != 0
    result = run([bash, "-c", f"exec 3<>/dev/tcp/{OUTSIDE}/80"])
    assert "unreachable" in result.stderr


SERVER = """
import http.server, threading, urllib.request
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").status)
print(urllib.request.urlopen(f"http://localhost:{server.server_port}/").status)
"""


def test_a_server_on_loopback_works(means):
    result = run([sys.executable, "-c", SERVER])
    assert result.stdout.split() == ["200", "200"], result.stderr


def test_the_loopback_of_a_namespace_is_its_own():
    if not network.has_namespaces():
        missing("no network namespaces here")
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reach = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{server.server_port}/', timeout=5)"
        assert run([sys.executable, "-c", reach]).returncode != 0
        server.shutdown()


def test_ci_does_without_no_namespace(monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(network, "has_namespaces", lambda: False)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    with pytest.raises(RuntimeError, match="namespaces"):
        network.isolated(["true"])
