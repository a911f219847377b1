import json

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
    assert sources.needed_for("a = 0\n" + code, ["c"]) == "a = 2\n\nc = a"


@pytest.mark.parametrize(
    "change",
    [
        *("a |= {3: 4}", "a[3] = 4", "a[3], other = 4, 5", "a[1] += 2", "del a[1]", "for i in range(3):\n    a[i] = i"),
        *("a.update({3: 4})", "a.setdefault(3, 4)", "a.pop(1)", "b = a.pop(1)", "a.clear()", "[b, *a[3]] = 4, 5"),
        *("for a[3] in (4, 5):\n    pass", "import contextlib\nwith contextlib.nullcontext(4) as a[3]:\n    pass"),
        *("b = [a.pop(1)]", "if a.pop(1):\n    pass", "try:\n    a[3] = 4\nfinally:\n    pass", "a[3]: int = 4"),
        *("b = [0 for a[3] in (4, 5)]", "while a.popitem() != (1, 2):\n    pass"),
    ],
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


@pytest.mark.parametrize(
    "change",
    [
        *("a.append(3)", "a.extend([3])", "a.insert(0, 3)", "a.reverse()", "a.remove(1)", "a.sort(reverse=True)"),
        *("a += [3]", "a[0] = 3", "a[:1] = []", "a[2].append(4)", "a[2].extend('x')", "a[0], a[1] = (3, 4)"),
    ],
)
def test_lists_change_in_place_too(change):
    code = f"a = [1, 2, 0]\na[2] = []\n{change}\ndef f():\n    return a"
    code = code.replace("a[2] = []\n", "") if "sort" in change else code
    namespace, expected = {}, {}
    exec(sources.needed_for(code, ["f"]), namespace)
    exec(code, expected)
    assert namespace["f"]() == expected["f"]() and change in sources.needed_for(code, ["f"])


def test_tensors_change_in_place_too():
    code = "import torch\na = torch.ones(2)\na.zero_()\na[0].add_(3)\ndef f():\n    return a\na.fill_(7)"
    namespace = {}
    exec(sources.needed_for(code, ["f"]), namespace)
    assert namespace["f"]().tolist() == [3, 0]


def test_functions_of_a_module_are_no_changes_of_it():
    code = "import math\nimport numpy as np\nb = np.add(1, 2)\nnp.random.shuffle([1])\nnp.insert([1], 0, 2)\na = np"
    assert sources.needed_for(code, ["a"]) == "import numpy as np\n\na = np"


def test_what_only_looks_at_a_name_stays_behind():
    code = "a = {1: [2]}\nb = {}\nb[a[1][0]] = 3\nb.update(a)\nprint(a.get(1))\ndef f():\n    return a"
    assert sources.needed_for(code, ["f"]) == "a = {1: [2]}\n\ndef f():\n    return a"


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


@pytest.mark.parametrize("kind", ["def f():", "async def f():", "class F:"])
def test_no_docstring_counts_wherever_it_stands(kind):
    told = f'"""Of the module."""\n{kind}\n    """What it does."""\n    x = 1'
    assert sources.code_hash(told) == sources.code_hash(f"{kind}\n    x = 1")
    only_told = f'{kind}\n    """What it does."""'
    assert sources.code_hash(only_told) == sources.code_hash(f"{kind}\n    pass")
    assert sources.code_hash(only_told) != sources.code_hash(f"{kind}\n    x = 1")


@pytest.fixture
def notebook(tmp_path):
    cells = [
        {"cell_type": "code", "source": ["SCALE = 2\n", "def double(x): return SCALE * x"], "metadata": {}},
        {"cell_type": "markdown", "source": ["def double(x): is prose"], "metadata": {}},
        {"cell_type": "code", "source": ["SCALE = 'never run'"], "metadata": {"tags": ["skip-execution"]}},
        {"cell_type": "code", "source": ["four = double(2)"], "metadata": {"tags": ["checks"]}},
    ]
    (tmp_path / "page.ipynb").write_text(json.dumps({"cells": cells}))
    return tmp_path / "page.ipynb"


def test_code_of_a_notebook_is_what_is_run(notebook):
    sizes = "SCALE = 2\ndef double(x): return SCALE * x"
    assert sources.code_cells(notebook) == [(sizes, []), ("four = double(2)", ["checks"])]
    assert sources.source_of(notebook) == f"{sizes}\n\nfour = double(2)"


def test_what_a_page_defines_can_be_called_from_elsewhere(notebook, tmp_path):
    page = sources.definitions(notebook, ["double"])
    assert page["double"](4) == 8 and page["__name__"] == "page" and "four" not in page
    (tmp_path / "module.py").write_text("def f():\n    return g() + 1\n\ndef g():\n    return 1\n")
    assert sources.definitions(tmp_path / "module.py", ["f"])["f"]() == 2, "a function may use one that stands below"


@pytest.mark.parametrize(
    "code",
    [
        "a = 1\ndef f():\n    def inner():\n        return lambda: a\n    return inner()()",
        "a = 1\nclass F:\n    x = a\ndef f():\n    return F.x",
        "a = 1\ndef f(x=a):\n    return x",
        "a = 1\ndef f():\n    return [a for _ in range(2)][0]",
        "a = 0\na += 1\ndef f():\n    return a",
        "a = [0]\na[0]: int = 1\ndef f():\n    return a[0]",
        "from math import pi as a\ndef f():\n    return a // 3",
    ],
)
def test_names_are_followed_into_functions_classes_and_defaults(code):
    namespace = {}
    exec(sources.needed_for("unused = 5\n" + code, ["f"]), namespace)
    assert namespace["f"]() == 1 and "unused" not in namespace


def test_what_is_assigned_inside_another_function_is_no_change_of_a_name():
    code = "a = {}\ndef other():\n    a[1] = 2\ndef f():\n    return a"
    assert "other" not in sources.needed_for(code, ["f"])


def test_a_name_that_comes_from_elsewhere_is_left_to_fail_where_it_is_used():
    assert sources.needed_for("def f():\n    return elsewhere", ["f"]) == "def f():\n    return elsewhere"


def test_only_the_last_value_of_a_name_comes_with_its_changes():
    code = "a = [0]\na[0] = 5\na = [0]\na[0] = 6\ndef f():\n    return a"
    assert sources.needed_for(code, ["f"]) == "a = [0]\n\na[0] = 6\n\ndef f():\n    return a"
    assert sources.needed_for("a = 1\na: int = 2\nc = a", ["c"]) == "a: int = 2\n\nc = a"


def test_each_name_of_an_import_stands_by_itself():
    assert sources.needed_for("from os import path, sep\nx = sep", ["x"]) == "from os import sep\n\nx = sep"


def test_parts_of_one_package_come_together():
    code = (
        "import xml.dom\nimport xml.sax\nimport json\ndef f():\n    return xml.dom, xml.sax\ndef g():\n    return json"
    )
    assert sources.needed_for(code, ["f"]).startswith("import xml.dom\n\nimport xml.sax\n\ndef f")
    assert sources.needed_for(code, ["g"]).startswith("import json\n\ndef g")
    twice = "import os\nos.environ['A'] = '1'\nimport os\ndef f():\n    return os"
    assert sources.needed_for(twice, ["f"]).startswith("import os\n\ndef f")


def test_a_name_of_pythons_own_may_be_defined_anew():
    code = "def sum(x):\n    return 42\ndef total(x):\n    return sum(x) + len(x)"
    namespace = {}
    exec(sources.needed_for(code, ["total"]), namespace)
    assert namespace["total"]([1, 2]) == 44


def test_what_code_takes_from_utils():
    code = (
        "import os\nimport utils.units\nfrom utils import values\nfrom utils.checks import claim, compare\nimport json"
    )
    taken = {path.name: names for path, names in sources.utils_imports(code).items()}
    assert taken == {"units.py": None, "values.py": None, "checks.py": {"claim", "compare"}}


@pytest.mark.parametrize(
    "code",
    [
        "from utils import values",
        "import utils.values",
        "from utils import values\nfrom utils.values import keep",
        "from utils.values import keep\nimport utils.values",
        "from utils import values\nfrom utils.checks import claim",
    ],
)
def test_a_module_that_is_taken_whole_counts_whole(code):
    whole = sources.code_hash((sources.ROOT / "utils" / "values.py").read_text(encoding="utf-8"))
    assert sources.utils_hashes(code)["utils/values.py"] == whole
    assert sources.utils_hashes("from utils.values import keep")["utils/values.py"] != whole


def test_utils_are_followed_to_the_end_and_in_order():
    hashes = sources.utils_hashes("from utils.memory import cache_bytes\nfrom utils.checks import claim")
    assert list(hashes) == ["utils/checks.py", "utils/memory.py", "utils/units.py", "utils/values.py"]
    part = sources.needed_for(sources.source_of(sources.ROOT / "utils" / "units.py"), ["quantity", "whole_numbers"])
    assert hashes["utils/units.py"] == sources.code_hash(part), "only what the calculator uses"
