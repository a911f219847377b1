"""The classification page's code under two other names: a BERT and an IMDb-like data set, laid out as on the hub."""

import csv

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForPreTraining, BertTokenizer

from tools.environment import ROOT
from utils.data import DataError, load
from utils.models import ModelError, load_model
from utils.sources import definitions

PAGE = ROOT / "book" / "3_training" / "04_fine_tuning_classification.ipynb"
WORDS = ["a", "the", "film", "was", "good", "bad"]


@pytest.fixture
def bert(tmp_path):
    """A folder with a tiny random BERT as its authors would upload it: config, weights, tokenizer."""
    folder = tmp_path / "some-org" / "tiny-bert"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = BertTokenizer(vocab={word: i for i, word in enumerate(vocabulary)})
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertForPreTraining(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(params=["csv", "parquet"])
def reviews(tmp_path, request):
    """A folder with IMDb's columns and splits; whether a review is positive depends on a single word."""
    folder = tmp_path / "some-org" / "reviews"
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for split, n_rows in (("train", 64), ("test", 24)):
        labels = draw.permutation(np.arange(n_rows) % 2).tolist()
        fillers = [" ".join(draw.choice(WORDS[:4], size=draw.integers(2, 9))) for _ in labels]
        texts = [f"{filler} {'good' if label else 'bad'}" for filler, label in zip(fillers, labels)]
        rows = {"text": texts, "label": labels}
        if request.param == "csv":
            with open(folder / f"{split}.csv", "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([rows.keys(), *zip(*rows.values())])
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table(rows), folder / f"{split}.parquet")
    return folder


def test_the_page_runs_under_other_names(bert, reviews, tmp_path):
    page = definitions(PAGE, ["Settings", "tokenise", "fine_tune", "probability_positive", "train_and_test"])
    rows = load(str(reviews))
    assert set(rows) == {"train", "test"}
    settings = page["Settings"](model=str(bert), learning_rate=0.01, n_epochs=4, batch_size=8, max_length=32)
    train, test = page["tokenise"](rows["train"], settings), page["tokenise"](rows["test"], settings)
    assert set(train.column_names) >= {"input_ids", "attention_mask", "label"} and "text" not in train.column_names
    trainer = page["fine_tune"](train, test, settings)
    assert trainer.model.config.model_type == "bert" and trainer.model.config.hidden_size == 16
    right = (page["probability_positive"](trainer, test) > 0.5) == np.array(test["label"])
    shown = [log["eval_accuracy"] for log in trainer.state.log_history if "eval_accuracy" in log]
    assert right.mean() == pytest.approx(shown[-1]), "predictions came back in another order than the rows"
    assert right.mean() > 0.8, "one word decides: this must be learned"
    by_names = page["train_and_test"](str(bert), str(reviews), 64, 24, learning_rate=0.01, batch_size=8, n_epochs=2)
    assert 0 <= by_names <= 1


def test_a_folder_that_holds_nothing_is_named(tmp_path):
    with pytest.raises(ModelError, match="no model could be loaded"):
        load_model(str(tmp_path))
    with pytest.raises(DataError, match="could not be loaded"):
        load(str(tmp_path))
