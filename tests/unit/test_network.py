"""What runs the chapters cannot leave this machine: Python, its children, and compiled programs."""

import http.server
import platform
import shutil
import subprocess
import sys
import threading

import pytest

from tests.conftest import missing
from tools import network, surroundings

OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody answers there
CONNECT = f"import socket; socket.create_connection(({OUTSIDE!r}, 80), timeout=5)"


def run(command):
    command, variables = network.isolated(command)
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)


def refused(result):
    return result.returncode != 0 and any(
        word in result.stderr for word in ("timed out", "offline", "name resolution", "not known")
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
    assert "timed out" in result.stderr


TRIES = """
import socket
for address in (("198.51.100.7", 443), ("2001:db8::7", 80)):
    try:
        socket.create_connection(address, timeout=0.5)
    except OSError:
        pass
try:
    socket.getaddrinfo("telemetry.example.org", 443)
except OSError:
    pass
"""
STUB = """
import socket
question = bytes(12) + b"\\4stub\\7example\\0\\0\\1\\0\\1"
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(question, ("127.0.0.53", 53))
"""


def attempts_of(program, report):
    command, variables = network.isolated([sys.executable, "-c", program], report)
    subprocess.run(command, env=variables, timeout=60, check=True)
    return network.attempts(report)


def test_every_attempt_to_leave_is_counted_and_named(tmp_path):
    if not network.has_namespaces():
        missing("no network namespaces here")
    found = attempts_of(TRIES, tmp_path / "report.json")
    for what in ("198.51.100.7 port 443 (TCP)", "2001:db8::7 port 80 (TCP)", "the address of telemetry.example.org"):
        assert any(attempt.startswith(what) for attempt in found), (what, found)
    assert len(found) == 3, found


def test_a_question_to_a_name_server_on_this_machine_is_counted(tmp_path):
    if not network.has_namespaces():
        missing("no network namespaces here")
    (found,) = attempts_of(STUB, tmp_path / "report.json")
    assert found.startswith("the address of stub.example (")


def test_a_server_on_loopback_is_no_attempt(tmp_path):
    if not network.has_namespaces():
        missing("no network namespaces here")
    assert attempts_of(SERVER, tmp_path / "report.json") == []


def test_the_status_of_the_command_comes_back():
    assert run([sys.executable, "-c", "raise SystemExit(7)"]).returncode == 7
    assert run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]).returncode in (-9, 137)


def test_onnx_runtime_makes_no_attempt_and_writes_nothing(tmp_path):
    """Its import alone would write a device's name into the reader's cache and call its maker."""
    if not network.has_namespaces():
        missing("no network namespaces here")
    program = "import onnxruntime, time; onnxruntime.get_available_providers(); time.sleep(2)"
    variables = surroundings.variables(tmp_path / "home")
    command, variables = network.isolated([sys.executable, "-c", program], tmp_path / "report.json", variables)
    subprocess.run(command, env=variables, timeout=60, check=True)
    assert network.attempts(tmp_path / "report.json") == []
    assert surroundings.written_home(tmp_path / "home") == []


@pytest.mark.parametrize(
    "name",
    [
        *("PYTHONHASHSEED", "PYTHONUTF8", "PYTHONIOENCODING", "COLUMNS", "TZ", "ATEN_CPU_CAPABILITY", "MKL_CBWR"),
        *("LC_ALL", "ACCELERATE_MIXED_PRECISION", "ONEDNN_MAX_CPU_ISA", "DNNL_VERBOSE", "JAX_ENABLE_X64", "XLA_FLAGS"),
        *("TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND", "TORCHDYNAMO_DISABLE", "NVIDIA_TF32_OVERRIDE", "RAY_ADDRESS"),
        *("NODE_OPTIONS", "PYTEST_ADDOPTS", "PYTHONHOME", "PYTHONDEVMODE", "FORCE_COLOR", "NO_COLOR", "GIT_DIR"),
        *(
            "SKLEARN_ASSUME_FINITE",
            "PROMETHEUS_MULTIPROC_DIR",
            "PYTORCH_NO_CUDA_MEMORY_CACHING",
            "TOKENIZERS_PARALLELISM",
        ),
    ],
)
def test_settings_that_would_change_a_chapter_stay_outside(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("MKL_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    kept = surroundings.variables(tmp_path / "home")
    assert name not in kept and kept["MKL_NUM_THREADS"] == kept["OPENBLAS_NUM_THREADS"] == "1"


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
