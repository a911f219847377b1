import time

import numpy as np
import pytest
import torch

from utils.metrics import load_metric
from utils.runtime import device, set_seed, stopwatch


def test_device_by_name_and_by_variable(monkeypatch):
    assert device("cpu").type == "cpu"
    monkeypatch.setenv("BOOK_DEVICE", "cpu")
    assert device().type == "cpu"
    with pytest.raises(ValueError, match="unknown"):
        device("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_device_that_is_not_there_is_said():
    with pytest.raises(ValueError, match="sees none"):
        device("cuda")


def test_seed_repeats_numbers():
    first = (torch.rand(2, generator=set_seed(3)), torch.rand(2), np.random.rand())
    again = (torch.rand(2, generator=set_seed(3)), torch.rand(2), np.random.rand())
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1]) and first[2] == again[2]


def test_stopwatch_stops():
    with stopwatch() as seconds:
        time.sleep(0.02)
    stopped = seconds()
    time.sleep(0.02)
    assert seconds() == stopped >= 0.02


@pytest.mark.parametrize("name, expected", [("accuracy", 0.75), ("f1", 0.8), ("precision", 2 / 3), ("recall", 1.0)])
def test_metrics_by_hand(name, expected):
    result = load_metric(name).compute(predictions=[1, 1, 1, 0], references=[1, 1, 0, 0])
    assert result == {name: pytest.approx(expected)}


def test_metric_in_batches_equals_metric_at_once():
    metric = load_metric("accuracy")
    metric.add_batch(predictions=[1, 0], references=[1, 1])
    metric.add_batch(predictions=[0], references=[0])
    assert metric.compute() == {"accuracy": pytest.approx(2 / 3)}


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_scores_are_not_cut_to_classes(kind):
    with pytest.raises(ValueError, match="predictions must be class indices"):
        load_metric("accuracy").compute(predictions=kind([0.9, 0.2]), references=[1, 0])
    whole = load_metric("accuracy").compute(predictions=kind([1.0, 0.0]), references=kind([1, 0]))
    assert whole == {"accuracy": 1}


def test_matthews_by_hand():
    result = load_metric("matthews_correlation").compute(predictions=[1, 1, 0, 0, 1], references=[1, 0, 0, 0, 1])
    assert result == {"matthews_correlation": pytest.approx((2 * 2 - 1 * 0) / (3 * 2 * 3 * 2) ** 0.5)}


def test_unknown_metric_lists_the_known_ones():
    with pytest.raises(ValueError, match="accuracy, f1"):
        load_metric("no_such_metric")
