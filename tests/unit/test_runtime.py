import logging
import random
import time
import warnings

import numpy as np
import pytest
import torch

from utils.metrics import load_metric
from utils.runtime import device, mixed_precision, quiet_compiler, set_seed, stopwatch


def test_device_by_name_and_by_variable(monkeypatch):
    assert device("cpu").type == "cpu"
    monkeypatch.setenv("BOOK_DEVICE", "cpu")
    assert device().type == "cpu"
    with pytest.raises(ValueError, match="unknown"):
        device("tpu")


def test_without_a_wish_it_is_cuda_where_there_is_one(monkeypatch):
    monkeypatch.delenv("BOOK_DEVICE", raising=False)
    for there, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert device().type == expected and device("cpu").type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("BOOK_DEVICE", "cpu")
    assert device().type == "cpu" and device("cuda").type == "cuda", "a name given wins over the variable"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_device_that_is_not_there_is_said():
    with pytest.raises(ValueError, match="sees none"):
        device("cuda")


def test_seed_repeats_numbers():
    def drawn(seed):
        return [torch.rand(1, generator=set_seed(seed)).item(), torch.rand(1).item(), np.random.rand(), random.random()]

    first = drawn(3)
    assert drawn(3) == first and not set(drawn(4)) & set(first)


def test_stopwatch_stops():
    with stopwatch() as seconds:
        time.sleep(0.02)
        assert 0.02 <= seconds() < 60, "it runs"
    stopped = seconds()
    time.sleep(0.02)
    assert 60 > seconds() == stopped >= 0.02


def test_stopwatch_waits_for_the_device(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append(True))
    for there in (False, True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        with stopwatch():
            pass
        assert bool(waited) == there


@pytest.mark.parametrize("library, multiplies", [(True, True), (True, False), (False, True), (False, False)])
def test_mixed_precision_is_worth_it_where_the_processor_multiplies_in_it(monkeypatch, library, multiplies):
    monkeypatch.setenv("BOOK_DEVICE", "cpu")
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: library)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: multiplies)
    assert mixed_precision() == (library and multiplies)
    monkeypatch.setenv("BOOK_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation or multiplies)
    assert mixed_precision() == multiplies, "a GPU that only emulates it gains nothing"


@pytest.mark.parametrize("name, expected", [("accuracy", 0.75), ("f1", 0.8), ("precision", 2 / 3), ("recall", 1.0)])
def test_metrics_by_hand(name, expected):
    result = load_metric(name).compute(predictions=[1, 1, 1, 0], references=[1, 1, 0, 0])
    assert result == {name: pytest.approx(expected)}


def test_metric_in_batches_equals_metric_at_once():
    metric = load_metric("accuracy")
    metric.add_batch(predictions=[1, 0], references=[1, 1])
    metric.add_batch(predictions=[0], references=[0])
    assert metric.compute() == {"accuracy": pytest.approx(2 / 3)}


@pytest.mark.parametrize(
    ("way", "given"),
    [
        ("compute", {"predictions": ["positive"], "references": [1]}),
        ("compute", {"predictions": [[1]], "references": [1]}),
        ("compute", {"predictions": [None], "references": [1]}),
        ("compute", {"predictions": 1, "references": [1]}),
        ("add", {"prediction": 0.9, "reference": 0}),
        ("add", {"prediction": 1, "reference": None}),
        ("add", {"prediction": "1st", "reference": 0}),
        ("add_batch", {"predictions": [0.9], "references": [1]}),
        ("add_batch", {"predictions": [1, 0], "references": [1, 0.5]}),
        ("add_batch", {"predictions": [float("nan")], "references": [1]}),
    ],
)
def test_what_is_no_class_is_refused_by_every_way_in(way, given):
    with pytest.raises(ValueError, match="must be class indices such as 0 and 1"):
        getattr(load_metric("accuracy"), way)(**given)


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_scores_are_not_cut_to_classes(kind):
    with pytest.raises(ValueError, match="predictions must be class indices"):
        load_metric("accuracy").compute(predictions=kind([0.9, 0.2]), references=[1, 0])
    whole = load_metric("accuracy").compute(predictions=kind([1.0, 0.0]), references=kind([1, 0]))
    assert whole == {"accuracy": 1}


def test_matthews_by_hand():
    result = load_metric("matthews_correlation").compute(predictions=[1, 1, 0, 0, 1], references=[1, 0, 0, 0, 1])
    assert result == {"matthews_correlation": pytest.approx((2 * 2 - 1 * 0) / (3 * 2 * 3 * 2) ** 0.5)}


def test_options_reach_the_metric_and_scores_of_references_are_refused_too():
    answers = {"predictions": [0, 1, 2, 2], "references": [0, 1, 1, 2]}
    assert load_metric("f1").compute(**answers, average="macro") == {"f1": pytest.approx((1 + 2 / 3 + 2 / 3) / 3)}
    with pytest.raises(ValueError, match="references must be class indices"):
        load_metric("accuracy").compute(predictions=[1, 0], references=[1, 0.5])


def test_a_metric_from_a_folder_is_the_librarys(monkeypatch):
    monkeypatch.setattr("evaluate.load", lambda name: f"the metric of {name}")
    assert load_metric("metrics/hits") == "the metric of metrics/hits"


def test_a_metric_leaves_no_file():
    metric = load_metric("accuracy")
    metric.add_batch(predictions=[1, 0], references=[1, 1])
    assert metric.cache_file_name is None


def test_unknown_metric_lists_the_known_ones():
    with pytest.raises(ValueError, match="accuracy, f1"):
        load_metric("no_such_metric")


def test_notes_of_the_compiler_on_the_machine_are_silenced_and_no_others(recwarn):
    logger = logging.getLogger("torch.utils.cpp_extension")
    before, filters = logger.level, warnings.filters[:]
    try:
        quiet_compiler()
        warnings.warn("Guards may run slower on Python 3.13.0. Consider upgrading.", RuntimeWarning, stacklevel=2)
        warnings.warn("Guards failed", RuntimeWarning, stacklevel=2)
        assert [str(warning.message) for warning in recwarn] == ["Guards failed"]
        assert not logger.isEnabledFor(logging.WARNING) and logger.isEnabledFor(logging.ERROR)
    finally:
        logger.setLevel(before)
        warnings.filters[:] = filters
