"""Rotary speeds at the sizes of published models, with the numbers that configurations leave out."""

import dataclasses
import math

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from utils.rotary import RotaryScaling, speeds_of

SIZES = [(500_000.0, 128, 8192), (10_000.0, 64, 2048), (100.0, 8, 64)]  # base, d_head, length of pre-training


def of_the_library(base, d_head, length, **settings):
    rope = settings | {"rope_theta": base, "original_max_position_embeddings": length}
    config = LlamaConfig(hidden_size=2 * d_head, num_attention_heads=2, head_dim=d_head, rope_parameters=rope)
    return ROPE_INIT_FUNCTIONS[settings["rope_type"]](config, device="cpu")


@pytest.mark.parametrize("base, d_head, length", SIZES)
@pytest.mark.parametrize("factor", [1.0, 4.0, 32.0])
@pytest.mark.parametrize("kind", ["linear", "llama3", "yarn"])
def test_speeds_with_the_usual_numbers_are_the_librarys(kind, factor, base, d_head, length):
    usual = {"low_freq_factor": 1.0, "high_freq_factor": 4.0} if kind == "llama3" else {}
    theirs, _ = of_the_library(base, d_head, length, rope_type=kind, factor=factor, **usual)
    ours = speeds_of(base, d_head, RotaryScaling(kind, factor, length))
    assert ours.dtype == torch.float32 and ours.shape == (d_head // 2,)
    assert torch.allclose(ours, theirs, rtol=1e-6, atol=0)


@pytest.mark.parametrize("ends", [(16.0, 2.0), (64.0, 0.5)])
@pytest.mark.parametrize("truncate", [True, False])
def test_yarn_with_ends_of_its_own(ends, truncate):
    base, d_head, length = SIZES[0]
    settings = {"beta_fast": ends[0], "beta_slow": ends[1], "truncate": truncate}
    theirs, _ = of_the_library(base, d_head, length, rope_type="yarn", factor=8.0, **settings)
    assert torch.allclose(
        speeds_of(base, d_head, RotaryScaling("yarn", 8.0, length, **settings)), theirs, rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("length", [6, 64, 8192])  # ends of the ramp below the first pair, and above the last
@pytest.mark.parametrize("base", [10.0, 100.0])
def test_the_ramp_of_yarn_stays_within_the_pairs(base, length):
    theirs, _ = of_the_library(base, 8, length, rope_type="yarn", factor=4.0)
    assert torch.allclose(speeds_of(base, 8, RotaryScaling("yarn", 4.0, length)), theirs, rtol=1e-6, atol=0)


@pytest.mark.parametrize("ends", [(2.0, 8.0), (0.5, 16.0)])
def test_llama3_with_ends_of_its_own(ends):
    base, d_head, length = SIZES[0]
    settings = {"low_freq_factor": ends[0], "high_freq_factor": ends[1]}
    theirs, _ = of_the_library(base, d_head, length, rope_type="llama3", factor=8.0, **settings)
    ours = speeds_of(base, d_head, RotaryScaling("llama3", 8.0, length, **settings))
    assert torch.allclose(ours, theirs, rtol=1e-6, atol=0)


def test_without_scaling_the_first_pair_turns_by_one_and_the_last_by_nearly_the_base():
    speeds = speeds_of(10_000.0, 64)
    assert speeds[0] == 1 and math.isclose(speeds[-1], 10_000.0 ** (-62 / 64), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "dynamic", "factor": 2.0}, "known are: linear, llama3, yarn"),
        ({"kind": "linear", "factor": 0.5}, "at least 1"),
        ({"kind": "linear", "factor": float("nan")}, "at least 1"),
        ({"kind": "yarn", "factor": 2.0}, "length of pre-training"),
        ({"kind": "llama3", "factor": 2.0}, "length of pre-training"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        RotaryScaling(**settings)
    assert RotaryScaling("linear", 1.0).original_length == 0
    assert RotaryScaling("yarn", 1.0, 1).attention_factor == 1  # the shortest texts that there are


def test_a_scaling_cannot_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RotaryScaling("linear", 2.0).factor = 4.0
