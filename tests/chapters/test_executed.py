"""The outputs that the site is built from: complete, clean, and plain copies of them readable anywhere."""

import json
import re
from copy import deepcopy

import pytest

from tools import account, colab, execution, notebooks, scheduler
from tools.environment import ROOT
from utils.checks import CLAIM

EVERY = notebooks.every()


@pytest.fixture(params=EVERY, ids=str, scope="module")  # each is read once
def executed(request):
    notebook, current = execution.outputs_for(request.param)
    assert current, f"{request.param} has no outputs of its present code"
    return request.param, notebook


def test_every_cell_ran_without_a_warning(executed):
    path, notebook = executed
    assert execution.faults_of(notebook) == []


def test_cells_ran_in_order_from_a_fresh_kernel(executed):
    _, notebook = executed
    counts = [c["execution_count"] for c in notebook["cells"] if c["cell_type"] == "code" and c["execution_count"]]
    assert counts == list(range(1, len(counts) + 1))


def test_claims_were_checked(executed):
    path, notebook = executed
    outputs = [o for c in notebook["cells"] for o in c.get("outputs", [])]
    claims = [o["data"][CLAIM] for o in outputs if CLAIM in o.get("data", {})]
    statements = [claim["statement"] for claim in claims]
    assert len(claims) >= 5, f"{path} checked only {statements}"
    assert len(set(statements)) == len(statements), "two claims of a chapter have the same words"


def test_no_wall_of_output(executed):
    path, notebook = executed
    for number, cell in enumerate(notebook["cells"]):
        printed = "".join("".join(o.get("text", "")) for o in cell.get("outputs", []))
        assert len(printed.splitlines()) <= 60, f"{path}, cell {number} prints {len(printed.splitlines())} lines"


def test_no_path_of_this_machine_is_on_the_page(executed):
    path, notebook = executed
    for number, cell in enumerate(notebook["cells"]):
        text = json.dumps(cell.get("outputs", []))
        found = re.search(re.escape(str(ROOT)) + r"|/home/\w+|/Users/\w+|/root/", text)
        assert not found, f"{path}, cell {number} shows the path {found and found[0]}"


def test_time_and_memory_are_on_record(executed):
    path, _ = executed
    facts = account.read()[path.as_posix()]
    assert 0 < facts["seconds"] <= scheduler.LIMIT_SECONDS and facts["peak_mb"] > 0


def test_plain_copy_is_plain(executed):
    path, notebook = executed
    assert colab.left_over(colab.plain(deepcopy(notebook), path)) == []


def test_values_are_kept_once_and_quoted(executed):
    path, notebook = executed
    names = [
        o["data"]["application/vnd.book.value+json"]["name"]
        for c in notebook["cells"]
        for o in c.get("outputs", [])
        if "application/vnd.book.value+json" in o.get("data", {})
    ]
    assert len(names) == len(set(names)), f"{path} keeps two values of one name"
    prose = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    captions = "".join(c["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "") for c in notebook["cells"])
    others = "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "book").glob("*.md")))
    unused = [n for n in names if not re.search(rf"\{{val\}}`(\S+#)?{n}[:`]", prose + captions + others)]
    assert not unused, f"{path} keeps values that no sentence quotes: {unused}"
