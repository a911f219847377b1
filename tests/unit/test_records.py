import json
import multiprocessing
import runpy
import sys
import traceback

import pytest

from tools import records as tool
from tools.environment import ROOT
from utils import records

LIBRARIES = [
    "matplotlib.pyplot",
    "pandas",
    "peft",
    "sklearn.linear_model",
    "torch",
    "transformers.models.bert.modeling_bert",
    "transformers.models.llama.modeling_llama",
]


@pytest.mark.parametrize("name", tool.scripts())
def test_record_is_up_to_date(name):
    changed = tool.changed(name)
    assert not changed, f"since the record {name} was made, these changed: {', '.join(changed)}; run: make records"


def _run_smallest(name, log):
    """A script at its smallest, in a process that has the libraries already; what it says goes to a file."""
    with open(log, "w", encoding="utf-8") as sys.stdout:
        sys.stderr = sys.stdout
        sys.argv = [name, "--smallest"]
        try:
            runpy.run_module(f"book.records.{name}", run_name="__main__")
        except Exception:
            traceback.print_exc()
            raise SystemExit(1) from None


@pytest.fixture(scope="module")
def run_smallest(tmp_path_factory):
    """A function that runs a script at its smallest: its exit status and what it said.

    Importing the libraries takes longer than most of these runs, so a server imports them once and each run is a
    fork of it. One thread each: these small runs gain nothing from a second one.
    """
    logs = tmp_path_factory.mktemp("smallest")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.chdir(ROOT)
        processes = multiprocessing.get_context("forkserver")
        processes.set_forkserver_preload(LIBRARIES)

        def run(name):
            process = processes.Process(target=_run_smallest, args=(name, logs / name))
            process.start()
            process.join()
            return process.exitcode, (logs / name).read_text(encoding="utf-8")

        yield run


@pytest.mark.parametrize("name", tool.scripts())
def test_script_runs_through_at_its_smallest(run_smallest, name):
    status, said = run_smallest(name)
    assert status == 0, said[-3000:]
    smallest = records.load_record(f"{name}_smallest", ROOT / "out" / "records")
    full = records.load_record(name)
    assert smallest["results"].keys() == full["results"].keys()
    assert smallest["hashes"].keys() == full["hashes"].keys()


def test_parts_are_computed_once_and_whole(tmp_path):
    asked = []

    def compute():
        asked.append(1)
        if len(asked) == 1:
            raise KeyboardInterrupt
        return {"loss": [1.5, "é"]}

    with pytest.raises(KeyboardInterrupt):
        records.Parts(tmp_path).kept("run a/b 0", compute)
    assert not list((tmp_path / "results").iterdir()), "an interrupted part leaves nothing"
    (tmp_path / "results" / "run_a-b_0.tmp").write_text('{"sec')  # of a run that was killed while it wrote
    for _ in range(2):
        parts = records.Parts(tmp_path)
        assert parts.kept("run a/b 0", compute) == {"loss": [1.5, "é"]}
    assert len(asked) == 2 and parts.seconds() >= 0


@pytest.mark.parametrize("name", tool.scripts())
def test_record_can_be_reviewed(name):
    text = (records.RECORDS / f"{name}.json").read_text(encoding="utf-8")
    assert len(text.encode()) <= 200_000 and text.count("\n") <= 250
    assert text == records.as_text(json.loads(text)), "it was not written by save_record"


def test_one_run_a_line_and_six_digits(tmp_path):
    runs = [{"seed": seed, "share": 2 / 3, "hits": [1 / 3] * 3} for seed in range(50)]
    results = {"runs": runs, "long": [{"p": list(range(2000)), "text": "x" * 10}]}
    path = records.write_record(
        tmp_path / "new" / "x.json", name="x", command="c", seeds=[0], seconds=1, hashes={}, results=results
    )
    lines = path.read_text().splitlines()
    assert '   {"seed": 0, "share": 0.666667, "hits": [0.333333, 0.333333, 0.333333]},' in lines
    assert sum("1998, 1999]" in line for line in lines) == 1, "a long array stands on one line"
    assert records.load_record("x", tmp_path / "new")["results"] == records.rounded(results)


def test_parts_of_a_run_with_other_sizes_are_deleted(tmp_path):
    part = records.fresh_parts(tmp_path / "parts", {"a": "b"}, {"n": 1}) / "part.json"
    part.touch()
    assert records.fresh_parts(tmp_path / "parts", {"a": "b"}, {"n": 1}) == part.parent and part.exists()
    records.fresh_parts(tmp_path / "parts", {"a": "b"}, {"n": 2})
    assert not part.exists()


def test_unknown_record_lists_the_known_ones():
    with pytest.raises(records.RecordError, match="there are"):
        records.load_record("no_such_record")


def test_malformed_record_is_refused(tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({"name": "bad"}))
    with pytest.raises(records.RecordError, match="not a record"):
        records.load_record("bad", tmp_path)
    (tmp_path / "cut.json").write_text('{"name": "cu')
    with pytest.raises(records.RecordError, match="not a record"):
        records.load_record("cut", tmp_path)


def test_a_changed_input_is_named():
    record = {"hashes": {"utils/data.py": "a", "model minilm": "b"}}
    assert records.changed_inputs(record, {"utils/data.py": "a", "model minilm": "c"}) == ["model minilm"]
    assert records.changed_inputs(record, {"utils/data.py": "a"}) == ["model minilm"]


def test_record_without_results_is_not_written(tmp_path):
    with pytest.raises(Exception, match="results|non-empty"):
        records.write_record(tmp_path / "x.json", name="x", command="c", seeds=[0], seconds=1, hashes={}, results={})
    assert not list(tmp_path.iterdir())
