"""The articles' code blocks are kept byte for byte: nobody, and no formatter, has edited them."""

import hashlib

import pytest

from tools.environment import ROOT

FOLDER = ROOT / "book" / "documents_code"
SUMS = dict(line.split("  ")[::-1] for line in (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines())


def test_every_block_is_listed():
    kept = {path.name for path in FOLDER.iterdir() if path.is_file()} - {"SHA256SUMS"}
    assert kept == set(SUMS)
    assert {name.split(".")[0] for name in SUMS} == {f"K{number}" for number in range(1, 10)}


@pytest.mark.parametrize("name", sorted(SUMS))
def test_block_is_unedited(name):
    found = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    assert found == SUMS[name], f"{name} was edited: restore it with 'git checkout -- book/documents_code/{name}'"


@pytest.mark.parametrize("name", sorted(name for name in SUMS if name.endswith(".py")))
def test_block_is_a_program(name):
    compile((FOLDER / name).read_text(encoding="utf-8"), name, "exec")
