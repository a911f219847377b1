"""Records attested or refused, for real, in a small git repository with a tiny recorded run."""

import json
import shutil
import subprocess

import pytest

from tools import records as tool
from tools.environment import ROOT
from utils.records import load_record

SCRIPT = """
import time

from utils.numbers_of_the_test import thirds
from utils.records import RECORDS, input_hashes, write_record
from utils.sources import ROOT, definitions

CHAPTER = "book/tiny.ipynb"
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": ["double"], "data": [], "models": []}
FULL = {"n": 5}
SMALLEST = {"n": 2}
NOT_COMPARED = ["seconds"]


def main(smallest=False):
    plan = SMALLEST if smallest else FULL
    double = definitions(ROOT / CHAPTER, ["double"])["double"]
    runs = [{"value": double(value), "seconds": time.perf_counter()} for value in thirds(plan["n"])]
    write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"tiny{'_smallest' * smallest}.json",
        name="tiny", command="c", seeds=[0], seconds=1, hashes=input_hashes(**INPUTS), results={"runs": runs},
    )


if __name__ == "__main__":
    main()
"""
MODULE = "SHARE = 1 / 3\n\n\ndef thirds(n):\n    return [SHARE * i for i in range(n)]\n"


def git(root, *arguments):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a step")
    return git(root, "rev-parse", "HEAD")


def record_of(root):
    return json.loads((root / "book/records/tiny.json").read_text())


def edit(root, path, old, new):
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A repository whose record was made and committed."""
    root = tmp_path_factory.mktemp("repository") / "book"
    shutil.copytree(ROOT / "utils", root / "utils", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "book/records").mkdir(parents=True)
    (root / "book/records/tiny.py").write_text(SCRIPT)
    (root / "utils/numbers_of_the_test.py").write_text(MODULE)
    source = ["def double(x):\n", "    return 2 * x\n"]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "book/tiny.ipynb").write_text(json.dumps(notebook))
    (root / ".gitignore").write_text("out/\n__pycache__/\n")
    tool._python(root, "from book.records import tiny; tiny.main()")
    git(root, "init", "-q", "-b", "main")
    commit(root)
    return root


@pytest.fixture
def repository(made, tmp_path):
    return shutil.copytree(made, tmp_path / "book")


def test_a_pure_rename_is_attested_and_the_results_stay(repository):
    before, made_at = record_of(repository), git(repository, "rev-parse", "HEAD")
    edit(repository, "utils/numbers_of_the_test.py", "SHARE", "A_THIRD")
    edit(repository, "utils/numbers_of_the_test.py", "thirds", "some_thirds")
    edit(repository, "book/records/tiny.py", "thirds", "some_thirds")
    renamed_at = commit(repository)
    assert tool.attest(repository, "tiny") == made_at
    after = record_of(repository)
    assert after["results"] == before["results"] and after["date"] == before["date"]
    assert after["hashes"] != before["hashes"]
    said = after["attested"]
    assert (said["old_commit"], said["new_commit"]) == (made_at, renamed_at)
    assert "--smallest" in said["command"] and said["date"] >= before["date"]

    commit(repository)  # and once more, from the attested state, by moving a whole module
    git(repository, "mv", "utils/numbers_of_the_test.py", "utils/numbers_elsewhere.py")
    edit(repository, "book/records/tiny.py", "numbers_of_the_test", "numbers_elsewhere")
    commit(repository)
    tool.attest(repository, "tiny")
    hashes = record_of(repository)["hashes"]
    assert "utils/numbers_elsewhere.py" in hashes and "utils/numbers_of_the_test.py" not in hashes


def test_a_record_of_a_side_branch_is_attested(repository):
    made_at = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "rm", "-rqf", "--cached", "book")
    text = (repository / "book/records/tiny.json").read_bytes()
    shutil.rmtree(repository / "book")
    commit(repository)
    git(repository, "merge", "-q", "--allow-unrelated-histories", "-s", "ours", "-m", "keeps the draft", made_at)
    git(repository, "checkout", made_at, "--", "book")
    assert (repository / "book/records/tiny.json").read_bytes() == text
    edit(repository, "utils/numbers_of_the_test.py", "SHARE", "A_THIRD")
    commit(repository)
    assert tool.attest(repository, "tiny") == made_at


def test_a_changed_constant_is_refused_and_nothing_is_written(repository):
    before = (repository / "book/records/tiny.json").read_text()
    edit(repository, "utils/numbers_of_the_test.py", "1 / 3", "1 / 4")
    commit(repository)
    with pytest.raises(tool.NotAttested, match=r"differ: results.runs\[1\].value was 0.666667 and is now 0.5"):
        tool.attest(repository, "tiny")
    assert (repository / "book/records/tiny.json").read_text() == before


def test_other_sizes_of_the_smallest_run_are_no_change_of_inputs(repository):
    hashes = tool._python(repository, tool.HASHES, "tiny")
    edit(repository, "book/records/tiny.py", 'SMALLEST = {"n": 2}', 'SMALLEST = {"n": 1}')
    assert tool._python(repository, tool.HASHES, "tiny") == hashes
    edit(repository, "utils/numbers_of_the_test.py", "SHARE", "A_THIRD")
    commit(repository)
    tool.attest(repository, "tiny")  # the recorded code runs at the sizes of the present
    edit(repository, "book/records/tiny.py", 'FULL = {"n": 5}', 'FULL = {"n": 6}')
    assert tool._python(repository, tool.HASHES, "tiny") != hashes


@pytest.mark.parametrize("full, same", [("1 / 3", True), ("1 / 4", False)])
def test_a_constant_that_became_a_size_is_compared_at_its_full_value(repository, full, same):
    edit(repository, "utils/numbers_of_the_test.py", "SHARE = 1 / 3\n\n\ndef thirds(n)", "def thirds(n, SHARE)")
    edit(repository, "book/records/tiny.py", '"n": 5}', f'"n": 5, "share": {eval(full)}}}')
    edit(repository, "book/records/tiny.py", '"n": 2}', '"n": 2, "share": 1.0}')
    edit(repository, "book/records/tiny.py", 'thirds(plan["n"])', 'thirds(plan["n"], plan["share"])')
    commit(repository)
    if same:
        tool.attest(repository, "tiny")
    else:
        with pytest.raises(tool.NotAttested, match="differ"):
            tool.attest(repository, "tiny")


def test_sizes_that_are_added_on_a_line_of_their_own_are_seen(tmp_path):
    script = tmp_path / "tiny.py"
    script.write_text(
        'SMALLEST = {"n": 2}\nSMALLEST |= {"share": 1.0}\nTOLERANCE = 1e-3\n'
        'FILES = [f"{x}.py" for x in "ab"]\nFILES += ["c.py"]\n'
    )
    assert tool._about_comparing(script)["SMALLEST"] == {"n": 2, "share": 1.0}


def test_numbers_within_the_stated_tolerance_are_equal(repository):
    edit(repository, "utils/numbers_of_the_test.py", "1 / 3", "1 / 3.001")
    edit(
        repository, "book/records/tiny.py", 'NOT_COMPARED = ["seconds"]', 'NOT_COMPARED = ["seconds"]\nTOLERANCE = 1e-2'
    )
    commit(repository)
    tool.attest(repository, "tiny")


def test_without_clean_and_whole_history_it_says_so(repository, tmp_path):
    edit(repository, "utils/numbers_of_the_test.py", "SHARE", "A_THIRD")
    with pytest.raises(tool.NotAttested, match="not committed, such as utils/numbers_of_the_test.py"):
        tool.attest(repository, "tiny")
    commit(repository)
    subprocess.run(["git", "clone", "-q", "--depth=1", repository.as_uri(), tmp_path / "shallow"], check=True)
    with pytest.raises(tool.NotAttested, match="shallow.*--unshallow"):
        tool.attest(tmp_path / "shallow", "tiny")
    shutil.rmtree(repository / ".git")
    with pytest.raises(tool.NotAttested, match="not a git repository"):
        tool.attest(repository, "tiny")


def test_a_record_whose_code_is_not_in_the_history_is_refused(repository):
    record = record_of(repository)
    record["hashes"]["tiny.py"] = "0" * 64
    (repository / "book/records/tiny.json").write_text(json.dumps(record))
    commit(repository)
    with pytest.raises(tool.NotAttested, match="no commit in the history has the recorded code"):
        tool.attest(repository, "tiny")


def test_changed_data_are_refused(repository):
    record = record_of(repository)
    record["hashes"]["data movie_snippets"] = "0" * 64
    (repository / "book/records/tiny.json").write_text(json.dumps(record))
    commit(repository)
    with pytest.raises(tool.NotAttested, match="not only code changed, but data movie_snippets"):
        tool.attest(repository, "tiny")


def test_a_missing_record_is_said(repository):
    (repository / "book/records/tiny.json").unlink()
    with pytest.raises(tool.NotAttested, match="no record"):
        tool.attest(repository, "tiny")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "tiny"}'])
def test_a_damaged_record_is_said_and_the_others_go_on(repository, content, monkeypatch):
    record = repository / "book/records/tiny.json"
    record.write_text(content)
    with pytest.raises(tool.NotAttested, match="tiny.json is not a record"):
        tool.attest(repository, "tiny")
    monkeypatch.setattr(tool, "load_record", lambda name: load_record(name, record.parent))
    assert "tiny.json is not a record" in tool.changed("tiny")[0]


def test_what_cannot_be_attested_is_run_again_and_a_failure_is_counted(repository, monkeypatch, capsys):
    # edited twice within a second, a file of the same length would be taken for the compiled one
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(tool, "ROOT", repository)
    monkeypatch.setattr(tool, "OUT", repository / "out")
    monkeypatch.setenv("PYTHONPATH", str(repository))
    edit(repository, "utils/numbers_of_the_test.py", "1 / 3", "1 / 4")
    assert tool._rerun(["tiny"]) == 0 and "[1/1] tiny: done" in capsys.readouterr().out
    after = record_of(repository)
    assert [run["value"] for run in after["results"]["runs"]] == [0, 0.5, 1, 1.5, 2] and "attested" not in after
    edit(repository, "utils/numbers_of_the_test.py", "1 / 4", "1 / 0")
    assert tool._rerun(["tiny"]) == 1 and "tiny: FAILED" in capsys.readouterr().out
    assert "ZeroDivisionError" in (repository / "out/records/tiny.log").read_text() and record_of(repository) == after


def test_data_that_are_built_on_demand_go_along(repository, tmp_path):
    built = repository / "book/data/built"
    built.mkdir(parents=True)
    (built / "rows.parquet").write_bytes(b"rows")  # in no commit
    copy = tool._copy_of(repository, "HEAD", tmp_path / "copy")
    assert (copy / "book/data/built/rows.parquet").read_bytes() == b"rows"


def test_of_a_failure_the_error_is_told_and_not_the_bar_of_progress(repository):
    bar = "import atexit, sys\natexit.register(lambda: print('parts:   0%|   | 0/20', file=sys.stderr))\n"
    with pytest.raises(tool.NotAttested, match="it fails in book: ValueError: no rows"):
        tool._python(repository, bar + "raise ValueError('no rows')")
