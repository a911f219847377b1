"""Checkpoints of the chapter on pre-training: a process really killed at each boundary of writing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tools.environment import ROOT
from utils.sources import definitions

CHAPTER = ROOT / "book" / "3_training" / "02_pre_training_a_gpt.ipynb"
NAMES = ["BOUNDARIES", "TINY", "Run", "save", "resumed", "state_of"]
IDS = "torch.arange(3000) * 7919 % 61"  # a corpus without meaning, the same everywhere
KILLED = f"""
import os, signal, sys
from pathlib import Path
import torch
from utils.sources import definitions

page = definitions({str(CHAPTER)!r}, {NAMES})
ids, folder = {IDS}, Path(sys.argv[1])
for number, boundary in enumerate(page["BOUNDARIES"]):
    if os.fork():
        _, status = os.wait()
        print(os.WTERMSIG(status))
        continue
    path = folder / f"{{number}}.safetensors"
    run = page["Run"](page["TINY"], ids, 61, 0).go(3)
    page["save"](run, path)

    def strike(reached):
        if reached == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    page["save"](run.go(2), path, at=strike)
    os._exit(0)  # never reached
"""


@pytest.fixture
def one_thread():
    """As many threads as the killed processes have: another number adds up in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, one_thread):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    variables = os.environ | {"OMP_NUM_THREADS": "1", "BOOK_DEVICE": "cpu"}  # a fork must find no other threads
    killed = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    assert killed.stdout.split() == ["9"] * 5, killed.stderr[-2000:]
    page, ids = definitions(CHAPTER, NAMES), eval(IDS)
    untouched = page["state_of"](page["Run"](page["TINY"], ids, 61, 0).go())
    begun_at = []
    for number in range(5):
        run = page["resumed"](tmp_path / f"{number}.safetensors", page["TINY"], ids, 61, 0)
        begun_at.append(len(run.losses))
        state = page["state_of"](run.go())
        assert all(torch.equal(state[name], untouched[name]) for name in untouched)
    assert begun_at == [3, 3, 3, 3, 5], "only the last kill came after the second checkpoint was in place"


def test_a_full_disk_leaves_the_last_checkpoint_and_nothing_else(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no file that is always full")
    page, ids = definitions(CHAPTER, NAMES), torch.arange(3000) % 61
    run, path = page["Run"](page["TINY"], ids, 61, 0), tmp_path / "run.safetensors"
    page["save"](run.go(1), path)
    path.with_suffix(".tmp").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        page["save"](run.go(1), path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]
    assert len(page["resumed"](path, page["TINY"], ids, 61, 0).losses) == 1
