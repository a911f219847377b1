"""The calculators of parameters, memory, work, time and price."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    BertConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MixtralConfig,
    T5Config,
    ViTConfig,
)

from utils.compute import (
    SCALING_FITS,
    best_size,
    energy_kwh,
    exact_flops,
    price,
    scaling_loss,
    seconds_of,
    training_flops,
)
from utils.memory import activation_bytes, cache_bytes, training_bytes
from utils.parameters import active_parameters, count_parameters
from utils.units import quantity

SHAPE = {"n_layers": 4, "d_model": 128, "d_ff": 512, "vocab_size": 1000}
CACHE = {"n_layers": 2, "n_kv_heads": 4, "d_head": 16, "n_tokens": 10}


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: training_flops(7, 1e12), "7e9, not 7 billion as 7"),
        (lambda: training_flops(-7e9, 1e12), "at least 1000"),
        (lambda: training_flops(7e9, 0), "n_tokens is 0"),
        (lambda: training_flops("many", 1e12), "must be a number, but is 'many'"),
        (lambda: training_flops("7e9", 1000), "must be a number, but is '7e9'"),
        (lambda: training_flops(True, 1000), "must be a number, but is True"),
        (lambda: training_flops(np.array([7e9, 8e9]), 1000), "n_parameters must be a number"),
        (
            lambda: exact_flops(**SHAPE | {"n_layers": 2.5}, n_sequences=1, length=8),
            "n_layers is 2.5, but must be a whole",
        ),
        (lambda: seconds_of(1e20, 312e12, utilisation=0.4, n_devices=1.5), "n_devices is 1.5, but must be a whole"),
        (lambda: activation_bytes(**SHAPE, n_tokens=8, d_kv=0), "d_kv is 0"),
        (lambda: cache_bytes(**CACHE | {"n_kv_heads": 0.5}), "n_kv_heads is 0.5"),
        (lambda: count_parameters(GPT2Config(add_cross_attention=True)), "add_cross_attention is not counted"),
        (lambda: training_flops(math.inf, 1e12), "n_parameters is inf"),
        (lambda: exact_flops(**SHAPE, n_sequences=0, length=8), "n_sequences is 0"),
        (lambda: seconds_of(1e20, 312, utilisation=0.4), "312e12, not 312 TFLOP/s as 312"),
        (lambda: seconds_of(1e20, 312e12, utilisation=40), "0.4, not 40 percent as 40"),
        (lambda: seconds_of(1e20, 312e12, utilisation=0), "utilisation is 0"),
        (lambda: seconds_of(1e20, 312e12, utilisation=0.4, n_devices=0), "n_devices is 0"),
        (lambda: energy_kwh(-1, 300), "seconds is -1"),
        (lambda: energy_kwh(3600, 0), "give watts of one device"),
        (lambda: energy_kwh(3600, 300, overhead=0.1), "1.1 means a tenth on top"),
        (lambda: price(3600, -1), "per_hour is -1"),
        (lambda: scaling_loss(7e9, 1e12, "kaplan"), "there are: hoffmann2022, besiroglu2024"),
        (lambda: best_size(float("nan")), "flops is nan"),
        (lambda: training_bytes(7, 0), "7e9, not 7 billion as 7"),
        (lambda: training_bytes(7e9, -1), "activations is -1"),
        (lambda: training_bytes(7e9, 0, sharded="all"), "must be one of: none, optimizer, gradients, parameters"),
        (lambda: training_bytes(7e9, 0, tensor_parallel=0), "tensor_parallel is 0, but must be at least 1"),
        (lambda: training_bytes(7e9, 0, bytes_weight=-2), "bytes for weights is -2"),
        (lambda: activation_bytes(**SHAPE, n_tokens=8, bytes_number=16), "give bytes, not bits"),
        (lambda: activation_bytes(**SHAPE | {"d_model": 0}, n_tokens=8), "d_model is 0"),
        (lambda: cache_bytes(**CACHE, bytes_number=16), "give bytes, not bits"),
        (lambda: cache_bytes(**CACHE | {"n_tokens": -1}), "n_tokens is -1"),
        (lambda: count_parameters(ViTConfig()), "known are: bert, gpt2, llama, mixtral, t5"),
        (lambda: active_parameters(ViTConfig()), "known are: bert"),
        (lambda: activation_bytes(**SHAPE, n_tokens=8, tensor_parallel=0), "tensor_parallel is 0"),
        (lambda: exact_flops(**SHAPE, n_sequences=1, length=8, n_experts=-1), "n_experts is -1"),
        (lambda: energy_kwh(3600, 0.7), "watts of one device, not kilowatts"),
        (lambda: exact_flops(**SHAPE, n_sequences=1, length=8, gated="false"), "gated must be True or False"),
        (lambda: exact_flops(**SHAPE, n_sequences=1, length=8, training=0), "training must be True or False"),
        (lambda: exact_flops(**SHAPE, n_sequences=1, length=8, causal=None), "causal must be True or False"),
        (lambda: activation_bytes(**SHAPE, n_tokens=8, checkpointing="no"), "checkpointing must be True or False"),
        (lambda: activation_bytes(**SHAPE, n_tokens=8, sequence_parallel="no"), "sequence_parallel must be"),
        (lambda: activation_bytes(**SHAPE, n_tokens=8, gated="no"), "gated must be True or False"),
        (lambda: training_bytes(7e9, 0, bytes_weight=16), "bytes, not bits"),
        (lambda: training_bytes(7e9, 0, bytes_gradient=32), "bytes, not bits"),
        (lambda: training_flops(10**400, 1), "must be from 1000 to 1e+60"),
        (lambda: training_flops(1e308, 1e308), "must be from 1000 to 1e+60"),
        (lambda: seconds_of(float("inf"), 312e12, utilisation=0.4), "flops is inf"),
        (lambda: active_parameters(MixtralConfig(num_local_experts=1, num_experts_per_tok=2)), "2 of 1 experts"),
    ],
)
def test_bad_input_is_refused_with_its_hint(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)


@pytest.mark.parametrize("kind", [int, float, np.int32, np.int64, np.float32, torch.tensor, np.array])
def test_whole_numbers_of_every_library_give_the_same_exact_result(kind):
    shape = {name: kind(size) for name, size in SHAPE.items()}
    work = exact_flops(**shape, n_sequences=kind(4096), length=kind(2048))
    assert work == exact_flops(**SHAPE, n_sequences=4096, length=2048) and type(work) is int
    assert training_flops(kind(2**30), kind(2**30)) == 6 * 2**60  # beyond what 32 or 64 bits of a library hold
    assert cache_bytes(**{name: kind(size) for name, size in CACHE.items()}) == cache_bytes(**CACHE)


def test_a_t5_that_does_not_scale_its_outputs_was_published_with_a_matrix_of_its_own():
    base = {"vocab_size": 32128, "d_model": 768, "d_kv": 64, "d_ff": 2048, "num_layers": 12, "num_heads": 12}
    published = T5Config(**base, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    assert sum(count_parameters(published).values()) == 247_577_856  # google/t5-v1_1-base


def test_a_t5_that_says_nothing_of_its_outputs_scales_them():
    settings = {key: value for key, value in T5Config(**T5).to_dict().items() if key != "scale_decoder_outputs"}
    assert count_parameters(SimpleNamespace(**settings | {"is_gated_act": False}))["head"] == 0


def test_a_quantity_within_its_bounds_comes_back_as_it_is():
    assert quantity("n", 3, least=3, most=3) == 3
    assert quantity("n", 2.5, least=0) == 2.5 and type(quantity("n", 2.0, least=0)) is float
    whole = quantity("n", np.float32(4), least=1, whole=True)
    assert whole == 4 and type(whole) is int


ONES = dict.fromkeys(SHAPE, 1)  # the smallest model there is


@pytest.mark.parametrize(
    "call, at_the_bound, beyond",
    [
        (lambda n: training_flops(n, 1), 1e3, 999),
        (lambda n: training_flops(1e3, n), 1, 0.9),
        (lambda n: exact_flops(**ONES, n_sequences=1, length=n), 1, 0),
        (lambda n: exact_flops(**ONES, n_sequences=1, length=1, d_kv=n), 1, 0),
        (lambda n: exact_flops(**ONES, n_sequences=1, length=1, n_experts=n), 0, -1),
        (lambda n: seconds_of(n, 1e9, utilisation=1), 1, 0.9),
        (lambda n: seconds_of(1e9, n, utilisation=1), 1e9, 9e8),
        (lambda n: seconds_of(1e9, 1e9, utilisation=n), 1, 1.01),
        (lambda n: seconds_of(1e9, 1e9, utilisation=n), 1e-6, 9e-7),
        (lambda n: energy_kwh(n, 300), 0, -0.1),
        (lambda n: energy_kwh(60, n), 1, 0.99),
        (lambda n: energy_kwh(60, n), 1e5, 1.01e5),
        (lambda n: energy_kwh(60, 300, overhead=n), 1, 0.99),
        (lambda n: energy_kwh(60, 300, overhead=n), 5, 5.1),
        (lambda n: price(n, 2.0), 0, -0.1),
        (lambda n: price(60, n), 0, -0.1),
        (lambda n: scaling_loss(n, 1), 1e3, 999),
        (lambda n: scaling_loss(1e3, n), 1, 0.9),
        (best_size, 1e9, 9e8),
        (lambda n: training_bytes(n, 0), 1e3, 999),
        (lambda n: training_bytes(1e3, n), 0, -0.1),
        (lambda n: training_bytes(1e3, 0, bytes_optimizer=n), 0, -0.1),
        (lambda n: training_bytes(1e3, 0, bytes_gradient=n), 8, 9),
        (lambda n: activation_bytes(**ONES, n_tokens=n), 1, 0),
        (lambda n: activation_bytes(**ONES, n_tokens=1, bytes_number=n), 0.5, 0.4),
        (lambda n: activation_bytes(**ONES, n_tokens=1, bytes_number=n), 8, 8.1),
        (lambda n: cache_bytes(**dict.fromkeys(CACHE, 1), n_sequences=n), 1, 0),
        (lambda n: cache_bytes(**CACHE, bytes_number=n), 0.25, 0.2),
        (lambda n: cache_bytes(**CACHE, bytes_number=n), 8, 8.1),
    ],
)
def test_bounds_are_included_and_no_wider(call, at_the_bound, beyond):
    call(at_the_bound)
    with pytest.raises(ValueError, match="must be"):
        call(beyond)


PARTS = {  # of each published name, the first that fits: which part of the model it belongs to
    "norms": r"norm|LayerNorm|ln_",
    "head": r"lm_head|pooler",
    "embeddings": r"word_embeddings|position_embeddings|token_type|wte|wpe|embed_tokens|shared",
    "attention": r"attn|[aA]ttention",
    "feed_forward": r".",
}
BERT = {"vocab_size": 99, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
GPT2 = {"vocab_size": 99, "n_embd": 24, "n_layer": 2, "n_head": 2}
LLAMA = BERT | {"num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 50}
T5 = {"vocab_size": 99, "d_model": 24, "d_kv": 7, "d_ff": 50, "num_layers": 2, "num_decoder_layers": 3, "num_heads": 3}


@pytest.mark.parametrize(
    "config, name",
    [
        (BertConfig(**BERT), "BertModel"),
        (GPT2Config(**GPT2, n_inner=50), "GPT2LMHeadModel"),
        (GPT2Config(**GPT2, tie_word_embeddings=False), "GPT2LMHeadModel"),
        (LlamaConfig(**LLAMA, attention_bias=True, tie_word_embeddings=True), "LlamaForCausalLM"),
        (LlamaConfig(**LLAMA, mlp_bias=True, head_dim=10), "LlamaForCausalLM"),
        (MixtralConfig(**LLAMA, num_local_experts=5, num_experts_per_tok=2), "MixtralForCausalLM"),
        (MixtralConfig(**LLAMA, num_local_experts=3, head_dim=10, tie_word_embeddings=True), "MixtralForCausalLM"),
        (T5Config(**T5), "T5ForConditionalGeneration"),
        (T5Config(**T5, feed_forward_proj="gated-gelu"), "T5ForConditionalGeneration"),
    ],
)
def test_parameters_equal_those_of_a_model_part_by_part(config, name):
    import transformers

    with torch.device("meta"):
        model = getattr(transformers, name)(config)
    expected = dict.fromkeys(PARTS, 0)
    for weight, values in model.named_parameters():
        expected[next(part for part, pattern in PARTS.items() if re.search(pattern, weight))] += values.numel()
    assert count_parameters(config) == expected


@pytest.mark.parametrize(
    "kind, config, choices",
    [
        (GPT2LMHeadModel, GPT2Config(**GPT2, n_inner=50), {}),
        (LlamaForCausalLM, LlamaConfig(**LLAMA), {"gated": True, "d_kv": 12}),
    ],
)
def test_operations_are_those_that_a_profiler_counts(kind, config, choices):
    config._attn_implementation = "eager"  # matrix products that the profiler sees
    model, ids = kind(config), torch.zeros(3, 7, dtype=torch.long)
    shape = {"n_layers": 2, "d_model": 24, "d_ff": 50, "vocab_size": 99, "n_sequences": 3, "length": 7}
    for training in (False, True):
        with FlopCounterMode(display=False) as profiler:
            logits = model(ids).logits
            if training:
                logits.sum().backward()
        angles = profiler.get_flop_counts().get(f"{kind.__name__}.model.rotary_emb", {})  # a product in older versions
        counted = profiler.get_total_flops() - sum(angles.values())
        assert exact_flops(**shape, **choices, training=training) == counted


@pytest.mark.parametrize("larger", [{"n_layers": 5}, {"d_model": 256}, {"d_ff": 1024}, {"vocab_size": 2000}])
def test_more_model_takes_more(larger):
    assert activation_bytes(**SHAPE | larger, n_tokens=64) > activation_bytes(**SHAPE, n_tokens=64)
    size = {"n_sequences": 2, "length": 32}
    assert exact_flops(**SHAPE | larger, **size) > exact_flops(**SHAPE, **size)


def test_checkpointing_and_half_precision_take_less():
    plain = activation_bytes(**SHAPE, n_tokens=64)
    assert activation_bytes(**SHAPE, n_tokens=64, checkpointing=True) < plain
    assert activation_bytes(**SHAPE, n_tokens=64, bytes_number=2) < plain
    assert activation_bytes(**SHAPE, n_tokens=128) == 2 * plain


def test_sharding_takes_less_at_each_stage_and_parallelism_divides():
    sums = [
        sum(training_bytes(1e9, 0, data_parallel=8, sharded=stage).values())
        for stage in ("none", "optimizer", "gradients", "parameters")
    ]
    assert sums == [16e9, 9e9, 5.5e9, 2e9]
    assert sum(training_bytes(1e9, 8e9, tensor_parallel=4).values()) == 12e9  # activations: see activation_bytes
    assert training_bytes(1e9, 8e9, pipeline_parallel=4)["activations"] == 8e9


def test_activations_are_the_vectors_that_its_description_counts():
    layer = 8 * 128 + 2 * 512  # numbers for each token
    end = 2 * 128 + 1000
    assert activation_bytes(**SHAPE, n_tokens=64) == 4 * 64 * (4 * layer + end)
    assert activation_bytes(**SHAPE, n_tokens=64, checkpointing=True) == 4 * 64 * (4 * 128 + layer + end)
    gated = (2 * 3 + 2) * 128 + 2 * 32 + 4 * 512  # with 32 features of keys and of values
    assert activation_bytes(**SHAPE, n_tokens=64, gated=True, d_kv=32) == 4 * 64 * (4 * gated + 3 * 128 + 1000)
    plain = activation_bytes(**SHAPE, n_tokens=64, checkpointing=True)
    shared = activation_bytes(**SHAPE, n_tokens=64, checkpointing=True, tensor_parallel=4, sequence_parallel=True)
    assert shared == plain / 4


def test_memory_of_training_by_part():
    assert training_bytes(1e9, 5e9) == {"weights": 4e9, "gradients": 4e9, "optimizer": 8e9, "activations": 5e9}
    mixed = {"bytes_weight": 2, "bytes_gradient": 2, "bytes_optimizer": 12}
    expected = {"weights": 2e9, "gradients": 0.5e9, "optimizer": 3e9, "activations": 0}
    assert training_bytes(1e9, 0, **mixed, data_parallel=4, sharded="gradients") == expected
    layout = {"data_parallel": 5, "tensor_parallel": 2, "pipeline_parallel": 3}
    assert training_bytes(3e9, 0, **layout)["optimizer"] == 4e9
    assert training_bytes(3e9, 0, **layout, sharded="parameters")["weights"] == pytest.approx(0.4e9)


@pytest.mark.parametrize("gated, d_kv", [(False, None), (True, None), (True, 32)])
def test_tensor_parallelism_leaves_the_norms_whole_and_sequence_parallelism_divides_them(gated, d_kv):
    inputs = SHAPE | {"n_tokens": 64, "gated": gated, "d_kv": d_kv}
    plain = activation_bytes(**inputs)
    assert activation_bytes(**inputs, tensor_parallel=4, sequence_parallel=True) == plain / 4
    norms = (2 * SHAPE["n_layers"] + 1) * (3 if gated else 2) * SHAPE["d_model"] * 4 * 64
    assert activation_bytes(**inputs, tensor_parallel=4) == norms + (plain - norms) / 4
    assert activation_bytes(**inputs, tensor_parallel=1, sequence_parallel=True) == plain


def test_an_unfused_norm_keeps_one_vector_in_float32_at_any_precision():
    inputs = SHAPE | {"n_tokens": 64, "gated": True}
    full, half = (activation_bytes(**inputs, bytes_number=each) for each in (4, 2))
    in_float32 = 64 * 4 * ((2 * SHAPE["n_layers"] + 1) * SHAPE["d_model"] + SHAPE["vocab_size"])
    assert half - in_float32 == (full - in_float32) / 2


def test_a_mixture_computes_with_the_experts_that_a_token_passes_through():
    config = MixtralConfig()  # 8 experts, 2 for each token: 46.7 and 12.9 thousand million parameters
    every, active = sum(count_parameters(config).values()), sum(active_parameters(config).values())
    assert every == 46_702_792_704 and round(active / 1e9, 1) == 12.9
    dense = MixtralConfig(num_experts_per_tok=8)
    assert active_parameters(dense) == count_parameters(dense)
    assert active_parameters(GPT2Config()) == count_parameters(GPT2Config())
    size = {"n_sequences": 1, "length": 4, "training": False}
    router = exact_flops(**SHAPE, **size, n_experts=8) - exact_flops(**SHAPE, **size)
    assert router == 2 * 4 * SHAPE["n_layers"] * SHAPE["d_model"] * 8


def test_causal_attention_multiplies_the_pairs_that_its_mask_allows():
    size = {"n_sequences": 3, "length": 7, "training": False}
    allowed = torch.ones(7, 7).tril().sum().item()
    saved = exact_flops(**SHAPE, **size) - exact_flops(**SHAPE, **size, causal=True)
    assert saved == 4 * 3 * SHAPE["n_layers"] * SHAPE["d_model"] * (49 - allowed) and type(saved) is int


def test_operations():
    assert training_flops(1e9, 10) == 6e10
    size = {"n_sequences": 2, "length": 32}
    assert exact_flops(**SHAPE, **size) == 3 * exact_flops(**SHAPE, **size, training=False)
    one, two = (exact_flops(**SHAPE, n_sequences=n, length=32) for n in (1, 2))
    assert two == 2 * one
    assert exact_flops(**SHAPE, n_sequences=1, length=64) > 2 * one  # attention grows with the square


def test_seconds_energy_and_price():
    assert seconds_of(1e15, 1e12, utilisation=0.5, n_devices=4) == 500
    assert energy_kwh(3600, 1000, n_devices=2, overhead=1.5) == 3
    assert price(1800, 2.0, n_devices=3) == 3


def test_defaults_are_one_device_and_a_tenth_on_top():
    assert seconds_of(1e15, 1e12, utilisation=0.5) == 2000
    assert energy_kwh(3600, 1000) == 1.1
    assert price(1800, 2.0) == 1


def test_scaling_laws_of_chinchilla():
    """70 thousand million parameters, 1.4 million million tokens: the least loss, what each adds to it, the ratio."""
    assert scaling_loss(70e9, 1.4e12, "hoffmann2022") == pytest.approx(1.69 + 0.0835 + 0.1632, abs=2e-4)
    assert scaling_loss(70e9, 1.4e12) == pytest.approx(1.8172 + 0.0815 + 0.0752, abs=2e-4)
    assert scaling_loss(1e3, 1, "hoffmann2022") == pytest.approx(1.69 + 406.4 / 10**1.02 + 410.7)  # published numbers
    assert scaling_loss(1e3, 1) == pytest.approx(1.8172 + 482.01 / 10**1.0434 + 2085.43)
    n, tokens = best_size(training_flops(70e9, 1.4e12))
    assert n == pytest.approx(70e9, rel=0.1) and tokens / n == pytest.approx(20, rel=0.2)


def test_cache():
    assert cache_bytes(**CACHE) == 2 * 2 * 4 * 16 * 10 * 2
    assert cache_bytes(**CACHE, n_sequences=3) == 3 * cache_bytes(**CACHE)


@pytest.mark.parametrize("fit", SCALING_FITS)
@pytest.mark.parametrize("flops", [1e18, 1e22, 1e26])
def test_best_size_is_the_minimum(fit, flops):
    n, tokens = best_size(flops, fit)
    assert math.isclose(training_flops(n, tokens), flops)
    lowest = minimize_scalar(
        lambda log_n: scaling_loss(math.exp(log_n), flops / 6 / math.exp(log_n), fit),
        bounds=(math.log(1e6), math.log(1e14)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert math.isclose(math.log(n), lowest.x, rel_tol=1e-5)
    assert scaling_loss(2 * n, tokens / 2, fit) > scaling_loss(n, tokens, fit) < scaling_loss(n / 2, 2 * tokens, fit)
