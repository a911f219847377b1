import io
import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from utils.checks import attempt, claim, compare
from utils.values import keep, plain_number, show, values_of


def test_claim_holds_and_returns_the_value(capsys):
    assert claim("the mean is one", torch.tensor(1.02), equals=1, tolerance=0.05) == pytest.approx(1.02)
    assert "the mean is one" in capsys.readouterr().out


@pytest.mark.parametrize(
    "value, requirement",
    [
        (0.9, {"at_least": 1}),
        (1.1, {"at_most": 1}),
        (1.1, {"equals": 1, "tolerance": 0.05}),
        (float("nan"), {"at_least": 0}),
        (float("inf"), {"at_least": 0}),
    ],
)
def test_claim_that_does_not_hold(value, requirement):
    with pytest.raises(AssertionError, match="too much: .*required"):
        claim("too much", value, **requirement)


def test_claim_without_requirement_is_refused():
    with pytest.raises(ValueError, match="at_least"):
        claim("anything", 1)


def test_compare_reports_the_largest_difference():
    assert compare("same", torch.ones(2, 3), np.ones((2, 3)) + 1e-7, atol=1e-6) == pytest.approx(1e-7, rel=0.1)


@pytest.mark.parametrize("other", [np.ones((3, 2)), np.ones((2, 3)) + 1e-3, np.full((2, 3), np.nan)])
def test_compare_refuses_other_shapes_values_and_nan(other):
    with pytest.raises(AssertionError):
        compare("same", np.ones((2, 3)), other, atol=1e-6)


def test_compare_says_where():
    reference = np.zeros((2, 3))
    reference[1, 2] = 5
    with pytest.raises(AssertionError, match=r"\(1, 2\)"):
        compare("same", np.zeros((2, 3)), reference, atol=1e-6)


def test_attempt(capsys):
    def stub():
        raise NotImplementedError

    def right():
        return 2

    def check(answer):
        assert answer() == 2, "the answer is two"

    attempt(check, stub)
    assert capsys.readouterr().out == "not attempted yet\n"
    attempt(check, right)
    assert "correct" in capsys.readouterr().out
    with pytest.raises(AssertionError, match="two"):
        attempt(check, lambda: 3)


def test_an_answer_that_returns_nothing_or_nonsense_is_told_so(capsys):
    def check(answer):
        assert answer(2).shape == (2,), "two numbers are asked for"

    def nothing(n):
        n * 2

    with pytest.raises(AssertionError, match=r"nothing returned nothing \(None\): end it with return"):
        attempt(check, nothing)
    with pytest.raises(AssertionError, match="did not return what the exercise asks for: the check stopped at Attr"):
        attempt(check, lambda n: "two")
    with pytest.raises(ZeroDivisionError):
        attempt(check, lambda n: n / 0)

    def own_mistake(n):
        return n.missing

    with pytest.raises(AttributeError, match="'int' object has no attribute 'missing'"):
        attempt(check, own_mistake)


@pytest.mark.parametrize(
    "error", [NotImplementedError("complex numbers"), OverflowError("too large"), ZeroDivisionError()]
)
def test_an_error_of_the_check_itself_is_not_called_a_stub(error, capsys):
    def check(answer):
        answer()
        raise error

    with pytest.raises(AssertionError, match=f"the check stopped at {type(error).__name__}"):
        attempt(check, lambda: float("inf"))
    assert "not attempted" not in capsys.readouterr().out


def test_a_class_that_is_a_stub_is_not_attempted(capsys):
    class Answer:
        def step(self):
            raise NotImplementedError

    attempt(lambda kind: kind().step(), Answer)
    assert capsys.readouterr().out == "not attempted yet\n"


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_whole_numbers_are_compared_exactly(kind):
    with pytest.raises(AssertionError, match=r"9.0072e.15 against 9.0072e.15 at \(0,\)"):
        compare("x", kind([2**53 + 1]), kind([2**53]), atol=0)
    assert compare("x", kind([2**53 + 1]), kind([2**53]), atol=1) == 1
    assert compare("x", kind([1, 2]), [1.0, 2.5], atol=0.5) == 0.5
    assert compare("x", [[1.0, 2.5]], kind([[1, 2]]), atol=0.5) == 0.5
    assert compare("x", kind([3, 4]), kind([3, 4]), atol=0) == 0


def test_checks_that_python_would_skip_are_not_called_correct():
    program = "from utils.checks import attempt\nattempt(lambda answer: None, len)"
    done = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True)
    assert done.returncode == 1 and "skips every check" in done.stderr


def test_compare_sees_imaginary_parts():
    with pytest.raises(AssertionError):
        compare("same", torch.tensor([1 + 2j]), np.array([1 + 0j]), atol=1e-6)
    compare("same", np.array([1 + 2j]), torch.tensor([1 + 2j]), atol=1e-6)


def test_bounds_and_tolerances_are_included_and_no_wider():
    claim("at the bound", 2, at_least=2, at_most=2)
    claim("at the tolerance", 1.25, equals=1, tolerance=0.25)
    for requirement in ({"at_least": 2.001}, {"at_most": 1.999}, {"equals": 1, "tolerance": 0.999}, {"equals": 2.001}):
        with pytest.raises(AssertionError):
            claim("beyond", 2, **requirement)
    with pytest.raises(AssertionError):
        claim("both bounds count", 2, at_least=3, at_most=4)
    assert compare("at the tolerance", [1.0, 4.0], [1.5, 2.0], atol=0.5, rtol=0.75) == 2
    with pytest.raises(AssertionError):
        compare("the tolerance is of the reference", [4.0], [2.0], atol=0.0, rtol=0.9)


@pytest.mark.parametrize("value", [np.float32(0.5), torch.tensor(3), 2, 0.1, "text"])
def test_values_fit_json(value):
    json.dumps(plain_number(value))


@pytest.mark.parametrize("value", [None, True, [1]])
def test_other_values_are_refused(value):
    with pytest.raises(TypeError, match="expected"):
        keep("name", value)


def test_name_of_a_value_is_an_identifier():
    with pytest.raises(ValueError, match="identifier"):
        keep("two words", 1)


def test_in_a_notebook_values_and_claims_are_stored():
    import nbformat
    from nbclient import NotebookClient

    code = (
        "from utils.checks import claim\nfrom utils.values import keep\nkeep('x', 0.25)\nclaim('small', 1, at_most=2);"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook).execute()
    outputs = notebook.cells[0].outputs
    assert outputs[0].data["application/vnd.book.value+json"] == {"name": "x", "value": 0.25}
    assert outputs[1].data["application/vnd.book.claim+json"]["statement"] == "small"
    assert outputs[0].data["text/plain"] == "x = 0.25"
    notebook.cells.append(nbformat.v4.new_markdown_cell("Prose has no outputs."))
    notebook.cells.append(nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="plain")]))
    assert values_of(notebook) == {"x": 0.25}


def test_outside_a_notebook_values_and_claims_are_printed(capsys):
    keep("gap", np.float64(1 / 3))
    keep("best", "GPT-2")
    claim("close", 0.25, at_least=0, equals=0.25, tolerance=0.01)
    claim("exact", 3, equals=3)
    compare("the same", [1.0], [1.5], atol=0.5, rtol=0.1)
    compare("equal", [1.0], [1.0], atol=0.5)
    assert capsys.readouterr().out.splitlines() == [
        "gap = 0.333333",
        "best = GPT-2",
        "✓ close: 0.25 (required: at least 0 and 0.25 ± 0.01)",
        "✓ exact: 3 (required: 3)",
        "✓ the same: largest difference 0.5 (required: within 0.5 + 0.1 of the reference)",
        "✓ equal: largest difference 0 (required: within 0.5)",
    ]


def test_a_console_that_knows_no_check_mark_shows_the_rest(monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    show("✓ one is one", "application/json", {})
    console.flush()
    assert console.buffer.getvalue().decode().strip() == "? one is one"


def test_arrays_without_an_element_agree():
    assert compare("nothing", np.zeros((0, 3)), torch.zeros(0, 3), atol=0.0) == 0


def test_where_values_differ_most_is_said_of_nan_first():
    with pytest.raises(AssertionError, match=r"nan against 0 at \(1,\)"):
        compare("same", [5.0, float("nan"), 0.0], [0.0, 0.0, 0.0], atol=1.0)


def test_an_answer_that_is_a_class_says_its_own_errors(capsys):
    class Counter:
        def __init__(self, start):
            self.start = start

    def check(answer):
        assert isinstance(answer, type) and answer(2).start == 2
        answer(2).missing  # noqa: B018

    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        attempt(check, Counter)
    attempt(lambda answer: answer(1), Counter)
    assert capsys.readouterr().out == "Counter: correct\n"
