import pytest

from utils import sources

CODE = '''
import math
from os import path, sep

SCALE = 2

def double(x):
    """Twice x."""
    return SCALE * x  # doubled

def area(radius):
    return math.pi * double(radius)

unused = sep
'''


def test_only_what_a_name_needs():
    assert "SCALE" in sources.needed_for(CODE, ["area"])
    assert "sep" not in sources.needed_for(CODE, ["area"])
    assert "math" not in sources.needed_for(CODE, ["double"])


def test_last_binding_above_the_use_counts():
    code = "a = 1\nb = a\na = 2\nc = a"
    assert sources.needed_for(code, ["b"]) == "a = 1\n\nb = a"
    assert sources.needed_for(code, ["c"]) == "a = 2\n\nc = a"


@pytest.mark.parametrize(
    "change",
    ["a |= {3: 4}", "a[3] = 4", "a[3], other = 4, 5", "a[1] += 2", "del a[1]", "for i in range(3):\n    a[i] = i"],
)
def test_what_changes_a_name_in_place_comes_with_it(change):
    code = f"a = {{1: 2}}\n{change}\ndef f():\n    return a\na[9] = 9"
    needed = sources.needed_for(code, ["f"])
    namespace, expected = {}, {}
    exec(needed, namespace)
    exec(code.removesuffix("\na[9] = 9"), expected)
    assert namespace["f"]() == expected["f"]() != {1: 2} and "9" not in needed


def test_attributes_and_items_deep_down_count_too():
    code = "box = object()\nbox.part['x'].size = 1\nother.size = 2\ndef f():\n    return box"
    assert sources.needed_for(code, ["f"]).split("\n\n")[:2] == ["box = object()", "box.part['x'].size = 1"]
    assert "other" not in sources.needed_for(code, ["f"])


def test_unknown_name():
    with pytest.raises(NameError, match="perimeter"):
        sources.needed_for(CODE, ["perimeter"])


def test_hash_sees_the_program_only():
    same = CODE.replace("# doubled", "# times two").replace('"""Twice x."""', '"""Two times x."""')
    assert sources.code_hash(CODE) == sources.code_hash(same)
    assert sources.code_hash(CODE) != sources.code_hash(CODE.replace("SCALE = 2", "SCALE = 3"))


def test_hash_is_the_same_in_every_python():
    assert sources.code_hash(CODE)[:16] == "6f236b5d2e1e2cd2"


def test_utils_are_followed():
    hashes = sources.utils_hashes("from utils.checks import claim")
    assert set(hashes) == {"utils/checks.py", "utils/values.py"}


def test_a_change_in_an_unused_function_of_utils_does_not_count(monkeypatch):
    before = sources.utils_hashes("from utils.checks import attempt")
    real = sources.source_of
    monkeypatch.setattr(sources, "source_of", lambda path: real(path).replace("equals=None", "equals=1"))
    assert sources.utils_hashes("from utils.checks import attempt") == before
    assert sources.utils_hashes("from utils.checks import claim") != before
