import importlib.metadata
import json
import multiprocessing
import os
import runpy
import sys
import traceback
from datetime import UTC, datetime

import nbformat
import pytest

from tools import records as tool
from tools.environment import ROOT
from utils import data, models, records

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
    assert len(asked) == 2 and 0 <= parts.seconds() < 1
    assert parts.progress.n == 1, "each part moves the bar of progress, whether computed or kept"


def test_seconds_of_all_parts_are_added(tmp_path):
    parts = records.Parts(tmp_path, total=3)
    for name, seconds in (("a", 1.5), ("b", 2.0)):
        (tmp_path / "results" / f"{name}.json").write_text(json.dumps({"seconds": seconds, "result": 0}))
    assert parts.seconds() == 3.5 and parts.progress.total == 3


@pytest.mark.parametrize("name", tool.scripts())
def test_record_can_be_reviewed(name):
    text = (records.RECORDS / f"{name}.json").read_text(encoding="utf-8")
    assert len(text.encode()) <= 200_000 and text.count("\n") <= 250
    assert text == records.as_text(json.loads(text)), "it was not written by save_record"


def test_one_run_a_line_and_six_digits(tmp_path):
    runs = [{"seed": seed, "share": 2 / 3, "hits": [1 / 3] * 3} for seed in range(50)]
    results = {"runs": runs, "long": [{"p": list(range(2000)), "text": "x" * 10}]}
    path = records.write_record(
        tmp_path / "new" / "folder" / "x.json", name="x", command="c", seeds=[0], seconds=1, hashes={}, results=results
    )
    lines = path.read_text().splitlines()
    assert '   {"seed": 0, "share": 0.666667, "hits": [0.333333, 0.333333, 0.333333]},' in lines
    assert sum("1998, 1999]" in line for line in lines) == 1, "a long array stands on one line"
    assert records.load_record("x", path.parent)["results"] == records.rounded(results)
    assert '"é"' in records.as_text({"text": "é"}), "a person can read it"


def test_a_record_says_when_with_what_and_on_what_it_was_made(tmp_path):
    hashes = {"x.py": "0" * 64}
    path = records.write_record(
        tmp_path / "x.json", name="x", command="c", seeds=range(2), seconds=0.26, hashes=hashes, results={"loss": 2.5}
    )
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"], "nothing half-written stays"
    record = records.load_record("x", tmp_path)
    assert path == tmp_path / "x.json" and record["results"] == {"loss": 2.5}
    assert (record["seeds"], record["seconds"], record["hashes"]) == ([0, 1], 0.3, hashes)
    assert record["versions"]["torch"] == importlib.metadata.version("torch") and "python" in record["versions"]
    assert record["date"] == datetime.now(UTC).date().isoformat() and record["hardware"]["cores"] == os.cpu_count()


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"command": ""},
        {"seeds": []},
        {"seeds": ["0"]},
        {"seconds": 0},
        {"versions": {"torch": 2}},
        {"hashes": {"x.py": "0" * 63}},
        {"results": {}},
        {"note": "no such field"},
        {"attested": {"date": "2026-01-01"}},
        {"attested": dict.fromkeys(("date", "command", "old_commit", "new_commit"), "x") | {"n": 1}},
    ],
)
def test_a_record_of_another_form_is_neither_written_nor_read(tmp_path, change):
    good = {
        "name": "x",
        "command": "c",
        "seeds": [0],
        "date": "2026-01-01",
        "seconds": 0.1,
        "versions": {},
        "hardware": {},
        "hashes": {},
        "results": {"loss": 1},
        "attested": dict.fromkeys(("date", "command", "old_commit", "new_commit"), "x"),
    }
    records.save_record(tmp_path / "good.json", good)
    with pytest.raises(ValueError):
        records.save_record(tmp_path / "bad.json", good | change)
    assert not (tmp_path / "bad.json").exists()
    (tmp_path / "bad.json").write_text(json.dumps(good | change))
    with pytest.raises(records.RecordError, match=r"bad\.json is not a record"):
        records.load_record("bad", tmp_path)


SCRIPT = """from utils.units import quantity
RUNS = 5
SMALLEST = {"runs": 1}
NOT_COMPARED = TOLERANCE = None
print(quantity("runs", RUNS, least=1))
"""
PAGE = ["def used(x):\n    return 2 * x", "def other(x):\n    return x"]


def test_inputs_of_a_run_are_what_it_uses_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "ROOT", tmp_path)

    def hashes(script=SCRIPT, cells=PAGE):
        (tmp_path / "run.py").write_text(script)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, tmp_path / "page.ipynb")
        return records.input_hashes(tmp_path / "run.py", "page.ipynb", ["used"], ["shakespeare"], ["minilm"])

    before = hashes()
    assert sorted(before) == ["data shakespeare", "model minilm", "page.ipynb", "run.py", "utils/units.py"]
    assert before["data shakespeare"] == data.file_hash(data.path_of("shakespeare"))
    assert before["model minilm"] == models.PACKAGED["minilm"]["sha256"]["model.safetensors"]
    assert hashes(SCRIPT.replace('"runs": 1', '"runs": 2').replace("None", "0.1")) == before, (
        "only smallest runs differ"
    )
    together = SCRIPT.replace("NOT_COMPARED = TOLERANCE =", "SMALLEST = NOT_COMPARED = TOLERANCE =")
    assert hashes(together) == before, "they may be set in one line"
    assert hashes(cells=[PAGE[0], "def other(x):\n    return 3 * x"]) == before, "the run does not use it"
    assert records.changed_inputs({"hashes": before}, hashes(SCRIPT.replace("RUNS = 5", "RUNS = 6"))) == ["run.py"]
    both = SCRIPT.replace("SMALLEST =", "SIZES = SMALLEST =")
    assert records.changed_inputs({"hashes": before}, hashes(both)) == ["run.py"], "sizes of the full run count"
    assert records.changed_inputs({"hashes": before}, hashes(cells=[PAGE[0].replace("2", "3")])) == ["page.ipynb"]


def test_parts_of_a_run_with_other_sizes_are_deleted(tmp_path):
    folder = tmp_path / "new" / "parts"
    part = records.fresh_parts(folder, {"a": "b"}, {"n": 1}) / "part.json"
    for inputs in (({"a": "b"}, {"n": 2}), ({"a": "c"}, {"n": 2})):
        part.touch()
        records.fresh_parts(folder, *inputs)
        assert not part.exists()
        part.touch()
        assert records.fresh_parts(folder, *inputs) == part.parent and part.exists()
    (folder / "inputs.json").unlink()  # as an interrupted deletion may leave it
    records.fresh_parts(folder, {"a": "d"}, {"n": 2})
    assert not part.exists()


def test_parts_with_names_alike_are_two(tmp_path):
    parts = records.Parts(records.fresh_parts(tmp_path / "parts", {}, {}))
    names = ["a b", "a_b", "a/b", "a-b", "a\\b", "ä b", "a%20b"]
    assert [parts.kept(name, lambda name=name: name) for name in names] == names
    assert [parts.kept(name, lambda: "computed again") for name in names] == names


def test_unknown_record_lists_the_known_ones():
    with pytest.raises(records.RecordError, match="no record is called 'no_such_record'; there are: .*writing"):
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
