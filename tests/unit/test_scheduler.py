"""Chapters side by side: small notebooks that say when they began and ended."""

import _thread
import json
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from tools import account, book, execution, notebooks, scheduler, suite

STAMPED = """import json, os, pathlib, time
begun = time.time()
time.sleep({seconds})
pathlib.Path({file!r}).write_text(json.dumps([begun, time.time(), os.environ.get("OMP_NUM_THREADS")]))"""


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An empty book in a folder of its own; a function that puts a notebook into it."""
    for module in (execution, notebooks, scheduler):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "BOOK", tmp_path / "book")
    monkeypatch.setattr(scheduler, "WORK", tmp_path / "run")
    monkeypatch.setattr(execution, "EXECUTED", tmp_path / "executed")
    monkeypatch.setattr(account, "ACCOUNT", tmp_path / "account.json")
    monkeypatch.setattr(scheduler, "cores", lambda: 2)
    (tmp_path / "_toc.yml").write_text("root: book/index\n")

    def put(name, code=None, seconds=0, folder="book", **about):
        path = Path(folder) / f"{name}.ipynb"
        source = code or STAMPED.format(seconds=seconds, file=str(tmp_path / f"{name}.json"))
        cell = {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        metadata = {"kernelspec": kernel, "book": about}
        notebooks.write(tmp_path / path, {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
        return path

    put.when = lambda name: json.loads((tmp_path / f"{name}.json").read_text())
    return put


@pytest.mark.parametrize("folder", ["[2026] course", "a b", "курс"])
def test_a_chapter_runs_wherever_the_book_lies(shelf, monkeypatch, tmp_path, folder):
    monkeypatch.setattr(scheduler, "WORK", tmp_path / folder / "run")
    assert scheduler.run([shelf("a")]) == []
    assert (execution.EXECUTED / "book" / "a.ipynb").exists()


def test_chapters_run_side_by_side_and_those_that_measure_speed_alone(shelf, capsys, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # the tests themselves run with one
    together = [shelf("a", seconds=8), shelf("b", seconds=8)]
    alone = shelf("c", alone=True)
    assert scheduler.run([alone, *together]) == []
    (a_begun, a_ended, a_threads), (b_begun, b_ended, _), (c_begun, _, c_threads) = map(shelf.when, "abc")
    assert max(a_begun, b_begun) < min(a_ended, b_ended), "the two overlap"
    assert c_begun > max(a_ended, b_ended), "nothing runs beside the one that measures"
    assert a_threads == "1" and c_threads is None, "two on two cores have a thread each"
    told = capsys.readouterr().out
    assert "3 chapters to run, 2 at a time, about" in told and "[3/3]" in told and " left)" in told
    assert scheduler.run([alone, *together], everything=False) == [] and "none run" in capsys.readouterr().out


def test_too_little_memory_for_two_runs_one_after_the_other(shelf, monkeypatch):
    paths = [shelf("a", seconds=2), shelf("b", seconds=2)]
    monkeypatch.setattr(
        account, "expected", lambda path: {"seconds": 5, "peak_mb": 0.8 * 1e-6 * psutil.virtual_memory().available}
    )
    assert scheduler.run(paths) == []
    first, second = sorted(map(shelf.when, "ab"))
    assert second[0] > first[1]


def test_a_failure_is_told_and_the_others_go_on(shelf, capsys):
    bad, good = shelf("bad", code="1 / 0"), shelf("good")
    assert scheduler.run([bad, good]) == [bad]
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert execution.is_current(good) and not execution.is_current(bad)


def test_an_attempt_to_leave_turns_a_chapter_red_and_is_named(shelf, capsys):
    code = """import socket
try:
    socket.create_connection(("198.51.100.7", 443), timeout=0.5)
except OSError:
    print("offline")"""
    path = shelf("telemetry", code=code)
    assert scheduler.run([path]) == [path]
    assert "tried to leave this machine: 198.51.100.7 port 443" in capsys.readouterr().out


def test_a_chapter_must_not_write_into_the_readers_home(shelf, capsys):
    path = shelf("litter", code="import pathlib; (pathlib.Path.home() / '.device_id').write_text('42')")
    assert scheduler.run([path]) == [path]
    assert "wrote into the reader's home folder: .device_id" in capsys.readouterr().out


def test_the_readers_settings_do_not_reach_a_chapter(shelf, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "utils.py").write_text("raise SystemExit('not the book')")
    (tmp_path / "elsewhere" / "matplotlibrc").write_text("text.usetex: True")
    kernel = tmp_path / "elsewhere" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "none", "language": "python"}')
    for name in ("PYTHONPATH", "JUPYTER_PATH", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.9:3128")
    monkeypatch.setenv("http_proxy", "http://192.0.2.9:3128")
    code = """import os, matplotlib, utils.values
assert not matplotlib.rcParams["text.usetex"] and "http_proxy" not in os.environ
try:
    assert False
except AssertionError:
    checked = True
checked"""
    assert scheduler.run([shelf("clean", code=code)]) == []


@pytest.fixture
def interruptible():
    """A process that a shell started in the background ignores interrupts; a run by hand does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_run_keeps_what_is_done_and_leaves_no_process(shelf, interruptible):
    short, long = shelf("short"), shelf("long", seconds=300)

    def interrupt():
        while not execution.is_current(short):
            time.sleep(0.2)
        _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        scheduler.run([short, long])
    assert execution.is_current(short) and not execution.is_current(long)
    left = [c for c in psutil.Process().children(recursive=True) if c.is_running() and c.status() != "zombie"]
    assert not [c for c in left if "long.ipynb" in " ".join(c.cmdline())]


def test_a_chapter_that_does_not_end_is_ended(shelf, monkeypatch, capsys):
    monkeypatch.setattr(scheduler, "LIMIT_SECONDS", 3)
    path = shelf("endless", seconds=300)
    assert scheduler.run([path]) == [path]
    assert "may take 3 s" in capsys.readouterr().out


def test_time_left_follows_the_lanes(monkeypatch):
    monkeypatch.setattr(scheduler, "cores", lambda: 2)
    monkeypatch.setattr(account, "expected", lambda path: {"seconds": int(path.stem), "peak_mb": 1})
    monkeypatch.setattr(scheduler, "runs_alone", lambda path: path.stem == "7")
    assert scheduler.estimated_seconds([Path("30.ipynb"), Path("20.ipynb"), Path("10.ipynb")]) == 30
    assert scheduler.estimated_seconds([Path("30.ipynb"), Path("7.ipynb")], busy=[5, 40]) == 47
    assert [scheduler.in_words(s) for s in (3, 64, 400)] == ["about 10 s", "about 60 s", "about 7 minutes"]


def test_every_chapter_has_its_time_on_record():
    kept = json.loads(account.TIMES.read_text(encoding="utf-8"))
    missing = [path.as_posix() for path in notebooks.every() if path.as_posix() not in kept]
    assert not missing, f"no expected time of {missing}: run them (make book), then: python -m tools.account"


def test_an_unknown_chapter_is_expected_to_take_what_others_do(monkeypatch, tmp_path):
    monkeypatch.setattr(account, "ACCOUNT", tmp_path / "none.json")
    assert 10 < account.expected(Path("book/9_new/01_new.ipynb"))["seconds"] < 300


def test_the_book_is_made_in_steps(shelf, monkeypatch):
    names = [
        ("00_first", "book"),
        ("01_x", "book/1_concepts"),
        ("02_y", "book/1_concepts"),
        ("01_z", "book/2_attention"),
    ]
    paths = [shelf(name, folder=folder) for name, folder in names]
    contents = "root: book/index\n" + "".join(f"  - file: {path.with_suffix('').as_posix()}\n" for path in paths)
    (notebooks.ROOT / "_toc.yml").write_text(contents)
    assert book._steps() == [paths[:2], [paths[2]], [paths[3]]]
    when = book._when(paths[2:])
    assert all("is expected to have run at" in when[path] for path in paths[2:])


def test_projection_scales_what_grows():
    took = {"set-up": 100, "unit tests": 23, "chapters": 300, "chapter checks": 0, "site build": 46, "site tests": 10}
    whole = suite.projection(took, n_chapters=23, n_pages=30, chapter_seconds=600)
    live = 60 * sum(account.SHARE_MINUTES.values())
    assert whole["set-up"] == 100 and whole["unit tests"] == 46 and whole["site build"] == 92
    assert whole["chapters"] == live / 2 and whole["site tests"] == pytest.approx(23)
