import json
import shutil

import pyarrow.parquet as pq
import pytest

from book.data.movie_snippets import normalised
from tests.conftest import missing
from tools import data as builder
from utils import data


@pytest.mark.parametrize("name", data.names())
def test_file_and_card_agree(name):
    card = data.card(name)
    path = data.DATA / f"{name}.parquet"
    table = pq.read_table(path)
    assert data.file_hash(path) == card["sha256"]
    assert data.rows_hash(table) == card["rows_sha256"]
    assert table.num_rows == card["rows"]
    for field in ("title", "source", "licence", "notice", "cleaning", "faults"):
        assert card[field], f"the card of {name} says nothing about its {field}"


@pytest.mark.parametrize("name", data.names())
def test_builder_makes_the_same_rows(name):
    if not builder.archive(name):
        missing(f"the archive of {builder.builder(name).PACKAGE} is not in {builder.SOURCES}")
    assert data.rows_hash(builder.build(name)) == data.card(name)["rows_sha256"]


def test_every_data_set_has_card_file_and_builder():
    kinds = {suffix: {path.stem for path in data.DATA.glob(f"*{suffix}")} for suffix in (".json", ".parquet", ".py")}
    assert kinds[".json"] == kinds[".parquet"] == kinds[".py"]


def test_all_data_together_are_small():
    assert sum(path.stat().st_size for path in data.DATA.iterdir()) < 25e6


def test_splits_do_not_share_a_text():
    splits = data.load("movie_snippets")
    texts = {split: {normalised(text) for text in rows["text"][:]} for split, rows in splits.items()}
    for one in texts:
        for other in texts:
            assert one == other or not texts[one] & texts[other], (one, other)


def test_labels_follow_the_ratings():
    for split, rows in data.load("movie_snippets").items():
        for rating, label in zip(rows["rating"][:], rows["label"][:]):
            assert label == (2 if abs(rating) < 0.5 else int(rating > 0))
            assert (label == 2) == (split == "neutral")


def test_an_option_that_would_be_ignored_is_refused():
    with pytest.raises(data.DataError, match="take no options, but got split"):
        data.load("shakespeare", split="train")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_card_is_said(tmp_path, monkeypatch, content):
    (tmp_path / "plays.json").write_text(content)
    monkeypatch.setattr(data, "DATA", tmp_path)
    with pytest.raises(data.DataError, match=r"plays\.json is damaged .*restore it from git"):
        data.load("plays")


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(data.DataError, match="movie_snippets"):
        data.load("movie_snippet")


def test_changed_file_is_not_loaded(tmp_path, monkeypatch):
    for file in data.DATA.glob("shakespeare.*"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(data, "DATA", tmp_path)
    assert data.load("shakespeare").num_rows == 42
    path = tmp_path / "shakespeare.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(data.DataError, match="not the file that its card describes"):
        data.load("shakespeare")
    path.unlink()
    with pytest.raises(data.DataError, match="is missing"):
        data.load("shakespeare")


def test_rows_hash_sees_values_order_and_schema():
    table = pq.read_table(data.DATA / "shakespeare.parquet")
    assert data.rows_hash(table) != data.rows_hash(table.take([1, 0, *range(2, 42)]))
    assert data.rows_hash(table) != data.rows_hash(table.rename_columns(["name", "text"]))
    assert data.rows_hash(table) == data.rows_hash(table.combine_chunks())


def test_local_folder_in_the_hubs_layout(tmp_path):
    folder = tmp_path / "imdb"
    folder.mkdir()
    for split in ("train", "test"):
        rows = [{"text": "a fine film", "label": 1}, {"text": "a dull film", "label": 0}]
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    loaded = data.load(str(folder))
    assert loaded["test"]["label"][:] == [1, 0]


def test_hub_out_of_reach_is_said():
    with pytest.raises(data.DataError, match="network"):
        data.load("hub:no_such_data_set")
