"""Extra environments, made for real of one small package that is built here: no network is needed."""

import base64
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools import environment, execution, mutation, notebooks, scheduler
from utils import environments
from utils.records import RECORDS


def build_wheel(folder, name, version="1.0", requires=()):
    """A wheel of one module, which says its version."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": metadata + "".join(f"Requires-Dist: {other}\n" for other in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A folder of requirement files with one, tiny.txt; what it asks for comes from a folder of wheels."""
    wheels, requirements = tmp_path / "wheels", tmp_path / "extra"
    wheels.mkdir()
    requirements.mkdir()
    build_wheel(wheels, "book_tiny")
    (requirements / "tiny.txt").write_text("# disk: 0.1 GB\nbook_tiny\n")
    monkeypatch.setattr(environments, "REQUIREMENTS", requirements)
    monkeypatch.setattr(environments, "FOLDER", tmp_path / ".venv-extra")
    monkeypatch.setattr(environment, "LOG", tmp_path / "out" / "setup.log")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return tmp_path


def version_in(python):
    code = "import book_tiny; print(book_tiny.VERSION)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_it_is_made_once_and_anew_when_its_requirements_change(tiny, capsys):
    python = environment.extra("tiny")
    assert version_in(python) == "1.0" and environments.python_of("tiny") == str(python)
    assert "the extra environment tiny is ready" in capsys.readouterr().out
    assert environment.extra("tiny") == python and not capsys.readouterr().out, "nothing is done twice"

    leftover = python.parent.parent / "of the old one"
    leftover.touch()
    build_wheel(tiny / "wheels", "book_tiny", "2.0")
    environments.requirements_of("tiny").write_text("# disk: 0.1 GB\nbook_tiny>=2\n")
    with pytest.raises(environments.ExtraError, match="have changed since.*python -m tools.environment tiny"):
        environments.python_of("tiny")
    assert version_in(environment.extra("tiny")) == "2.0" and not leftover.exists()


@pytest.mark.skipif(platform.system() != "Linux" or platform.machine() != "x86_64", reason="no CPU build is asked for")
def test_torch_comes_in_its_build_for_the_processor(tiny, monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda program: None)  # as where there is no GPU
    pinned = re.search(r"(?m)^torch==(\S+)$", (environment.ROOT / "constraints.txt").read_text())[1]
    for version in (f"{pinned}+cpu", "99.0"):  # the second brings gigabytes that a processor has no use for
        build_wheel(tiny / "wheels", "torch", version)
    (tiny / "extra" / "tiny.txt").write_text("# disk: 0.1 GB\ntorch\nbook_tiny\n")
    code = "import torch; print(torch.VERSION)"
    found = subprocess.run([environment.extra("tiny"), "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == f"{pinned}+cpu"


def test_changed_constraints_count_as_changed_requirements(tiny):
    (tiny / "exact.txt").write_text("book_tiny==1.0\n")
    environments.requirements_of("tiny").write_text("-c ../exact.txt\nbook_tiny\n")
    before = environments.wanted("tiny")
    (tiny / "exact.txt").write_text("book_tiny==2.0\n")
    assert environments.wanted("tiny") != before


def test_without_a_network_it_says_so_and_the_next_run_goes_on(tiny, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("PIP_RETRIES", "1")
    (tiny / "wheels").rename(tiny / "away")
    with pytest.raises(environment.SetupError, match="(?s)Connection.*no network.*connect and run this again"):
        environment.extra("tiny")
    assert not environments.is_ready("tiny") and not environments.stamp_of("tiny").exists()
    with pytest.raises(environments.ExtraError, match="has not been made"):
        environments.python_of("tiny")

    (tiny / "away").rename(tiny / "wheels")
    kept = environments.location_of("tiny").parent.parent / "kept"
    kept.touch()
    assert version_in(environment.extra("tiny")) == "1.0" and kept.exists(), "the begun environment was finished"


def test_uv_installs_it_and_pip_does_where_uv_fails_or_is_not_there(tiny, monkeypatch, tmp_path):
    said = environment.LOG

    def programs():
        return re.findall(r"(?m)^# \S*?(?:bin/(uv) pip|-m (pip)).* install", said.read_text())

    assert version_in(environment.extra("tiny")) == "1.0" and programs() == [("uv", "")]
    broken = tmp_path / "uv"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    for place in (broken, tmp_path / "nowhere"):
        shutil.rmtree(environments.location_of("tiny").parent.parent)
        said.unlink()
        monkeypatch.setattr(environment, "UV", place)
        assert version_in(environment.extra("tiny")) == "1.0" and "-m pip" in said.read_text()


def test_uv_takes_packages_from_where_pip_does(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = https://a.example/simple\nextra-index-url = https://b.example https://c.example\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    options = environment._pip_settings_for_uv(sys.executable)
    pairs = list(zip(options, options[1:]))
    assert ("--default-index", "https://a.example/simple") in pairs
    assert [b for a, b in pairs if a == "--extra-index-url"] == ["https://b.example", "https://c.example"]
    assert "--no-index" not in options
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # a variable of pip wins over its file
    monkeypatch.setenv("PIP_INDEX_URL", "https://d.example/simple")
    options = environment._pip_settings_for_uv(sys.executable)
    assert "--no-index" in options
    assert "https://d.example/simple" in options and "https://a.example/simple" not in options


def test_a_begun_environment_whose_python_is_broken_is_made_anew(tiny):
    python = environments.location_of("tiny")
    python.parent.mkdir(parents=True)
    python.write_text("not a program")
    environments.stamp_of("tiny").with_name("book-begun").write_text(environments.wanted("tiny"))
    assert version_in(environment.extra("tiny")) == "1.0"


def test_files_of_a_package_of_npm_are_taken_and_others_refused(tiny, monkeypatch):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        for name, text in {"package/dist/a.js": "a", "package/dist/b.js": "b"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.getvalue()).digest()).decode()
    asked = []

    def pack(what, command):
        asked.append(command[-1])
        (Path(command[-2]) / "tiny-1.0.0.tgz").write_bytes(archive.getvalue())

    monkeypatch.setattr(environment, "_step", pack)
    monkeypatch.setattr(environment, "_npm", lambda python: Path("npm-cli.js"))
    facts = {"version": "1.0.0", "integrity": integrity, "files": ["dist/a.js"]}
    environment._fetch_npm("tiny", "python", "@some/tiny", facts)
    folder = environments.npm_folder("tiny", "@some/tiny")
    assert asked == ["@some/tiny@1.0.0"]
    assert [path.name for path in folder.rglob("*.js")] == ["a.js"] and (folder / "dist/a.js").read_text() == "a"
    with pytest.raises(environment.SetupError, match="not the one that was chosen"):
        environment._fetch_npm("tiny", "python", "@some/tiny", facts | {"integrity": "sha512-other"})


def test_changed_packages_of_npm_count_as_changed_requirements(tiny):
    before = environments.wanted("tiny")
    facts = {"package": {"version": "1.0.0", "integrity": "sha512-", "files": []}}
    (tiny / "extra" / "tiny.npm.json").write_text(json.dumps(facts))
    assert environments.wanted("tiny") != before and environments.npm_packages("tiny") == facts
    assert environments.names() == ["tiny"]


def test_without_a_file_nothing_comes_from_npm(tiny):
    assert environments.npm_packages("tiny") == {}
    with pytest.raises(environments.ExtraError, match="no extra environment 'tyni'"):
        environments.npm_packages("tyni")
    assert environments.npm_folder("tiny", "@some/tiny") == tiny / ".venv-extra" / "tiny" / "npm" / "@some/tiny"


def test_names_are_sorted_and_none_is_said(tiny, monkeypatch):
    (tiny / "extra" / "a.txt").write_text("book_tiny\n")
    assert environments.names() == ["a", "tiny"]
    (tiny / "empty").mkdir()
    monkeypatch.setattr(environments, "REQUIREMENTS", tiny / "empty")
    with pytest.raises(environments.ExtraError, match="has: none"):
        environments.requirements_of("tiny")


def test_it_is_ready_when_it_is_there_and_finished_from_these_requirements(tiny):
    python, stamp = environments.location_of("tiny"), environments.stamp_of("tiny")
    python.parent.mkdir(parents=True)
    assert not environments.is_ready("tiny")
    stamp.write_text(environments.wanted("tiny"))
    assert not environments.is_ready("tiny"), "its Python is gone"
    python.touch()
    assert environments.is_ready("tiny")
    stamp.write_text("of other requirements")
    assert not environments.is_ready("tiny")
    stamp.unlink()
    assert not environments.is_ready("tiny"), "it was not finished"


def test_what_would_be_installed_is_said_without_comments_and_options(tiny):
    (tiny / "exact.txt").write_text("book_tiny==1.0\n")
    environments.requirements_of("tiny").write_text("# disk: 0.1 GB\n-c ../exact.txt\n\nbook_tiny  # small\nother>=2\n")
    with pytest.raises(environments.ExtraError, match=r"installs there: book_tiny other>=2$"):
        environments.python_of("tiny")


@pytest.mark.parametrize("option", ["-r ../exact.txt", "-c../exact.txt"])
def test_files_that_requirements_include_count(tiny, option):
    (tiny / "exact.txt").write_text("book_tiny==1.0\n")
    environments.requirements_of("tiny").write_text(f"book_tiny\n{option}\n")
    before = environments.wanted("tiny")
    (tiny / "exact.txt").write_text("book_tiny==2.0\n")
    assert environments.wanted("tiny") != before


def test_no_disk_space_is_said_plainly(tiny, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(environment.SetupError, match="environment tiny needs 0.1 GB of disk"):
        environment.extra("tiny")
    assert not environments.location_of("tiny").exists()


def test_packages_that_want_an_older_python_get_one_or_say_so(tiny, monkeypatch):
    newest = environment._version_of(sys.executable)
    file = environments.requirements_of("tiny")
    file.write_text(f"# disk: 0.1 GB\n# python: at most 3.{newest[1]}, for a reason\nbook_tiny\n")
    assert environment._maker("tiny", file) == environment.PYTHON, "the book's own is old enough"
    file.write_text("# disk: 0.1 GB\n# python: at most 3.12, for a reason\nbook_tiny\n")
    monkeypatch.setattr(environment, "_version_of", lambda python: (3, 13))
    beside = tiny / "python3.12"
    beside.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    beside.chmod(0o755)
    monkeypatch.setenv("PATH", str(tiny))
    assert environment._maker("tiny", file) == str(beside)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(environment.SetupError, match=r"tiny needs Python 3.11 or 3.12 \(tiny.txt says why\).*on 3.13"):
        environment.extra("tiny")
    assert not environments.location_of("tiny").exists(), "nothing half made stays"


def test_requirements_that_state_no_disk_are_refused(tiny):
    environments.requirements_of("tiny").write_text("book_tiny\n")
    with pytest.raises(environment.SetupError, match="# disk: 0.5 GB"):
        environment.extra("tiny")


def test_unknown_name_lists_the_known_ones(tiny):
    for ask in (environment.extra, environments.python_of):
        with pytest.raises(
            (environment.SetupError, environments.ExtraError), match="no extra environment 'tyni'.*tiny"
        ):
            ask("tyni")


def notebook_of(book, code="1", cells=()):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": [code], "outputs": [], "execution_count": None}
    return {"cells": [cell], "metadata": {"book": book}, "nbformat": 4, "nbformat_minor": 5}


def test_a_chapter_that_names_an_unknown_environment_is_refused(tiny):
    path = tiny / "chapter.ipynb"
    path.write_text(json.dumps(notebook_of({"environments": ["tyni"]})))
    with pytest.raises(notebooks.NotebookError, match=r"chapter.ipynb.*no extra environment 'tyni'.*tiny"):
        execution.environments_of(path)
    path.write_text(json.dumps(notebook_of({"environments": [], "kernel": "tiny"})))
    with pytest.raises(notebooks.NotebookError, match="kernel.*'tiny'.*not among its environments"):
        execution.environments_of(path)


def test_a_chapter_can_run_its_kernel_there(tiny, monkeypatch):
    monkeypatch.setattr(scheduler, "KERNELS", tiny / "jupyter")
    python = environment.extra("tiny")
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    import ipykernel

    packages = str(next(iter(ipykernel.__path__))).removesuffix("/ipykernel")
    (environment.Path(site) / "core.pth").write_text(packages + "\n")  # a kernel, without downloading one
    path = tiny / "chapter.ipynb"
    code = "import sys, book_tiny, utils.units\nprint(book_tiny.VERSION, sys.prefix)"
    path.write_text(json.dumps(notebook_of({"environments": ["tiny"], "kernel": "tiny"}, code)))
    options, variables = scheduler.kernel(path)
    command = [sys.executable, "-m", "pytest", "--nbmake", *options, "--overwrite", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(path)], cwd=tiny, env=environment.os.environ | variables, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()
    shown = json.loads(path.read_text())["cells"][0]["outputs"][0]["text"]
    assert "".join(shown).split() == ["1.0", str(python.parent.parent)]


def test_jupyter_lists_the_kernel_once_its_environment_is_there(tiny, monkeypatch):
    monkeypatch.setattr(scheduler, "KERNELS", tiny / "jupyter")
    path = tiny / "chapter.ipynb"
    path.write_text(json.dumps(notebook_of({"environments": ["tiny"], "kernel": "tiny"})))
    monkeypatch.setattr(notebooks, "every", lambda: [path])
    assert scheduler.kernels() == {}
    python = environment.extra("tiny")
    assert scheduler.kernels() == {"JUPYTER_PATH": str(tiny / "jupyter")}
    description = json.loads((tiny / "jupyter" / "kernels" / "tiny" / "kernel.json").read_text())
    assert description["argv"][0] == str(python)


def test_the_environments_of_the_book_are_known_and_used():
    named = {name for path in notebooks.every() for name in execution.environments_of(path)}
    scripts = "".join(path.read_text(encoding="utf-8") for path in sorted(RECORDS.glob("*.py")))
    recorded = {name for name in environments.names() if f'python_of("{name}")' in scripts}
    used = named | recorded | {mutation.ENVIRONMENT}
    assert used == set(environments.names()), "an environment that no chapter, record or tool names is never made"


@pytest.mark.parametrize("name", environments.names())
def test_requirement_files_state_their_disk_and_stay_on_the_processor(name):
    text = environments.requirements_of(name).read_text()
    assert environment._stated_bytes(environments.requirements_of(name)) > 0
    text = text.replace("nvidia-pytriton==", "")  # Triton's server, which serves from the processor too
    assert not any(word in text for word in ("nvidia", "cuda", "+cu")), "the book runs without a GPU"


def test_walkers_stay_out():
    assert not any(name.startswith(".venv-extra") for name in notebooks.tracked_files())
    project = (environment.ROOT / "pyproject.toml").read_text()
    assert project.count(".venv-extra") == 2, "codespell and ruff do not walk into it"
