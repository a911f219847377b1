from collections import Counter

import pytest

from tools import mutants, mutation, notebooks


@pytest.mark.parametrize("mutation", mutants.listed(), ids=lambda m: f"{m['notebook'].split('/')[-1]}-{m['name']}")
def test_mutation_changes_one_place(mutation):
    if "file" in mutation:
        program = (mutants.ROOT / mutation["notebook"]).with_suffix("") / mutation["file"]
        text = program.read_text(encoding="utf-8")
        assert mutants.mutate_text(text, mutation) != text
        return
    notebook = notebooks.read(mutation["notebook"])
    before = str(notebook)
    assert str(mutants.mutate(notebook, mutation)) != before


def test_each_chapter_has_three():
    count = Counter(mutation["notebook"] for mutation in mutants.listed())
    few = [str(path) for path in notebooks.every() if count[path.as_posix()] < 3]
    assert not few, f"tests/mutations.toml needs three mutations for each of {few}"


@pytest.mark.parametrize("module", mutation.modules())
def test_each_module_of_utils_has_unit_tests(module):
    assert mutation.tests_of(module) != ["tests/unit"], f"no unit test imports utils.{module}"
