import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tools import colab_setup, environment, versions
from tools.environment import ROOT
from utils.sources import definitions

# A recent image of Colab; chapters must run on these
COLAB = {
    "torch": "2.11",
    "transformers": "5.15.1",
    "datasets": "4.0.0",
    "numpy": "2.1.3",
    "pandas": "2.2.3",
    "matplotlib": "3.10.0",
    "ipywidgets": "7.7.1",
    "scikit-learn": "1.6.1",
}


def requirements(name):
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    parsed = [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]
    return {requirement.name: requirement for requirement in parsed}


def test_ranges_of_the_notebooks_admit_colab():
    wanted = requirements("notebooks.txt")
    for package, version in COLAB.items():
        assert package in wanted and wanted[package].specifier.contains(Version(version)), package


def test_the_chapter_on_colab_holds_the_same_rows():
    page = ROOT / "book" / "5_deployment" / "06_on_colab_and_in_the_cloud.ipynb"
    assert definitions(page, ["NEWER"])["NEWER"] == COLAB


def test_colab_installs_nothing_of_the_site_and_never_torch():
    text = (ROOT / "tools" / "colab_setup.py").read_text()
    assert "requirements/site" not in text and "requirements/tests" not in text
    installed = re.search(r"LACKING = \{(.*?)\}", text, re.S)[1]
    packages = re.findall(r'": "([\w-]+)"', installed)
    assert "torch" not in packages and set(packages) <= requirements("notebooks.txt").keys()


def test_colab_is_told_what_is_too_old_and_nothing_else():
    held = {"torch": "2.11.0+cu128", "numpy": "2.0.2", "pandas": "2.10", "matplotlib": "3.10", "peft": "0.18.0rc1"}

    def version_of(name):
        if name not in held:
            raise importlib.metadata.PackageNotFoundError(name)
        return held[name]

    assert [name for name, *_ in colab_setup.too_old(version_of)] == ["numpy"]


def test_colab_keeps_each_installed_package_once_at_its_version():
    lines = colab_setup.as_it_is().splitlines()
    names = [line.partition("==")[0] for line in lines]
    assert f"numpy=={importlib.metadata.version('numpy')}" in lines and len(names) == len(set(names))
    assert all(Requirement(line) for line in lines)


def test_the_lowest_versions_admitted_are_those_that_are_run():
    """``make floor`` runs constraints-floor.txt: each lower bound stands there, PyTorch's CPU build excepted."""
    lines = (ROOT / "constraints-floor.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    lowest = {
        name: bound.version
        for name, requirement in requirements("notebooks.txt").items()
        for bound in requirement.specifier
        if bound.operator == ">=" and name != "torch"
    }
    assert pinned == lowest


def test_the_whole_book_has_run_on_the_lowest_versions():
    """The page on the status names that run. A bound that changes wants another: ``make floor``."""
    lines = (ROOT / "constraints-floor.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    ran = json.loads(versions.REPORT.read_text(encoding="utf-8"))["Lowest"]["versions"]
    differing = {name: (version, ran.get(name)) for name, version in pinned.items() if ran.get(name) != version}
    assert not differing, "the last whole run on the lowest versions was on others; run make floor"


def test_a_whole_run_replaces_the_last_of_its_kind_only():
    before = {"Lowest": {"date": "2020-01-01"}, "Python 3.13": {"date": "2020-01-02"}}
    report = versions.noted(before, "Lowest", 46)
    assert report["Python 3.13"] == before["Python 3.13"] and list(report) == ["Lowest", "Python 3.13"]
    assert report["Lowest"]["chapters"] == 46 and report["Lowest"]["date"] != "2020-01-01"
    assert report["Lowest"]["versions"]["torch"] == importlib.metadata.version("torch")
    assert report["Lowest"]["versions"]["Python"] == platform.python_version()


def test_jupyter_book_has_both_bounds():
    specifier = str(requirements("site.txt")["jupyter-book"].specifier)
    assert "<2" in specifier and ">=1.0.4.post1" in specifier


def test_requirements_txt_is_the_whole():
    named = set(re.findall(r"-r (requirements/\w+\.txt)", (ROOT / "requirements.txt").read_text()))
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").glob("*.txt")}
    assert named == files - {"requirements/models.txt"}, "models.txt needs --no-deps, so it stands apart"


def test_constraints_satisfy_the_requirements():
    pinned = dict(re.findall(r"(?m)^([\w.-]+)==(.+)$", (ROOT / "constraints.txt").read_text()))
    pinned = {name.lower().replace("_", "-"): version for name, version in pinned.items()}
    for file in ("notebooks.txt", "site.txt", "tests.txt"):
        for name, requirement in requirements(file).items():
            version = pinned.get(name.lower().replace("_", "-"))
            assert version, f"{name} of requirements/{file} is not in constraints.txt"
            assert requirement.specifier.contains(Version(version)), name


@pytest.mark.skipif(platform.system() != "Linux" or sys.version_info[:2] != (3, 11), reason="exact on one platform")
def test_what_is_installed_is_what_is_constrained():
    pinned = dict(re.findall(r"(?m)^([\w.-]+)==(.+)$", (ROOT / "constraints.txt").read_text()))
    for name in ("torch", "transformers", "datasets", "jupyter-book", "sphinx-book-theme", "nbmake"):
        assert Version(importlib.metadata.version(name)).public == Version(pinned[name]).public, name


def make(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "make.py", *arguments], cwd=ROOT, capture_output=True, text=True, env=os.environ | variables
    )


def test_help_lists_every_command_and_the_makefile_has_them():
    shown = make("--help").stdout
    targets = re.search(r"COMMANDS := (.*)", (ROOT / "Makefile").read_text())[1].split()
    import make as program

    assert set(targets) == set(program.COMMANDS)
    assert all(name in shown for name in targets)


def test_unknown_command_is_refused():
    result = make("bok")
    assert result.returncode == 2 and "invalid choice" in result.stderr


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Set-up in an empty folder."""
    for name, value in {
        "VENV": ".venv",
        "PYTHON": ".venv/bin/python",
        "STAMP": ".venv/book-setup",
        "LOG": "out/log",
    }.items():
        monkeypatch.setattr(environment, name, tmp_path / value)
    environment.LOG.parent.mkdir()
    return tmp_path


def test_another_python_is_said_plainly(fresh, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(environment.SetupError, match="3.11, 3.12 or 3.13"):
        environment.ready()


def test_no_disk_space_is_said_plainly(fresh, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(environment.SetupError, match="GB"):
        environment.ready()


def test_no_network_is_said_plainly_and_the_next_run_goes_on(fresh, monkeypatch):
    calls = []

    def attempt(what, command):
        calls.append(what)
        if "virtual environment" in what:
            return subprocess.run(command, capture_output=True).returncode == 0
        environment.LOG.write_text("connection refused")
        return False

    monkeypatch.setattr(environment, "_attempt", attempt)
    monkeypatch.setattr(environment, "_install_torch", lambda pip: None)
    with pytest.raises(environment.SetupError, match="no network.*run this again"):
        environment.ready()
    assert not environment.STAMP.exists()
    calls.clear()
    with pytest.raises(environment.SetupError):
        environment.ready()
    assert not any("virtual environment" in what for what in calls), "the environment that works is kept"


def test_broken_environment_is_made_anew(fresh, monkeypatch):
    environment.PYTHON.parent.mkdir(parents=True)
    environment.PYTHON.write_text("not a program")
    made = []
    monkeypatch.setattr(environment, "_attempt", lambda what, command: made.append(what) or True)
    monkeypatch.setattr(environment, "_install_torch", lambda pip: None)
    monkeypatch.setattr(environment, "_tested_platform", lambda: False)
    environment.VENV.mkdir(exist_ok=True)
    (environment.VENV / "left over").touch()
    with pytest.raises(FileNotFoundError):  # the venv step was replaced, so there is no folder for the stamp
        environment.ready()
    assert "virtual environment" in made[0] and not (environment.VENV / "left over").exists()


def test_importing_utils_loads_nothing_heavy():
    code = "import sys, utils; print(json.dumps([m for m in ('torch', 'transformers', 'numpy') if m in sys.modules]))"
    shown = subprocess.run([sys.executable, "-c", "import json; " + code], cwd=ROOT, capture_output=True, text=True)
    assert json.loads(shown.stdout) == []


def test_site_extension_loads_without_torch():
    code = "import sys; sys.modules['torch'] = None; sys.modules['transformers'] = None; import book_site"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_jupyter_lab_can_show_myst():
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"], capture_output=True, text=True, check=True
    )
    told = listed.stdout + listed.stderr
    assert "jupyterlab-myst" in told and "not compatible" not in told, told
