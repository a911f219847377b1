"""Exercises: the stub counts as not attempted, wrong answers are rejected by name, the solution passes."""

import ast
import importlib.util
import inspect

import pytest

from tools import notebooks
from tools.environment import ROOT
from utils import sources

WRONG = ROOT / "tests" / "wrong_answers"


def exercises():
    for path in notebooks.every():
        for source, tags in sources.code_cells(ROOT / path):
            if "exercise" in tags:
                names = [
                    node.name for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
                ]
                yield path, names[-1]


def wrong_answers(path):
    file = WRONG / f"{path.stem}.py"
    if not file.exists():
        return {}
    spec = importlib.util.spec_from_file_location(path.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: answer for name, answer in vars(module).items() if "__" in name.strip("_")}


EVERY = list(exercises())


@pytest.fixture(params=EVERY, ids=[f"{path.stem}-{name}" for path, name in EVERY])
def exercise(request):
    path, name = request.param
    wanted = [name, f"check_{name}", f"{name}_solution"]
    return path, name, sources.definitions(ROOT / path, wanted)


def test_stub_is_not_attempted(exercise):
    _, name, page = exercise
    with pytest.raises(NotImplementedError):
        page[f"check_{name}"](page[name])


def test_solution_passes(exercise):
    _, name, page = exercise
    page[f"check_{name}"](page[f"{name}_solution"])


def test_wrong_answers_are_rejected_by_name(exercise):
    path, name, page = exercise
    wrong = {key: answer for key, answer in wrong_answers(path).items() if key.startswith(f"{name}__")}
    assert len(wrong) >= 2, f"tests/wrong_answers/{path.stem}.py needs two plausible wrong answers {name}__…"
    for key, answer in wrong.items():
        words = inspect.getdoc(answer)
        assert words, f"{key} needs a docstring with the words that the checker must say"
        with pytest.raises(AssertionError) as error:
            page[f"check_{name}"](answer)
        assert words in str(error.value), f"{key}: the checker said {str(error.value)!r}, not {words!r}"
