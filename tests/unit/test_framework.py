"""The framework of *An application framework, built*, beyond what its page shows."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from tools.environment import ROOT
from utils.sources import definitions

NAMES = ["WiringError", "ComponentError", "Component", "Pipeline", "accepts", "fits", "to_yaml", "from_yaml", "key_of"]
NAMES += ["described", "command_line", "example_sets", "known_form", "Writer", "StrictLoader"]


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

    @dataclass
    class Needs(found["Component"]):
        """A file's size."""

        path: str
        gives = {"size": int}

        def run(self):
            return {"size": 0}

    @dataclass
    class Options(found["Component"]):
        """A number times its settings."""

        times: float | None = None
        double: bool = True
        weights: list[int] = field(default_factory=lambda: [1])
        gives = {"total": float}

        def run(self, number: float, extra: int = 0):
            total = number * sum(self.weights) * (2 if self.double else 1)
            return {"total": float(self.times or total + extra)}

    return found | {"Add": Add, "Say": Say, "Options": Options}


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
        (int, bool, False),
        (float, bool, False),
        (bool, bool, True),
        (list[int], list[bool], False),
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


@pytest.mark.parametrize(
    "kind", [int, list, list[str], dict[str, list[int]], str | None, Any, set[Any], list[str | int]]
)
def test_known_forms(page, kind):
    assert page["known_form"](kind)


@pytest.mark.parametrize(
    "kind", [tuple[int, str], Literal["a"], list[tuple[int]], type[int], 7, "str", str | Literal["a"]]
)
def test_forms_that_nothing_could_judge_are_refused(page, kind):
    assert not page["known_form"](kind)
    lines = {"__annotations__": {}, "run": lambda self: {"out": None}, "gives": {"out": kind}}
    part = dataclass(type("Strange", (page["Component"],), lines))()
    with pytest.raises(page["WiringError"], match=r"s\.out has .*unknown form"):
        page["Pipeline"]().add("s", part)


def test_what_any_lets_through_is_judged_when_it_is_there(page):
    @dataclass
    class Loose(page["Component"]):
        """Whatever it is given."""

        gives = {"it": Any}

        def run(self, thing: Any):
            return {"it": thing}

    pipeline = page["Pipeline"]().add("loose", Loose()).add("add", page["Add"]()).connect("loose.it", "add.number")
    assert pipeline.run(thing=1).outputs == {"add.total": 2.0}
    CALLS.clear()
    with pytest.raises(page["ComponentError"], match=r"'add' \(Add\) was not run: loose.it gave 'x'") as caught:
        pipeline.run(thing="x")
    assert CALLS == [] and [step.name for step in caught.value.trace] == ["loose"]


def test_components_that_change_their_inputs_spoil_nothing(page):
    @dataclass
    class Cut(page["Component"]):
        """Words of a text."""

        gives = {"words": list[str]}

        def run(self, text: str):
            return {"words": text.split()}

    @dataclass
    class Eat(page["Component"]):
        """How many words there were."""

        gives = {"n": int}

        def run(self, words: list[str]):
            n = len(words)
            words.clear()
            return {"n": n}

    pipeline = page["Pipeline"]().add("cut", Cut()).add("one", Eat()).add("two", Eat())
    run = pipeline.connect("cut.words", "one.words").connect("cut.words", "two.words").run(text="a b")
    assert run.outputs == {"one.n": 2, "two.n": 2}
    assert run.trace[0].outputs == {"words": ["a", "b"]} == run.trace[1].inputs == run.trace[2].inputs
    words = ["a"]
    page["Pipeline"]().add("eat", Eat()).run(words=words)
    assert words == ["a"]


def test_names_of_components_are_not_taken_twice(page):
    def made(value):
        class Same(page["Component"]):
            gives = {"n": int}
            number = value

        return Same

    assert made(2) is page["Component"].known["Same"] is not made(2)  # a cell that is run again
    with pytest.raises(page["WiringError"], match="known already"):
        type("Same", (page["Component"],), {"__module__": "elsewhere"})
    assert "Writer" not in page["Component"].known


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


@pytest.mark.parametrize("value", [object(), {1: "a"}, (1, 2), [(1,)], float("nan")])
def test_what_json_would_change_has_no_key(page, value):
    with pytest.raises(TypeError):
        page["key_of"](page["Add"](), {"number": value})


def test_what_has_no_key_runs_each_time(page):
    @dataclass
    class Size(page["Component"]):
        """How many there are."""

        gives = {"n": int}

        def run(self, things: Any):
            return {"n": len(things)}

    kept = {}
    pipeline = page["Pipeline"](kept).add("size", Size())
    for things in ({1: "a"}, {"1": "a", "2": "b"}, {1: "a"}):
        run = pipeline.run(things=things)
        assert run.outputs == {"size.n": len(things)} and not run.trace[0].cached
    assert len(kept) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "parts: {}",
        "parts: []\nwires: {}",
        "parts: {a: {type: [1]}}\nwires: {}",
        "{",
        "parts: {a: {type: Needs}}\nwires: {}",
        "parts: {a: {type: Add, step: 2020-13-45}}\nwires: {}",
        "parts: {a: {type: Add, step: 1e-3}}\nwires: {}",
        "parts: {true: {type: Add}}\nwires: {}",
    ],
)
def test_files_that_are_none(page, text):
    with pytest.raises(page["WiringError"]):
        page["from_yaml"](text)


def test_a_missing_setting_is_named(page):
    with pytest.raises(page["WiringError"], match="path"):
        page["from_yaml"]("parts: {a: {type: Needs}}\nwires: {}")


@pytest.mark.parametrize(
    "words, total",
    [
        (["--number", "1"], 2.0),
        (["--number", "1", "--n.times", "5"], 5.0),
        (["--number", "1", "--no-n.double"], 1.0),
        (["--number", "0.5", "--n.weights", "[1, 2]"], 3.0),
        (["--number", "1", "--extra", "1"], 3.0),
    ],
)
def test_command_line(page, words, total):
    pipeline = page["Pipeline"]().add("n", page["Options"]())
    assert page["command_line"](pipeline, words) == {"n.total": total}


@pytest.mark.parametrize("words", [[], ["--number", "one"], ["--n.times", "1"], ["--numb", "1"]])
def test_wrong_command_lines(page, words, capsys):
    with pytest.raises(SystemExit):
        page["command_line"](page["Pipeline"]().add("n", page["Options"]()), words)
    assert "error:" in capsys.readouterr().err


def test_a_setting_of_another_type_is_refused_as_in_a_file(page):
    with pytest.raises(page["WiringError"], match=r"n\.times takes float"):
        page["command_line"](page["Pipeline"]().add("n", page["Options"]()), ["--number", "1", "--n.times", "a"])


def test_round_trip(two, page):
    text = page["to_yaml"](two)
    assert page["to_yaml"](page["from_yaml"](text)) == text
    assert page["from_yaml"](text).run(number=1).outputs == two.run(number=1).outputs
    assert "setting step = 1.0" in page["described"](two)
    assert "takes unit, str, from you, or 'm'" in page["described"](two)


def test_sets_are_balanced_and_the_same_for_a_seed(page):
    pool = [{"text": str(i), "label": ["negative", "positive"][i % 3 > 0]} for i in range(30)]
    sets = page["example_sets"](pool, 5, 4, seed=1)
    assert all(sum(e["label"] == "positive" for e in one) == 2 for one in sets)
    assert all(len({e["text"] for e in one}) == 4 for one in sets) and sets == page["example_sets"](pool, 5, 4, seed=1)
    with pytest.raises(ValueError, match="0, 3"):
        page["example_sets"]([e for e in pool if e["label"] == "positive"][:3], 1, 2, seed=0)
