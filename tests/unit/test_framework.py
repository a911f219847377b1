"""The framework of *An application framework, built*, beyond what its page shows."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tools.environment import ROOT
from utils.sources import definitions

NAMES = ["WiringError", "ComponentError", "Component", "Pipeline", "accepts", "fits", "to_yaml", "from_yaml", "key_of"]
NAMES += ["described", "command_line", "example_sets"]


@pytest.fixture(scope="module")
def page():
    found = definitions(ROOT / "book/5_deployment/01_an_application_framework.ipynb", NAMES)

    @dataclass
    class Add(found["Component"]):
        """A number and one more."""

        step: float = 1.0
        calls: list = field(default_factory=list)
        gives = {"total": float}

        def run(self, number: float):
            CALLS.append(number)
            return {"total": number + self.step}

    @dataclass
    class Say(found["Component"]):
        """A number as a text."""

        gives = {"text": str}

        def run(self, number: float, unit: str = "m"):
            return {"text": f"{number} {unit}"}

    return found | {"Add": Add, "Say": Say}


CALLS = []


@pytest.fixture
def two(page):
    return page["Pipeline"]().add("a", page["Add"]()).add("b", page["Say"]()).connect("a.total", "b.number")


@pytest.mark.parametrize(
    "wanted, given, may",
    [
        (list[str], list[int], False),
        (list[str], list[str], True),
        (list, list[str], True),
        (dict[str, float], dict[str, int], True),
        (dict[str, int], dict[str, float], False),
        (int | str, int | str, True),
        (str, int | str, False),
        (Any, int, True),
        (int, Any, True),
        (object, str, True),
    ],
)
def test_types_at_connection(page, wanted, given, may):
    assert page["accepts"](wanted, given) is may


@pytest.mark.parametrize(
    "value, wanted, is_one",
    [
        ({"a": [1, 2]}, dict[str, list[int]], True),
        ({"a": [1, "b"]}, dict[str, list[int]], False),
        ({1: "a"}, dict[str, str], False),
        (False, float, False),
        (True, bool, True),
        ("ab", list[str], False),
        (None, str | None, True),
        ({"x"}, set[str], True),
    ],
)
def test_values(page, value, wanted, is_one):
    assert page["fits"](value, wanted) is is_one


def test_run_and_defaults(two):
    assert two.run(number=1).outputs == {"b.text": "2.0 m"}
    assert two.run(number=1, unit="km").outputs == {"b.text": "2.0 km"}


def test_nothing_runs_before_the_inputs_are_right(two, page):
    CALLS.clear()
    for wrong in ({}, {"number": "one"}, {"number": 1, "units": "km"}, {"number": 1, "unit": 2}):
        with pytest.raises(page["WiringError"]):
            two.run(**wrong)
    assert CALLS == []


@pytest.mark.parametrize(
    "source, target, words",
    [
        ("c.total", "b.number", "no component 'c'; there are: a, b"),
        ("a.sum", "b.number", "gives no 'sum'"),
        ("a.total", "b.numbers", "takes no 'numbers'"),
        ("a.total", "b.unit", "takes str"),
        ("a.total", "b.number", "is fed by a.total already"),
        ("a.total", "a.number", "circle"),
    ],
)
def test_wrong_wires(two, page, source, target, words):
    before = dict(two.wires)
    with pytest.raises(page["WiringError"], match=words.replace(".", r"\.")):
        two.connect(source, target)
    assert two.wires == before


def test_an_error_names_its_component_and_keeps_its_cause(two, page):
    two.parts["b"].run = lambda number, unit="m": 1 / 0
    with pytest.raises(page["ComponentError"], match=r"'b' \(Say\) failed: ZeroDivisionError") as caught:
        two.run(number=1)
    assert caught.value.component == "b" and isinstance(caught.value.__cause__, ZeroDivisionError)
    assert [step.name for step in caught.value.trace] == ["a"]


def test_cache_holds_settings_and_returns_copies(page):
    kept = {}

    def run(step):
        return page["Pipeline"](kept).add("a", page["Add"](step=step)).run(number=1)

    CALLS.clear()
    first, again, other = run(1.0), run(1.0), run(2.0)
    assert (again.trace[0].cached, other.trace[0].cached, len(CALLS)) == (True, False, 2)
    again.trace[0].outputs["total"] = 7
    assert run(1.0).outputs == first.outputs == {"a.total": 2.0}


def test_inputs_that_no_key_can_hold_are_refused(page):
    with pytest.raises(TypeError):
        page["key_of"](page["Add"](), {"number": object()})


@pytest.mark.parametrize(
    "text", ["", "[]", "parts: {}", "parts: []\nwires: {}", "parts: {a: {type: [1]}}\nwires: {}", "{"]
)
def test_files_that_are_none(page, text):
    with pytest.raises(page["WiringError"]):
        page["from_yaml"](text)


def test_round_trip(two, page):
    text = page["to_yaml"](two)
    assert page["to_yaml"](page["from_yaml"](text)) == text
    assert page["from_yaml"](text).run(number=1).outputs == two.run(number=1).outputs
    assert "setting step = 1.0" in page["described"](two)


def test_sets_are_balanced_and_the_same_for_a_seed(page):
    pool = [{"text": str(i), "label": ["negative", "positive"][i % 3 > 0]} for i in range(30)]
    sets = page["example_sets"](pool, 5, 4, seed=1)
    assert all(sum(e["label"] == "positive" for e in one) == 2 for one in sets)
    assert all(len({e["text"] for e in one}) == 4 for one in sets) and sets == page["example_sets"](pool, 5, 4, seed=1)
    with pytest.raises(ValueError, match="0, 3"):
        page["example_sets"]([e for e in pool if e["label"] == "positive"][:3], 1, 2, seed=0)
