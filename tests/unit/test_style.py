"""The formatter, the linter, the spelling, and what must not be in the repository."""

import re
import subprocess
import sys

import pytest

from tools import notebooks
from tools.environment import ROOT

COMMANDS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "spelling": ["codespell", "book", "utils", "tools", "tests", "book_site", "README.md", "CONTRIBUTING.md"],
    "large files": [sys.executable, "-m", "tools.large_files"],
}


@pytest.mark.parametrize("what", COMMANDS)
def test_passes(what):
    result = subprocess.run(COMMANDS[what], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]


@pytest.mark.parametrize("path", notebooks.every(), ids=str)
def test_spelling_of_a_chapters_prose(path, tmp_path):
    cells = notebooks.read(path)["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    (tmp_path / "prose.md").write_text(text)
    command = ["codespell", "--toml", str(ROOT / "pyproject.toml"), str(tmp_path / "prose.md")]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_nbstripout_would_change_nothing():
    paths = [str(ROOT / path) for path in notebooks.every()]
    command = [sys.executable, "-m", "nbstripout", "--keep-id", "--verify", *paths]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"run: nbstripout --keep-id FILE\n{result.stdout}"


def test_the_workflow_is_sound():
    import yaml

    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text())
    assert workflow["jobs"].keys() == {"linux", "elsewhere", "publish", "release"}
    for name, job in workflow["jobs"].items():
        needs = job.get("needs", [])
        assert set([needs] if isinstance(needs, str) else needs) <= workflow["jobs"].keys(), name
        assert all("uses" in step or "run" in step for step in job["steps"]), name


def test_ci_calls_the_readmes_test_command():
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()
    assert "\nmake test\n" in (ROOT / "README.md").read_text()


def test_the_readme_names_every_module():
    readme = (ROOT / "README.md").read_text()
    modules = [path for folder in ("utils", "tools") for path in (ROOT / folder).glob("*.py")]
    assert [p.name for p in modules if not p.stem.startswith("__") and f" {p.name} " not in readme] == []


def test_every_public_function_of_utils_is_documented():
    import ast

    bare = [
        f"{path.name}: {node.name}"
        for path in (ROOT / "utils").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare


def test_the_sources_name_no_machine():
    pattern = re.compile(r"/(?:home|Users|work|root)/\w+")
    kept = (".py", ".md", ".toml", ".yml", ".txt", ".ipynb", ".json", ".js", ".css")
    found = [
        name
        for name in notebooks.tracked_files()
        if name.endswith(kept)
        and not name.startswith("tests/")
        and pattern.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert not found
