"""Other machines than ours: old Pythons, odd folders, other people's settings, consoles that know no ✓."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import make
from tools import environment, notebooks, site
from tools.environment import ROOT


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("WARNING: Retrying after connection broken by NewConnectionError", "There is no network"),
        ("ERROR: Could not fetch URL https://x: Temporary failure in name resolution", "There is no network"),
        ("ERROR: Cannot install soupsieve==4.1.2\nERROR: ResolutionImpossible: for help visit", "The network is fine"),
        ("ERROR: Ignored the following versions: 4.1.2 Requires-Python >=3.11.5", "The network is fine"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded: '/home/x'", "Your quota on this disk is used up"),
        ("MemoryError", "There is too little memory"),
        (
            "Max retries exceeded (CERTIFICATE_VERIFY_FAILED)",
            "a certificate that this machine does not trust",
        ),
        ("invalid peer certificate: UnknownIssuer", "a certificate that this machine does not trust"),
        ("ERROR: Can not perform a '--user' install. User site-packages are not visible", "Unset PIP_USER"),
        ("Segmentation fault", "Set-up stopped while installing. The whole log"),
    ],
)
def test_set_up_names_the_cause_that_pip_gave(tmp_path, monkeypatch, said, advice):
    monkeypatch.setattr(environment, "LOG", tmp_path / "setup.log")
    program = f"import sys; print({said!r}); sys.exit(1)"
    with pytest.raises(environment.SetupError) as error:
        environment._step("installing", [sys.executable, "-c", program])
    assert advice in str(error.value) and said.splitlines()[-1] in str(error.value)


def test_an_old_failure_in_the_log_gives_no_advice_today(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "LOG", tmp_path / "setup.log")
    environment._attempt("installing", [sys.executable, "-c", "print('connection refused')"])
    with pytest.raises(environment.SetupError) as error:
        environment._step("installing", [sys.executable, "-c", "raise SystemExit('odd')"])
    assert "no network" not in str(error.value)


@pytest.mark.parametrize("name", ["PIP_USER", "PIP_TARGET", "PYTHONPATH"])
def test_settings_that_lead_pip_elsewhere_are_left_out(tmp_path, monkeypatch, name):
    monkeypatch.setattr(environment, "LOG", tmp_path / "setup.log")
    monkeypatch.setenv(name, "1")
    program = f"import os, sys; sys.exit({name!r} in os.environ)"
    assert environment._attempt("installing", [sys.executable, "-c", program])


def test_make_can_be_read_by_pythons_that_are_too_old():
    source = (ROOT / "make.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    first = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    assert "version_info" in ast.unparse(first.test), "the version is asked for before anything else is imported"


def test_a_read_only_folder_is_said(monkeypatch):
    def refuse(path, **options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(environment.SetupError, match=r"cannot be written \(Read-only file system\)"):
        environment._want_writable()


def test_clean_says_when_something_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "OUT", tmp_path)
    monkeypatch.setattr(site.shutil, "rmtree", lambda path, ignore_errors: None)
    with pytest.raises(site.SiteError, match="could not be deleted whole"):
        site.clean()


def test_clean_leaves_what_a_link_leads_to(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "mine").touch()
    monkeypatch.setattr(site, "OUT", tmp_path / "out")
    for target in ("disk", "gone"):
        (tmp_path / "out").symlink_to(tmp_path / target)
        assert site.clean() == 0 and not (tmp_path / "out").is_symlink()
    assert (tmp_path / "disk" / "mine").exists()


@pytest.mark.parametrize("command", ["test", "preview", "records", "colab", "serve", "clean"])
def test_chapters_are_refused_by_commands_that_take_none(command, capsys):
    with pytest.raises(SystemExit):
        make.parse([command, "book/2_attention"])
    assert f"{command} takes no chapters; these do: book, floor" in capsys.readouterr().err
    assert make.parse(["floor", "book/2_attention"]).chapters == ["book/2_attention"]


def test_the_site_may_lie_outside_the_tree(tmp_path):
    program = "from tools import site; print(site._index())"
    elsewhere = os.environ | {"BOOK_OUT": str(tmp_path / "out")}
    shown = subprocess.run([sys.executable, "-c", program], env=elsewhere, cwd=ROOT, capture_output=True, text=True)
    assert shown.stdout.strip().endswith("index.html"), shown.stderr


@pytest.mark.parametrize("port", ["0", "99999", "-1", "eighty", "80.5", ""])
def test_an_impossible_port_is_refused(port, capsys):
    with pytest.raises(SystemExit):
        make.parse(["serve", f"--port={port}"])
    assert "choose a number from 1 to 65535" in capsys.readouterr().err


def test_git_is_asked_about_this_repository_only(tmp_path, monkeypatch):
    here = notebooks.commit()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
    assert notebooks.commit() == here
    monkeypatch.delenv("GIT_DIR")
    outer = tmp_path / "outer"
    inner = outer / "[2026] course"
    inner.mkdir(parents=True)
    (inner / "page.md").write_text("text")
    subprocess.run(["git", "init", "-q", str(outer)], check=True)
    monkeypatch.setattr(notebooks, "ROOT", inner)
    assert notebooks.commit() == "main"
    assert notebooks.tracked_files() == ["page.md"], "a folder inside another repository is read as an archive is"


def test_no_chapter_runs_below_a_folder_that_nbmake_passes_over(tmp_path):
    program = "from tools import scheduler; print(scheduler.WORK)"
    below = os.environ | {"BOOK_OUT": str(tmp_path / "_build" / "out")}
    shown = subprocess.run([sys.executable, "-c", program], env=below, cwd=ROOT, capture_output=True, text=True)
    assert shown.stdout.strip() and "_build" not in Path(shown.stdout.strip()).parts


def test_a_console_that_knows_no_check_mark_still_shows_the_claim():
    program = "from utils.checks import claim; claim('one is one', 1, equals=1)"
    old = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    shown = subprocess.run([sys.executable, "-c", program], env=old, cwd=ROOT, capture_output=True)
    assert shown.returncode == 0 and b"one is one: 1" in shown.stdout
