"""The parts of *On Colab and in the cloud* that meet what is not here: a full Colab, a container engine."""

import http.server
import importlib.util
import os
import subprocess
import sys
import threading

import pytest

from tools import colab_setup
from tools.environment import ROOT
from utils.sources import definitions

FOLDER = ROOT / "book" / "5_deployment" / "06_on_colab_and_in_the_cloud"


on_unix = pytest.mark.skipif(os.name == "nt", reason="Colab and the engine that plays Docker are of the Unix kind")


@pytest.fixture
def colab(monkeypatch):
    """A Colab with a pip that obeys constraints: onnx wants a newer protobuf, stuck a newer numpy, jiwer nothing."""
    held = {"torch": "2.11.0+cu128", "torchvision": "0.26", "numpy": "2.0.2", "protobuf": "5.29.6", "pandas": "2.2.2"}
    needs = {"onnx": {"protobuf": "7.36.2"}, "stuck": {"numpy": "2.4.6"}, "jiwer": {}}
    calls = []

    def run(command, **options):
        if "--constraint" not in command:
            calls.append(("models", {}))
            return subprocess.CompletedProcess(command, 0)
        with open(command[command.index("--constraint") + 1]) as file:
            pinned = dict(line.strip().split("==") for line in file)
        packages = command[command.index("--constraint") + 2 :]
        calls.append((packages, pinned))
        wanted = {name: version for package in packages for name, version in needs[package].items()}
        if any(pinned.get(name, version) != version for name, version in wanted.items()):
            return subprocess.CompletedProcess(command, 1, stderr="ERROR: ResolutionImpossible")
        held.update(wanted | dict.fromkeys(packages, "1"))
        return subprocess.CompletedProcess(command, 0, stderr="")

    monkeypatch.setattr(colab_setup.subprocess, "run", run)
    monkeypatch.setattr(colab_setup, "installed", lambda: dict(held))
    monkeypatch.setattr(colab_setup.importlib.util, "find_spec", lambda module: None)
    return held, needs, calls, lambda *names: monkeypatch.setattr(colab_setup, "LACKING", dict(zip(names, names)))


def test_colab_asks_pip_once_where_all_fits(colab, capsys):
    held, _, calls, lacks = colab
    lacks("jiwer")
    before = dict(held)
    colab_setup.install()
    assert calls == [(["jiwer"], before), ("models", {})] and not capsys.readouterr().out
    assert before.items() <= held.items() and "jiwer" in held


def test_colab_says_what_a_package_moved_and_keeps_the_core(colab, capsys):
    held, _, calls, lacks = colab
    lacks("onnx", "jiwer")
    colab_setup.install()
    assert "onnx: installed; moved for it: protobuf 5.29.6 to 7.36.2" in capsys.readouterr().out
    assert {"onnx", "jiwer"} <= held.keys() and held["protobuf"] == "7.36.2"
    core = {"torch": "2.11.0+cu128", "torchvision": "0.26", "numpy": "2.0.2", "pandas": "2.2.2"}
    pinned = [constraints for what, constraints in calls if what != "models"]
    assert all(core.items() <= constraints.items() for constraints in pinned), "torch and numpy are pinned in each call"
    assert sum("protobuf" not in constraints for constraints in pinned) == 1, "only the one that blocks is let off"
    assert core.items() <= held.items() and calls[-1][0] == "models"


def test_colab_goes_on_without_a_package_that_would_move_the_core(colab, capsys):
    held, _, calls, lacks = colab
    lacks("stuck", "jiwer")
    colab_setup.install()
    out = capsys.readouterr().out
    assert "stuck: not installed" in out and "ResolutionImpossible" in out and "jiwer:" not in out
    assert held["numpy"] == "2.0.2" and "jiwer" in held and "stuck" not in held and calls[-1][0] == "models"


def test_colab_stops_where_nothing_can_be_installed(colab):
    _, _, calls, lacks = colab
    lacks("stuck")
    with pytest.raises(SystemExit, match="nothing could be installed"):
        colab_setup.install()
    assert calls[-1][0] != "models"


def test_colab_without_a_network_is_told_at_once(colab, monkeypatch):
    _, _, _, lacks = colab
    lacks("onnx", "jiwer")
    asked = []
    down = subprocess.CompletedProcess([], 1, stderr="WARNING: Retrying after NewConnectionError")
    monkeypatch.setattr(colab_setup.subprocess, "run", lambda *words, **options: asked.append(words) or down)
    with pytest.raises(SystemExit, match="network"):
        colab_setup.install()
    assert len(asked) == 1


SET_UP = """import colab_setup, pathlib
colab_setup.LACKING = {name: name for name in ("onnx", "gguf", "jiwer")}
colab_setup.MODELS = pathlib.Path("models.txt")
colab_setup.install()
print(sorted(f"{name} {version}" for name, version in colab_setup.installed().items()))"""


@on_unix
def test_colab_with_the_real_pip(tmp_path):
    """What the pip above plays, in a fresh environment of packages with names and versions only."""
    page = FOLDER.with_suffix(".ipynb")
    stub = definitions(page, ["stub"])["stub"]
    shelf, image = tmp_path / "shelf", tmp_path / "image"
    shelf.mkdir()
    image.mkdir()
    there = [
        str(stub(image, *each)) for each in (("protobuf", "5.29.6"), ("numpy", "2.0.2"), ("torch", "2.11.0+cu128"))
    ]
    for name, version, needs in (
        ("protobuf", "7.36.2", ()),
        ("numpy", "2.4.6", ()),
        ("onnx", "1.23.2", ("protobuf>=6.31.1",)),
        ("gguf", "0.19.0", ("numpy>=2.4",)),
        ("jiwer", "4.0.0", ()),
    ):
        stub(shelf, name, version, needs, (name,))
    (tmp_path / "models.txt").write_text("")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "copy"], check=True)
    python = tmp_path / "copy" / "bin" / "python"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "PIP_CONFIG_FILE": os.devnull}
    variables |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONPATH": str(ROOT / "tools")}
    options = {"env": variables, "cwd": tmp_path, "capture_output": True, "text": True}
    placed = subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *there], **options)
    assert placed.returncode == 0, placed.stderr
    ran = subprocess.run([python, "-c", SET_UP], **options)
    assert ran.returncode == 0, ran.stderr
    assert "onnx: installed; moved for it: protobuf 5.29.6 to 7.36.2" in ran.stdout
    assert "gguf: not installed" in ran.stdout and "conflicting dependencies" in ran.stdout
    held = ran.stdout.splitlines()[-1]
    assert all(each in held for each in ("jiwer 4.0.0", "numpy 2.0.2", "onnx 1.23.2", "torch 2.11.0+cu128"))
    assert "gguf" not in held


FAKE = """#!{python}
import os, sys
words = sys.argv[1:]
with open({log!r}, "a") as file:
    print(*words, file=file)
state = os.environ.get("FAKE_STATE", "healthy")
if words[0] == state:
    sys.exit("no " + state)
if words[0] == "inspect":
    print("0" if "ExitCode" in words[2] else state if state == "unhealthy" else "healthy")
port = "127.0.0.1:" + os.environ.get("FAKE_PORT", "9")
print({{"image": "1000000", "run": "c0ffee", "port": port, "logs": "its last words"}}.get(words[0], ""))
"""


@pytest.fixture
def service(monkeypatch):
    """What the container serves: not ready twice, as while a model loads; the statuses it gave, in order."""
    gave = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            gave.append(503 if self.path != "/ready" or len(gave) < 2 else 200)
            self.send_response(gave[-1])
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("FAKE_PORT", str(server.server_port))
        yield gave
        server.shutdown()
        thread.join()


@pytest.fixture(params=["docker", "podman"])
def fake(request, tmp_path, monkeypatch):
    """The chapter's module, and an engine on PATH that writes down what it is told."""
    if os.name == "nt":
        pytest.skip("a script is no program there")
    log = tmp_path / "log"
    program = tmp_path / "bin" / request.param
    program.parent.mkdir()
    program.write_text(FAKE.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.delenv("BOOK_BUILD_IMAGE", raising=False)
    spec = importlib.util.spec_from_file_location("engine_of_the_chapter", FOLDER / "engine.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, request.param, lambda: log.read_text().splitlines() if log.exists() else []


def test_no_engine_no_image(fake, monkeypatch, tmp_path):
    module, _, log = fake
    monkeypatch.setenv("BOOK_BUILD_IMAGE", "1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert module.decision() == (None, "no container engine answers here, so the image was not built")
    assert log() == []


def test_a_client_without_its_service_is_no_engine(fake, monkeypatch):
    module, _, log = fake
    monkeypatch.setenv("BOOK_BUILD_IMAGE", "1")
    monkeypatch.setenv("FAKE_STATE", "info")  # "info" fails
    assert module.decision()[0] is None and log() == ["info"]


def test_an_engine_builds_only_when_asked(fake, monkeypatch):
    module, name, log = fake
    assert module.decision()[0] is None and name in module.decision()[1]
    monkeypatch.setenv("BOOK_BUILD_IMAGE", "1")
    assert module.decision()[0] == name and set(log()) == {"info"}, "deciding builds nothing"


def test_the_image_is_built_run_asked_stopped_and_removed(fake, service):
    module, name, log = fake
    asked = []

    def ask(at):
        asked.append((at, list(service)))
        return "yes"

    seen = module.built_and_run(name, ROOT, FOLDER / "container" / "Dockerfile", ask)
    verbs = [line.split()[0] for line in log()]
    asks = ["healthcheck"] if name == "podman" else []  # Podman leaves the check to systemd, which may be missing
    assert verbs == ["build", "image", "run", *asks, "inspect", "port", "stop", "inspect", "rm", "rmi"]
    address = f"http://127.0.0.1:{os.environ['FAKE_PORT']}"
    assert asked == [(address, [503, 503, 200])], "healthy is not ready: asked once the model is loaded"
    assert seen["answer"] == "yes" and seen["megabytes"] == 1
    assert seen["exit_status"] == 0
    assert ("--format docker" in log()[0]) == (name == "podman")
    assert "--read-only" in log()[2] and "127.0.0.1::8000" in log()[2], "not open to the network around it"


@pytest.mark.parametrize(("state", "says"), [("unhealthy", "its last words"), ("port", "no port"), ("stop", "no stop")])
def test_nothing_is_left_where_something_fails(fake, service, monkeypatch, state, says):
    module, name, log = fake
    monkeypatch.setenv("FAKE_STATE", state)
    with pytest.raises(RuntimeError, match=says):
        module.built_and_run(name, ROOT, FOLDER / "container" / "Dockerfile", lambda at: "yes")
    assert [line.split()[0] for line in log()][-2:] == ["rm", "rmi"]


def test_a_service_that_never_gets_ready_is_named_and_removed(fake):
    module, name, log = fake  # nobody listens at the port
    with pytest.raises(RuntimeError, match="not ready: its last words"):
        module.built_and_run(name, ROOT, FOLDER / "container" / "Dockerfile", lambda at: "yes", seconds=0.5)
    assert [line.split()[0] for line in log()][-2:] == ["rm", "rmi"]


def test_what_cannot_be_built_is_not_run(fake, monkeypatch):
    module, name, log = fake
    monkeypatch.setenv("FAKE_STATE", "build")
    with pytest.raises(RuntimeError, match="build: no build"):
        module.built_and_run(name, ROOT, FOLDER / "container" / "Dockerfile", lambda at: "yes")
    assert [line.split()[0] for line in log()] == ["build"]
