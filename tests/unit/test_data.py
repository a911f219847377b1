import hashlib
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from book.data.movie_snippets import normalised
from tests.conftest import missing
from tools import data as builder
from tools import environment
from utils import data


@pytest.mark.parametrize("name", data.names())
def test_file_and_card_agree(name):
    card = data.card(name)
    path = data.path_of(name)
    if card.get("on_demand") and not path.exists():
        missing(f"{name} is built on demand and could not be built here")
    table = pq.read_table(path)
    assert card.get("on_demand") or data.file_hash(path) == card["sha256"]
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
    on_demand = {name for name in data.names() if data.card(name).get("on_demand")}
    assert kinds[".json"] == kinds[".py"] == kinds[".parquet"] | on_demand
    assert not kinds[".parquet"] & on_demand, "what may not be passed on lies in the repository"


def test_all_data_together_are_small():
    assert sum(path.stat().st_size for path in data.DATA.iterdir() if path.is_file()) < 25e6


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


def test_names_are_those_of_the_cards_in_order():
    assert data.names() == sorted(path.stem for path in data.DATA.glob("*.json"))


def test_splits_are_those_of_the_card_without_their_column():
    splits, facts = data.load("movie_snippets"), data.card("movie_snippets")
    assert list(splits) == list(facts["splits"]) and sum(rows.num_rows for rows in splits.values()) == facts["rows"]
    assert all("split" not in rows.column_names for rows in splits.values())
    table = pq.read_table(data.path_of("movie_snippets"))
    expected = [text for text, split in zip(table["text"].to_pylist(), table["split"].to_pylist()) if split == "test"]
    assert splits["test"]["text"][:] == expected


def test_a_name_goes_to_the_hub_with_its_prefix_or_as_a_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("datasets.load_dataset", lambda name, **options: (name, options))
    assert data.load("hub:imdb") == ("imdb", {})
    assert data.load("stanfordnlp/imdb", split="train") == ("stanfordnlp/imdb", {"split": "train"})
    assert data.load("hub:shakespeare", split="train") == ("shakespeare", {"split": "train"})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews").mkdir()
    assert data.load("reviews") == ("reviews", {}), "a folder"
    with pytest.raises(data.DataError, match="no data set is called 'imdb'"):
        data.load("imdb", split="train")


def test_an_option_that_would_be_ignored_is_refused():
    with pytest.raises(data.DataError, match="take no options, but got split"):
        data.load("shakespeare", split="train")


@pytest.fixture
def on_demand(tmp_path, monkeypatch):
    """A data set that is built on demand, with its builder, in a folder of its own."""
    card = {"title": "Two reviews", "source": "PyPI package reviews 1.0", "on_demand": True}
    (tmp_path / "reviews.json").write_text(json.dumps(card))
    maker = SimpleNamespace(PACKAGE="reviews==1.0", rows=lambda archive: [{"text": "a fine film"}, {"text": "dull"}])
    for module in (data, builder):
        monkeypatch.setattr(module, "DATA", tmp_path)
    monkeypatch.setattr(builder, "builder", lambda name: maker)
    monkeypatch.setattr(builder, "fetch", lambda name: "reviews-1.0.tar.gz")
    return maker, tmp_path


def test_data_on_demand_are_built_loaded_and_checked(on_demand):
    _, folder = on_demand
    assert builder.write("reviews").endswith("MB written")
    assert builder.write("reviews") == "reviews: 2 rows, unchanged"
    assert data.load("reviews")["text"][:] == ["a fine film", "dull"]
    assert not list(folder.glob("*.parquet")), "it must not lie among what the repository holds"
    path = data.path_of("reviews")
    pq.write_table(pq.read_table(path).take([1, 0]), path)
    with pytest.raises(data.DataError, match="not the file that its card describes .* tools.data reviews"):
        data.load("reviews")
    path.write_bytes(b"half")
    with pytest.raises(data.DataError, match="not the file that its card describes"):
        data.load("reviews")


def test_data_on_demand_that_are_not_there_say_how_to_have_them(on_demand):
    builder.write("reviews")
    assert data.lacking() == []
    data.path_of("reviews").unlink()
    assert data.lacking() == ["reviews"]
    with pytest.raises(data.DataError, match="may not be passed on .* PyPI package reviews 1.0: python -m tools.data"):
        data.load("reviews")


def test_a_package_with_other_rows_does_not_become_data_on_demand(on_demand):
    maker, folder = on_demand
    builder.write("reviews")
    data.path_of("reviews").unlink()
    maker.rows = lambda archive: [{"text": "another"}]
    with pytest.raises(ValueError, match="are not those of its card"):
        builder.write("reviews")
    assert not list((folder / "built").iterdir())


def test_set_up_goes_on_without_data_on_demand(on_demand, monkeypatch, capsys, tmp_path):
    builder.write("reviews")
    data.path_of("reviews").unlink()
    monkeypatch.setattr(environment, "LOG", tmp_path / "setup.log")
    environment._build_data(Path(shutil.which("false")))
    assert "chapters that use these data will say what to do" in capsys.readouterr().err


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


def test_rows_hash_sees_values_order_and_schema(tmp_path):
    table = pq.read_table(data.DATA / "shakespeare.parquet")
    assert data.rows_hash(table) != data.rows_hash(table.take([1, 0, *range(2, 42)]))
    assert data.rows_hash(table) != data.rows_hash(table.rename_columns(["name", "text"]))
    assert data.rows_hash(table) == data.rows_hash(table.combine_chunks())
    assert data.rows_hash(table) != data.rows_hash(table.slice(0, 41))
    lists = pa.table({"words": [["a", "b"], []]})
    pq.write_table(lists, tmp_path / "lists.parquet")
    assert data.rows_hash(pq.read_table(tmp_path / "lists.parquet")) == data.rows_hash(lists)


def test_local_folder_in_the_hubs_layout(tmp_path):
    folder = tmp_path / "imdb"
    folder.mkdir()
    for split in ("train", "test"):
        rows = [{"text": "a fine film", "label": 1}, {"text": "a dull film", "label": 0}]
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    loaded = data.load(str(folder))
    assert loaded["test"]["label"][:] == [1, 0]


def test_a_damaged_file_in_a_folder_is_not_blamed_on_the_network(tmp_path):
    (tmp_path / "train.jsonl").write_text('{"text": "one"}\n{"text": "tw')
    with pytest.raises(data.DataError) as error:
        data.load(tmp_path)
    assert "network" not in str(error.value) and "Look at the files in this folder" in str(error.value)
    assert "JSON" in str(error.value)


def test_hub_out_of_reach_is_said():
    with pytest.raises(data.DataError, match="network"):
        data.load("hub:no_such_data_set")


@pytest.mark.parametrize("which", ["ready", "floor"])
def test_an_environment_that_is_ready_still_gets_data_that_came_later(which, tmp_path, monkeypatch):
    python, built = tmp_path / environment.PYTHON.relative_to(environment.VENV), []
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(environment, "PYTHON", python)
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "FLOOR", tmp_path)
    monkeypatch.setattr(environment, "STAMP", tmp_path / "book-setup")
    monkeypatch.setattr(environment, "_works", lambda python: True)
    monkeypatch.setattr(environment, "_build_data", built.append)
    wanted = environment._wanted()
    if which == "floor":
        files = ("constraints-floor.txt", "requirements/notebooks.txt", "requirements/models.txt")
        wanted = hashlib.sha256(b"".join((environment.ROOT / name).read_bytes() for name in files)).hexdigest()
    (tmp_path / "book-setup").write_text(wanted)
    assert getattr(environment, which)() == python
    assert built == [python]
