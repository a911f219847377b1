"""Our Transformer against the library's, on small random models of four families; and what it says to bad input."""

import ast
import dataclasses
import inspect
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.t5.modeling_t5 import T5Attention

from utils import checkpoints, transformer
from utils.checkpoints import CheckpointError, configs_of, load_transformer, put_weights
from utils.rotary import speeds_of
from utils.sources import ROOT, source_of
from utils.transformer import Cache, EncoderDecoder, Transformer, TransformerConfig, generate

SMALL = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
T5_SIZES = {"vocab_size": 97, "d_model": 32, "d_kv": 12, "num_heads": 4, "d_ff": 64, "num_layers": 2}
T5 = T5_SIZES | {"num_decoder_layers": 3, "decoder_start_token_id": 0}
BERT = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64}
LLAMA = BERT | {"num_key_value_heads": 2, "max_position_embeddings": 64}
GPT2 = {"vocab_size": 97, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64}
ROPE = {
    "linear": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0},
    "llama3": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
        "rope_theta": 100.0,
    },
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "rope_theta": 300.0},
    "yarn, sizes": {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 32,
        "rope_theta": 300.0,
        "beta_fast": 8,
        "beta_slow": 2,
        "truncate": False,
        "mscale": 0.7,
        "mscale_all_dim": 1.2,
    },
}
MODELS = {
    "bert": (BertModel, BertConfig(**BERT, **SMALL)),
    "bert, relu": (BertModel, BertConfig(**BERT, **SMALL, hidden_act="relu")),
    "gpt2": (GPT2LMHeadModel, GPT2Config(**GPT2, **SMALL)),
    "llama": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL)),
    "llama, tied": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, tie_word_embeddings=True, rope_theta=500.0)),
    "bert, swish": (BertModel, BertConfig(**BERT, **SMALL, hidden_act="swish", type_vocab_size=3)),
    "gpt2, untied": (GPT2LMHeadModel, GPT2Config(**GPT2, **SMALL, tie_word_embeddings=False, n_inner=40)),
    "gpt2, relu": (GPT2LMHeadModel, GPT2Config(**GPT2, **SMALL, activation_function="relu")),
    "llama, wide heads": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, head_dim=14, rms_norm_eps=0.1)),
    "llama, linear": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, rope_parameters=ROPE["linear"])),
    "llama, llama3": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, rope_parameters=ROPE["llama3"])),
    "llama, yarn": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, rope_parameters=ROPE["yarn"])),
    "llama, yarn with weights": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, rope_parameters=ROPE["yarn, sizes"])),
    "t5": (T5ForConditionalGeneration, T5Config(**T5)),
    "t5, silu": (T5ForConditionalGeneration, T5Config(**T5, feed_forward_proj="gated-silu")),
    "t5, buckets": (T5ForConditionalGeneration, T5Config(**T5, relative_attention_num_buckets=8)),
    "t5 1.1": (T5ForConditionalGeneration, T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
}
HARMLESS = {  # settings that change no number of the module: how a model is trained, read, written or called
    *("architectures", "chunk_size_feed_forward", "dtype", "id2label", "label2id", "problem_type", "return_dict"),
    *("output_hidden_states", "output_attentions", "transformers_version", "kwargs", "use_cache", "pretraining_tp"),
    *("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "initializer_range"),
    *("initializer_factor", "classifier_dropout", "hidden_dropout_prob", "attention_probs_dropout_prob"),
    *("attention_dropout", "resid_pdrop", "embd_pdrop", "attn_pdrop", "dropout_rate", "reorder_and_upcast_attn"),
    *("summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout"),
    *("attn_implementation", "_attn_implementation", "name_or_path", "tokenizer_class"),
}


@pytest.fixture(params=MODELS)
def pair(request):
    """The library's model with random weights that matter, and ours with the same."""
    kind, config = MODELS[request.param]
    torch.manual_seed(0)
    theirs = kind(config).eval()
    for p in theirs.parameters():
        p.data = 0.3 * torch.randn_like(p) + (p.data if p.ndim == 1 else 0)
    return theirs, put_weights(json.loads(theirs.config.to_json_string()), theirs.state_dict()).eval()


def relative_gap(ours, theirs):
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


def answers(ours, theirs, ids, mask):
    """Logits (or hidden states, of BERT) of both."""
    if theirs.config.model_type == "t5":
        decoder_ids = ids.flip(0)
        hidden = ours(ids, decoder_ids, mask)
        return ours.logits(hidden), theirs(input_ids=ids, attention_mask=mask, decoder_input_ids=decoder_ids).logits
    if theirs.config.model_type == "bert":
        return ours(ids, mask), theirs(ids, attention_mask=mask).last_hidden_state
    places = None if mask is None else (mask.cumsum(1) - 1).clamp(min=0)
    reference = theirs(ids, attention_mask=mask, position_ids=places).logits
    return ours.logits(ours(ids, mask)), reference


@torch.no_grad()
@pytest.mark.parametrize("n_tokens", [1, 17, 64])
@pytest.mark.parametrize("padded", [False, True])
def test_it_computes_what_the_library_computes(pair, n_tokens, padded):
    theirs, ours = pair
    ids, mask = torch.randint(97, (2, n_tokens)), None
    if padded:
        mask = torch.ones_like(ids)
        mask[1, : n_tokens // 3] = 0
    got, reference = answers(ours, theirs, ids, mask)
    real = torch.ones_like(ids) if mask is None or theirs.config.model_type == "t5" else mask
    assert relative_gap(got[real.bool()], reference[real.bool()]) < 1e-4  # of the largest logit, in float32


@torch.no_grad()
@pytest.mark.parametrize("name", ["gpt2", "llama", "llama, yarn"])
def test_a_cache_changes_nothing(name):
    kind, config = MODELS[name]
    torch.manual_seed(2)
    ours = put_weights(json.loads(config.to_json_string()), kind(config).state_dict()).eval()
    ids = torch.randint(97, (2, 20))
    cache = Cache(ours.config, 2, 20, like=ours.embed.token.weight)
    parts = [ours(part, cache=cache) for part in ids.split([9, 3, 1, 7], dim=1)]
    assert cache.n_tokens == 20
    assert relative_gap(torch.cat(parts, 1), ours(ids)) < 1e-5


@pytest.mark.parametrize("name", ["gpt2", "llama, tied"])
def test_greedy_text_is_the_librarys_with_and_without_padding(name):
    kind, config = MODELS[name]
    torch.manual_seed(1)
    theirs = kind(config).eval()
    for p in theirs.parameters():  # untrained models repeat one token; these do not
        p.data = 0.3 * torch.randn_like(p) + (p.data if p.ndim == 1 else 0)
    ours = put_weights(json.loads(config.to_json_string()), theirs.state_dict()).eval()
    ids, mask = torch.randint(3, 97, (3, 12)), torch.ones(3, 12, dtype=torch.long)
    mask[1, :5], mask[2, :9] = 0, 0
    options = {"max_new_tokens": 30, "min_new_tokens": 30, "do_sample": False, "eos_token_id": None}
    reference = theirs.generate(ids, attention_mask=mask, **options)[:, 12:]
    assert torch.equal(generate(ours, ids, 30, mask), reference)
    alone = generate(ours, ids[1:2, 5:], 30)
    assert torch.equal(alone, reference[1:2])


@torch.no_grad()
@pytest.mark.parametrize("choice", [{}, {"positions": "relative", "n_buckets": 8}, {"positions": "rotary"}])
def test_a_cache_changes_nothing_with_padding_on_the_left(choice):
    torch.manual_seed(4)
    model = Transformer(TransformerConfig(97, 16, 2, 2, 32, max_length=12, **choice)).eval()
    for weight in model.parameters():
        weight.data += 0.3 * torch.randn_like(weight)
    ids, mask = torch.randint(97, (2, 12)), torch.ones(2, 12, dtype=torch.long)
    mask[1, :4] = 0
    cache = Cache(model.config, 2, 12, like=model.embed.token.weight)
    parts = [model(ids[:, a:b], mask[:, :b], cache=cache) for a, b in ((0, 6), (6, 7), (7, 10), (10, 12))]
    assert relative_gap(torch.cat(parts, 1)[mask.bool()], model(ids, mask)[mask.bool()]) < 1e-5
    alone = model(ids[1:, 4:])
    assert relative_gap(model(ids, mask)[1:, 4:], alone) < 1e-5


@pytest.mark.parametrize("n_buckets, max_distance", [(32, 128), (8, 20)])
@pytest.mark.parametrize("causal", [True, False])
def test_buckets_are_the_librarys_near_and_far(causal, n_buckets, max_distance):
    config = TransformerConfig(
        11, 16, 1, 2, 32, causal=causal, positions="relative", n_buckets=n_buckets, max_distance=max_distance
    )
    buckets = transformer.buckets_of(200, 300, config, "cpu")  # the last 200 of 300 tokens are the queries
    places = torch.arange(300)[None] - torch.arange(100, 300)[:, None]
    theirs = T5Attention._relative_position_bucket(places, not causal, n_buckets, max_distance)
    assert torch.equal(buckets, theirs)


@torch.no_grad()
def test_segments_are_the_librarys():
    kind, config = MODELS["bert, swish"]
    theirs = kind(config).eval()
    ours = put_weights(settings_of("bert, swish"), theirs.state_dict()).eval()
    ids, segments = torch.randint(97, (2, 9)), torch.randint(3, (2, 9))
    reference = theirs(ids, token_type_ids=segments).last_hidden_state
    assert relative_gap(ours(ids, segments=segments), reference) < 1e-5
    assert relative_gap(ours(ids), theirs(ids).last_hidden_state) < 1e-5


@torch.no_grad()
def test_a_query_that_may_see_nothing_is_still_a_number():
    for causal in (True, False):
        model = Transformer(TransformerConfig(11, 16, 2, 2, 32, causal=causal)).eval()
        ids, mask = torch.randint(11, (2, 4)), torch.tensor([[0, 0, 1, 1], [0, 0, 0, 0]])
        assert model(ids, mask).isfinite().all()


def test_an_encoder_sees_all_and_a_decoder_only_what_was():
    for causal in (True, False):
        model = Transformer(TransformerConfig(11, 16, 2, 2, 32, causal=causal))
        x = model.embed(torch.arange(6)[None], torch.arange(6)).detach().requires_grad_()
        h = x
        for block in model.blocks:
            h = block(h, is_causal=causal)
        seen = torch.autograd.grad(h[0, 2].sum(), x)[0][0].abs().sum(-1) > 0
        assert seen.tolist() == ([True] * 3 + [False] * 3 if causal else [True] * 6)


def test_padding_moves_nothing():
    model = Transformer(TransformerConfig(11, 16, 2, 2, 32, positions="rotary")).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    mask = torch.tensor([[0, 0, 0, 1, 1, 1, 1]])
    padded = torch.cat([torch.full((1, 3), 3), ids], 1)
    torch.testing.assert_close(model(padded, mask)[:, 3:], model(ids), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ids": torch.zeros(1, 3)}, "whole numbers"),
        ({"ids": torch.zeros(3, dtype=torch.long)}, r"\(batch, token\)"),
        ({"ids": torch.tensor([[0, 11]])}, "ids run from 0 to 11, but this model's from 0 to 10"),
        ({"ids": torch.tensor([[0, -1]])}, "ids run from -1"),
        ({"ids": torch.zeros(1, 9, dtype=torch.long)}, "9 tokens are too many: this model takes at most 8"),
        ({"attention_mask": torch.ones(1, 4)}, r"attention_mask has shape \(1, 4\), expected \(1, 3\)"),
        ({"attention_mask": torch.ones(2, 3)}, r"attention_mask has shape \(2, 3\), expected \(1, 3\)"),
        ({"ids": torch.zeros(1, 3, dtype=torch.bool)}, "whole numbers"),
        ({"attention_mask": torch.ones(3)}, r"attention_mask has shape \(3,\), expected \(1, 3\)"),
        ({"attention_mask": torch.tensor([[0.0, 0.0, -1e9]])}, "1 for tokens and 0 for padding, but runs from -1"),
        ({"attention_mask": torch.tensor([[1, 1, 2]])}, "1 for tokens and 0 for padding, but runs from 1 to 2"),
        ({"attention_mask": torch.tensor([[1, 1, torch.nan]])}, "1 for tokens and 0 for padding"),
        ({"memory": torch.zeros(1, 2, 16)}, "memory"),
        ({"memory_mask": torch.ones(1, 2)}, "memory_mask was given without a memory"),
        ({"segments": torch.zeros(1, 3, dtype=torch.long)}, "no embeddings of segments"),
    ],
)
def test_bad_input_is_refused_with_a_reason(arguments, message):
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32, max_length=8))
    with pytest.raises(ValueError, match=message):
        model(**{"ids": torch.zeros(1, 3, dtype=torch.long)} | arguments)


def test_a_decoder_wants_a_memory_of_its_width():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32, cross=True))
    ids = torch.zeros(1, 3, dtype=torch.long)
    with pytest.raises(ValueError, match="memory"):
        model(ids)
    for shape in ((1, 2, 8), (2, 2, 16), (1, 16)):
        with pytest.raises(ValueError, match=r"memory has shape .*, expected \(1, token, 16\)"):
            model(ids, memory=torch.zeros(shape))
    assert model(ids, memory=torch.zeros(1, 2, 16)).shape == (1, 3, 16)
    for mask in (torch.ones(1, 3), torch.ones(2, 2), torch.ones(1, 1), torch.ones(2)):
        with pytest.raises(ValueError, match=r"memory_mask has shape .*, expected \(1, 2\)"):
            model(ids, memory=torch.zeros(1, 2, 16), memory_mask=mask)
    with pytest.raises(ValueError, match="memory_mask must be 1 for tokens"):
        model(ids, memory=torch.zeros(1, 2, 16), memory_mask=torch.tensor([[0.0, -1e4]]))


def test_segments_are_of_the_text_and_of_the_model():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32, n_segments=2))
    ids = torch.zeros(2, 3, dtype=torch.long)
    for segments, message in (
        (torch.full((2, 3), 2), "segments run from 2 to 2, but this model's from 0 to 1"),
        (torch.zeros(1, 3, dtype=torch.long), r"segments have shape \(1, 3\), expected \(2, 3\)"),
        (torch.zeros(2, 3), "segments must be whole numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            model(ids, segments=segments)


def test_the_first_and_the_last_of_the_vocabulary_and_no_text_at_all_are_taken():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32, max_length=8))
    assert model(torch.tensor([[0, 10] * 4])).shape == (1, 8, 16)
    assert model(torch.zeros(0, 3, dtype=torch.long)).shape == (0, 3, 16)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"positions": "polar"}, "positions is 'polar'; known are: learned"),
        ({"norm": "batch"}, "known are: layer, rms"),
        ({"n_heads": 3, "n_kv_heads": 2}, "3 heads cannot share 2 key heads"),
        ({"n_heads": 3}, "d_model 16 is no multiple of 3 heads: say d_head"),
        ({"d_head": 5, "positions": "rotary"}, "turn pairs of features, but d_head is 5"),
        ({"n_heads": 32}, "head_width must be at least 1, but is 0"),
        *(({name: 0}, f"{name} must be at least 1") for name in ("vocab_size", "d_model", "n_layers", "d_ff")),
        ({"max_length": 0}, "max_length must be at least 1"),
        *(({name: -1}, f"{name} must be at least 0, but is -1") for name in ("n_kv_heads", "n_segments")),
        ({"tied": "no"}, "tied is 'no', but must be of type bool"),
        ({"causal": 1}, "causal is 1, but must be of type bool"),
        ({"d_model": 8.0}, "d_model is 8.0, but must be of type int"),
        ({"n_layers": True}, "n_layers is True, but must be of type int"),
        ({"eps": "small"}, "eps is 'small', but must be of type float"),
        ({"eps": -1}, "eps must be at least 0"),
        ({"rotary_base": float("nan")}, "rotary_base must be at least 2, but is nan"),
        ({"rotary_scaling": "linear"}, "rotary_scaling is 'linear', but must be of type"),
        ({"d_head": -2}, "head_width must be at least 1"),
        ({"positions": "relative", "n_buckets": 1}, "n_buckets is 1 .* own for 0 distances"),
        ({"positions": "relative", "n_buckets": 3, "causal": False}, "n_buckets is 3 .* own for 0 distances"),
        ({"positions": "relative", "max_distance": 16}, "own for 16 distances, .* fewer than max_distance"),
    ],
)
def test_an_impossible_configuration_is_refused(choice, message):
    sizes = {"vocab_size": 11, "d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 32}
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**sizes | choice)


def test_the_least_sizes_and_heads_of_any_width_are_possible():
    TransformerConfig(1, 1, 1, 1, 1, max_length=1)
    TransformerConfig(np.int64(11), np.int32(16), 1, 2, 32, eps=0, rotary_base=np.float32(500))
    assert TransformerConfig(11, 16, 1, 3, 32, d_head=5).head_width == 5
    assert TransformerConfig(11, 15, 1, 3, 32).head_width == 5, "an odd width is refused for rotary positions only"
    for choice in ({"n_buckets": 2, "max_distance": 2}, {"n_buckets": 4, "max_distance": 2, "causal": False}):
        model = Transformer(TransformerConfig(11, 16, 1, 2, 32, positions="relative", **choice))
        assert model(torch.zeros(1, 9, dtype=torch.long)).isfinite().all()
    TransformerConfig(11, 16, 1, 2, 32, n_buckets=0, n_segments=0, n_kv_heads=0)


def test_what_a_configuration_leaves_out_is_a_decoder_like_gpt2():
    config = TransformerConfig(11, 16, 2, 4, 32)
    assert (config.key_heads, config.head_width, config.rotary_base) == (4, 4, 10_000)
    assert (config.n_buckets, config.max_distance) == (32, 128), "as in T5"
    model = Transformer(config)
    names = dict(model.named_parameters())
    assert names["embed.position.weight"].shape == (512, 16)
    assert "blocks.1.attention.query.bias" in names and "final_norm.weight" in names
    assert not any(name.startswith(("output", "relative", "embed.segment", "embed.norm")) for name in names)
    assert not any(".cross" in name for name in names), "no memory"
    assert names["blocks.0.feed_forward.up.weight"].shape == (32, 16), "not gated"
    assert isinstance(model.blocks[0].attention_norm, torch.nn.LayerNorm) and model.final_norm.eps == 1e-5
    assert model.blocks[0].attention.scale == 0.5, "scores are divided by the root of d_head"
    hidden = torch.randn(1, 3, 16)
    assert torch.equal(model.logits(hidden), hidden @ names["embed.token.weight"].T)
    x = torch.randn(5)
    assert torch.equal(model.blocks[0].feed_forward.activation(x), torch.nn.functional.gelu(x))


class TestCheckpoint:
    settings = json.loads(MODELS["gpt2"][1].to_json_string())

    @pytest.fixture
    def tensors(self):
        return GPT2LMHeadModel(MODELS["gpt2"][1]).state_dict()

    @pytest.fixture
    def folder(self, tmp_path, tensors):
        (tmp_path / "config.json").write_text(json.dumps(self.settings))
        save_file({n: t.clone() for n, t in tensors.items()}, tmp_path / "model.safetensors")
        return tmp_path

    def test_a_folder_in_the_hubs_layout_is_loaded(self, folder):
        model = load_transformer(str(folder), torch.float64)
        assert model.embed.token.weight.dtype == torch.float64
        assert not model.training

    def test_a_missing_file_is_named(self, folder):
        (folder / "config.json").unlink()
        with pytest.raises(CheckpointError, match=r"config\.json is missing"):
            load_transformer(str(folder))

    def test_a_damaged_file_is_named(self, folder):
        (folder / "config.json").write_text('{"model_type": "gpt2", ')
        with pytest.raises(CheckpointError, match=r"config\.json is no JSON"):
            load_transformer(str(folder))

    def test_a_file_that_was_cut_short_is_named(self, folder):
        whole = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged or cut short"):
            load_transformer(str(folder))

    def test_the_configuration_is_read_as_utf8_whatever_the_locale(self, folder):
        settings = json.dumps(self.settings | {"id2label": {"0": "négatif"}}, ensure_ascii=False)
        (folder / "config.json").write_text(settings, encoding="utf-8")
        program = "import sys; from utils.checkpoints import load_transformer; load_transformer(sys.argv[1])"
        plain = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        subprocess.run([sys.executable, "-c", program, str(folder)], env=plain, check=True, cwd=ROOT)

    def test_an_unknown_architecture_lists_the_known(self):
        with pytest.raises(CheckpointError, match="'mamba' is not known here; known are: bert, gpt2, llama, t5"):
            configs_of({"model_type": "mamba"})

    def test_an_option_that_it_cannot_do_is_named(self):
        with pytest.raises(CheckpointError, match="activation_function is 'tanh'"):
            configs_of(self.settings | {"activation_function": "tanh"})

    def test_missing_extra_and_misshapen_weights_are_named(self, tensors):
        del tensors["transformer.h.0.ln_1.bias"]
        tensors["transformer.h.9.ln_1.bias"] = torch.zeros(32)
        tensors["transformer.wpe.weight"] = torch.zeros(3, 32)
        with pytest.raises(CheckpointError) as error:
            put_weights(self.settings, tensors)
        for words in (
            "blocks.0.attention_norm.bias is missing",
            "blocks.9.attention_norm.bias is left over",
            r"embed.position.weight has shape (3, 32), expected (64, 32)",
        ):
            assert words in str(error.value)

    def test_a_second_table_is_refused_where_there_should_be_one(self, tensors):
        tensors["lm_head.weight"] = tensors["lm_head.weight"] + 1
        with pytest.raises(CheckpointError, match="tie_word_embeddings"):
            put_weights(self.settings, tensors)


def settings_of(name):
    return json.loads(MODELS[name][1].to_json_string())


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_every_setting_of_the_library_is_read_refused_or_known_not_to_matter(family):
    """A setting that a new version adds must be looked at before its models are loaded."""
    read = source_of(checkpoints.__file__)
    settings = set(inspect.signature(type(MODELS[family][1]).__init__).parameters) - {"self"}
    unknown = {key for key in settings if f'"{key}"' not in read and key not in HARMLESS}
    assert not unknown, f"{family}: what do these change? {', '.join(sorted(unknown))}"


@pytest.mark.parametrize(
    ("family", "change"),
    [
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
        ("gpt2", {"scale_attn_weights": False}),
        ("gpt2", {"add_cross_attention": True}),
        ("gpt2", {"activation_function": "tanh"}),
        ("bert", {"is_decoder": True}),
        ("bert", {"position_embedding_type": "relative_key"}),
        ("bert", {"position_embedding_type": "relative_key_query"}),
        ("bert", {"add_cross_attention": True}),
        ("bert", {"embedding_size": 16}),
        ("bert", {"is_encoder_decoder": True}),
        ("gpt2", {"is_encoder_decoder": True}),
        ("llama", {"is_encoder_decoder": True}),
        ("llama", {"sliding_window": 8}),
        ("llama", {"attn_logit_softcapping": 50.0}),
        ("llama", {"final_logit_softcapping": 30.0}),
        ("llama", {"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1]}}),
        ("t5", {"is_decoder": True}),
        ("t5", {"is_encoder_decoder": False}),
        ("bert", {"hidden_act": "mish"}),
        ("llama", {"mlp_bias": True}),
        ("llama", {"attention_bias": True}),
        ("llama", {"hidden_act": "gelu"}),
        ("llama", {"partial_rotary_factor": 0.5}),
        ("llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0}}),
        ("llama", {"rope_parameters": None, "rope_scaling": {"type": "dynamic", "factor": 2.0}}),
        ("llama", {"rope_parameters": None, "rope_scaling": {"type": "longrope", "long_factor": [1.0]}}),
        ("llama", {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "mrope_section": [1, 1]}}),
        ("t5", {"feed_forward_proj": "gated-tanh"}),
        ("t5", {"dense_act_fn": "gelu"}),
        ("t5", {"is_gated_act": True}),
        ("t5, silu", {"dense_act_fn": "gelu"}),
        *((family, {"is_causal": False}) for family in ("gpt2", "llama", "t5")),
        ("bert", {"is_causal": True}),
    ],
)
def test_what_changes_numbers_and_is_not_known_is_refused_by_name(family, change):
    with pytest.raises(CheckpointError) as error:
        configs_of(settings_of(family) | change)
    key = "mrope_section" if "mrope_section" in str(change) else list(change)[-1]
    assert (key if not key.startswith("rope") else "rope_type") in str(error.value)


@pytest.mark.parametrize(
    "spelling",
    [
        {"rope_theta": 100.0, "rope_scaling": ROPE["llama3"] | {"rope_theta": None}},
        {"rope_theta": 100.0, "rope_scaling": {k: v for k, v in ROPE["llama3"].items() if k != "rope_theta"}},
        {"rope_scaling": {"type" if k == "rope_type" else k: v for k, v in ROPE["llama3"].items()}},
        {"rope_scaling": ROPE["llama3"] | {"type": "llama3"}},
        {"rope_scaling": ROPE["llama3"], "rope_parameters": {"rope_theta": 100.0}},
        {"rope_parameters": {k: v for k, v in ROPE["llama3"].items() if k != "rope_theta"}, "rope_theta": 100.0},
    ],
)
def test_rotary_scaling_is_read_in_every_spelling(spelling):
    plain = {key: value for key, value in settings_of("llama").items() if not key.startswith("rope")}
    assert configs_of(plain | spelling) == configs_of(settings_of("llama, llama3"))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"mscale": 0.7},
        {"mscale": 0.7, "mscale_all_dim": 1.2},
        {"attention_factor": 0.5},
        {"factor": 1.0},
        {"beta_fast": 16, "beta_slow": 2, "truncate": False},
        {"beta_fast": 2.0, "beta_slow": 0.25},  # an end of the ramp that is rounded up
    ],
)
def test_numbers_of_yarn_are_the_librarys(change):
    rope = ROPE["yarn"] | change
    config = LlamaConfig(**LLAMA, **SMALL, rope_parameters=rope)
    (ours,) = configs_of(settings_of("llama") | {"rope_parameters": rope})
    speeds, size = ROPE_INIT_FUNCTIONS["yarn"](config, device="cpu")
    assert ours.rotary_scaling.attention_factor == pytest.approx(size)
    assert torch.allclose(speeds_of(ours.rotary_base, ours.head_width, ours.rotary_scaling), speeds, atol=0, rtol=1e-6)


def test_length_of_pre_training_and_factor_are_read_where_files_have_them():
    rope = {key: value for key, value in ROPE["yarn"].items() if key != "original_max_position_embeddings"}
    plain = {key: value for key, value in settings_of("llama").items() if not key.startswith("rope")}
    expected = configs_of(plain | {"rope_parameters": ROPE["yarn"]})
    assert configs_of(plain | {"rope_parameters": rope, "original_max_position_embeddings": 16}) == expected
    (whole,) = configs_of(plain | {"rope_parameters": rope})
    assert whole.rotary_scaling.original_length == plain["max_position_embeddings"] == 64
    without_factor = {key: value for key, value in ROPE["yarn"].items() if key != "factor"}
    assert configs_of(plain | {"rope_parameters": without_factor}) == expected, "64 tokens are 4 times 16"


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_settings_that_may_have_one_value_only_may_be_left_out(family):
    settings = settings_of(family)
    left_out = {key: value for key, value in settings.items() if key not in checkpoints.ONLY[family]}
    assert configs_of(left_out) == configs_of(settings)
    if family == "bert":
        assert configs_of(settings | {"tie_word_embeddings": False}) == configs_of(settings), "its head is left out"


def test_settings_that_files_leave_out_have_their_usual_values():
    plain = {key: value for key, value in settings_of("llama").items() if not key.startswith("rope")}
    (config,) = configs_of({k: v for k, v in plain.items() if k not in ("num_key_value_heads", "head_dim")})
    assert (config.key_heads, config.head_width) == (4, 8)
    assert (config.rotary_base, config.rotary_scaling) == (10_000.0, None)
    harmless = {"rope_type": "default", "factor": 4.0, "original_max_position_embeddings": 16}
    assert configs_of(plain | {"rope_parameters": harmless}) == configs_of(plain)
    gpt2 = {k: v for k, v in settings_of("gpt2").items() if k not in ("n_inner", "activation_function")}
    assert configs_of(gpt2) == configs_of(settings_of("gpt2") | {"n_inner": 128})
    t5 = settings_of("t5") | {"num_decoder_layers": 2}
    left_out = ("num_decoder_layers", "feed_forward_proj", "tie_word_embeddings", "scale_decoder_outputs")
    assert configs_of({key: value for key, value in t5.items() if key not in left_out}) == configs_of(t5)


@pytest.mark.parametrize(("family", "tied"), [("gpt2", True), ("llama", False), ("t5", True)])
def test_where_a_file_does_not_say_it_the_output_matrix_is_the_usual_one_of_its_family(family, tied):
    kind, config = MODELS[family]
    settings = {key: value for key, value in settings_of(family).items() if key != "tie_word_embeddings"}
    assert configs_of(settings)[-1].tied == tied
    ours = put_weights(settings, kind(config).state_dict())
    outputs = [name for name, _ in ours.named_parameters() if "output.weight" in name]
    assert bool(outputs) != tied


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("model.layers.0.self_attn.k_proj.weight", torch.zeros(16), "do not fit"),
        ("model.layers.0.self_attn.k_proj.weight", torch.zeros(()), "do not fit"),
        ("model.norm.weight", torch.zeros(32, dtype=torch.int8), "floating-point numbers; these are not: model.norm"),
        ("model.norm.weight", [0.0] * 32, "floating-point numbers; these are not: model.norm"),
        ("model.norm.weight", torch.zeros(32).numpy(), "floating-point numbers; these are not: model.norm"),
        ("norm.weight", torch.zeros(32), "the same weight, final_norm.weight"),
    ],
)
def test_weights_that_are_none_are_said(name, tensor, message):
    tensors = LlamaForCausalLM(MODELS["llama"][1]).state_dict() | {name: tensor}
    with pytest.raises(CheckpointError, match=message):
        put_weights(settings_of("llama"), tensors)


def test_a_weight_under_its_old_and_its_new_name_is_refused():
    tensors = BertModel(MODELS["bert"][1]).state_dict()
    with pytest.raises(CheckpointError, match="the same weight, embed.norm.weight"):
        put_weights(settings_of("bert"), tensors | {"embeddings.LayerNorm.gamma": torch.ones(32)})


@pytest.mark.parametrize("family", [["llama"], None, 3, {}])
def test_an_architecture_that_is_no_word_is_refused(family):
    with pytest.raises(CheckpointError, match="is not known here; known are"):
        configs_of({"model_type": family})


def test_weights_that_are_a_folder_are_said(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(settings_of("gpt2")))
    (tmp_path / "model.safetensors").mkdir()
    with pytest.raises(CheckpointError, match="model.safetensors is damaged or cut short"):
        load_transformer(str(tmp_path))


def test_of_many_faults_five_are_named_and_the_others_counted():
    whole = GPT2LMHeadModel(MODELS["gpt2"][1]).state_dict()
    norms = [name for name in whole if ".ln_" in name]
    for n, more in ((5, False), (7, " (and 2 more)")):
        with pytest.raises(CheckpointError) as error:
            put_weights(settings_of("gpt2"), {k: v for k, v in whole.items() if k not in norms[:n]})
        said = str(error.value)
        assert said.count("is missing") == 5 and (said.endswith(more) if more else "more" not in said)


def test_half_of_what_belongs_together_is_named():
    llama = dict(MODELS["llama"][0](MODELS["llama"][1]).state_dict())
    del llama["model.layers.1.self_attn.v_proj.weight"]
    with pytest.raises(
        CheckpointError, match=r"blocks\.1\.attention\.k\.weight is left over; .*key_value.* is missing"
    ):
        put_weights(settings_of("llama"), llama)


def test_a_t5_with_one_table_must_not_come_with_two():
    t5 = dict(MODELS["t5"][0](MODELS["t5"][1]).state_dict())
    put_weights(settings_of("t5"), t5 | {"lm_head.weight": t5["shared.weight"].clone()})
    with pytest.raises(CheckpointError, match="tie_word_embeddings"):
        put_weights(settings_of("t5"), t5 | {"lm_head.weight": t5["shared.weight"] + 1})


def test_encoder_and_decoder_share_their_table():
    ours = put_weights(settings_of("t5"), MODELS["t5"][0](MODELS["t5"][1]).state_dict())
    assert ours.decoder.embed.token.weight is ours.encoder.embed.token.weight
    ids = torch.arange(3)[None]
    with torch.no_grad():
        assert ours(ids.repeat(1, 200), ids).shape == (1, 3, 32), "relative positions know no end"


def test_a_missing_or_impossible_setting_is_said():
    settings = settings_of("llama")
    with pytest.raises(CheckpointError, match="configuration of this llama model lacks 'hidden_size'"):
        configs_of({key: value for key, value in settings.items() if key != "hidden_size"})
    with pytest.raises(CheckpointError, match="impossible: 4 heads cannot share 3 key heads"):
        configs_of(settings | {"num_key_value_heads": 3})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"tie_word_embeddings": "false"}, "tied is 'false', but must be of type bool"),
        ({"rms_norm_eps": "1e-5"}, "eps is '1e-5', but must be of type float"),
        ({"vocab_size": None}, "vocab_size is None, but must be of type int"),
        ({"vocab_size": 97.0}, "vocab_size is 97.0, but must be of type int"),
        ({"num_hidden_layers": True}, "n_layers is True, but must be of type int"),
        ({"rope_scaling": {"rope_type": "linear", "factor": 0.0}}, "factor must be a number of at least 1, but is 0.0"),
        ({"rope_scaling": {"rope_type": "linear", "factor": float("inf")}}, "factor must be a number"),
        ({"rope_scaling": ROPE["llama3"] | {"low_freq_factor": 4.0}}, "high_freq_factor must be above low_freq_factor"),
        ({"rope_scaling": ROPE["yarn"] | {"beta_fast": -1}}, "beta_fast must be at least beta_slow"),
        ({"rope_scaling": ROPE["yarn"] | {"original_max_position_embeddings": -5}}, "original_length is -5"),
        ({"rope_scaling": ROPE["yarn"] | {"original_max_position_embeddings": float("inf")}}, ""),
        ({"rope_theta": 0}, "rotary_base must be at least 2, but is 0"),
        ({"rope_theta": 1.0}, "rotary_base must be at least 2"),
        ({"rms_norm_eps": -1.0}, "eps must be at least 0"),
        ({"rms_norm_eps": float("nan")}, "eps must be at least 0, but is nan"),
        ({"rope_scaling": "linear"}, ""),
    ],
)
def test_a_setting_of_a_wrong_type_is_refused(changed, why):
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    settings = {"model_type": "llama", "vocab_size": 97, "max_position_embeddings": 64, "rms_norm_eps": 1e-5} | sizes
    assert configs_of(settings)[0].vocab_size == 97
    with pytest.raises(CheckpointError, match=f"this llama model is impossible: .*{why}"):
        configs_of(settings | changed)


def test_a_configuration_that_is_a_list_is_refused():
    for call in (configs_of, lambda settings: put_weights(settings, {})):
        with pytest.raises(CheckpointError, match="settings by name, but this one is a list"):
            call(["model_type", "llama"])


def test_older_files_of_t5_do_not_say_the_largest_distance():
    settings = settings_of("t5")
    del settings["relative_attention_max_distance"], settings["relative_attention_num_buckets"]
    assert configs_of(settings) == configs_of(settings_of("t5"))


def test_names_as_files_were_published():
    kind, config = MODELS["bert"]
    theirs = kind(config).eval()
    old = {
        f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): tensor
        for name, tensor in theirs.state_dict().items()
    }
    old |= {"bert.embeddings.position_ids": torch.arange(512)[None], "cls.predictions.bias": torch.zeros(97)}
    ours, ids = put_weights(settings_of("bert"), old).eval(), torch.randint(97, (2, 9))
    with torch.no_grad():
        assert relative_gap(ours(ids), theirs(ids).last_hidden_state) < 1e-5
    t5 = dict(MODELS["t5"][0](MODELS["t5"][1]).state_dict())
    t5["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.zeros(32, 4)
    put_weights(settings_of("t5"), t5)
    llama = MODELS["llama, tied"][0](MODELS["llama, tied"][1]).model.state_dict()  # the body, saved by itself
    put_weights(settings_of("llama, tied"), llama)


def test_an_output_matrix_of_its_own_is_never_lost():
    gpt2 = GPT2LMHeadModel(MODELS["gpt2"][1]).state_dict()
    bare = {name.removeprefix("transformer."): tensor for name, tensor in gpt2.items()}
    put_weights(settings_of("gpt2"), bare)
    with pytest.raises(CheckpointError, match="tie_word_embeddings"):
        put_weights(settings_of("gpt2"), bare | {"lm_head.weight": bare["wte.weight"] + 1})
    untied = put_weights(
        settings_of("gpt2, untied"),
        bare
        | {"h.0.mlp.c_fc.weight": torch.zeros(32, 40)}
        | {
            f"h.{i}.mlp.{name}": torch.zeros(shape)
            for i in range(3)
            for name, shape in (("c_fc.weight", (32, 40)), ("c_fc.bias", (40,)), ("c_proj.weight", (40, 32)))
        }
        | {"lm_head.weight": torch.ones(97, 32)},
    )
    assert torch.equal(untied.output.weight, torch.ones(97, 32))
    # T5 1.1 as published: an output matrix of its own; Transformers writes tie_word_embeddings: true for it
    tensors = MODELS["t5 1.1"][0](MODELS["t5 1.1"][1]).state_dict() | {"lm_head.weight": torch.ones(97, 32)}
    for saved in ({"tie_word_embeddings": False}, {"tie_word_embeddings": True, "scale_decoder_outputs": False}):
        ours = put_weights(settings_of("t5 1.1") | saved, tensors)
        assert torch.equal(ours.decoder.output.weight, torch.ones(97, 32)) and ours.decoder.config.output_scale == 1


def test_the_chapter_shows_the_code_of_the_module():
    """Every class and function of the module stands in the chapter, the same to the last token; docstrings break
    their lines where the page does."""
    chapter = ast.parse(source_of(ROOT / "book/2_attention/03_the_whole_transformer.ipynb"))
    module = ast.parse(source_of(transformer.__file__))

    def defined(tree):
        kinds = (ast.ClassDef, ast.FunctionDef)
        for node in ast.walk(tree):
            if isinstance(node, kinds) and ast.get_docstring(node):
                node.body[0].value.value = " ".join(ast.get_docstring(node).split())
        return {node.name: ast.dump(node) for node in tree.body if isinstance(node, kinds)}

    shown = defined(chapter)
    different = [name for name, code in defined(module).items() if shown.get(name) != code]
    assert not different, f"the chapter must define these as utils/transformer.py does: {', '.join(different)}"


def test_a_cache_that_does_not_fit_is_said():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32))
    cache = Cache(model.config, 1, 4, like=model.embed.token.weight)
    with torch.no_grad(), pytest.raises(ValueError, match="5 tokens are too many for a cache with room for 4"):
        model(torch.zeros(1, 5, dtype=torch.long), cache=cache)
    with torch.no_grad(), pytest.raises(ValueError, match="ids have 2 sequences, but the cache is one for 1"):
        model(torch.zeros(2, 3, dtype=torch.long), cache=cache)
    with pytest.raises(ValueError, match="a cache holds no gradients"):
        model(torch.zeros(1, 3, dtype=torch.long), cache=cache)


@torch.no_grad()
@pytest.mark.parametrize("choice", [{"n_layers": 2}, {"n_heads": 4}, {"n_kv_heads": 1}, {"d_model": 32}])
def test_a_cache_of_another_model_is_refused(choice):
    sizes = {"vocab_size": 11, "d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 32}
    model = Transformer(TransformerConfig(**sizes))
    other = Cache(TransformerConfig(**sizes | choice), 1, 4, like=model.embed.token.weight)
    with pytest.raises(ValueError, match=r"made for \(layers, key heads, d_head\) .* the model has \(1, 2, 8\)"):
        model(torch.zeros(1, 3, dtype=torch.long), cache=other)


@torch.no_grad()
def test_a_mask_that_came_with_the_prompt_must_come_again():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32))
    cache = Cache(model.config, 1, 8, like=model.embed.token.weight)
    model(torch.tensor([[0, 0, 5, 6]]), torch.tensor([[0, 0, 1, 1]]), cache=cache)
    with pytest.raises(ValueError, match="came with an attention_mask: give it again"):
        model(torch.tensor([[7]]), cache=cache)
    model(torch.tensor([[7]]), torch.tensor([[0, 0, 1, 1, 1]]), cache=cache)
    plain = Cache(model.config, 1, 8, like=model.embed.token.weight)
    model(torch.tensor([[5, 6]]), cache=plain)
    model(torch.tensor([[7]]), cache=plain)
    assert plain.n_tokens == 3


@torch.no_grad()
def test_a_cache_of_another_precision_is_refused():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32))
    cache = Cache(model.config, 1, 8, like=model.embed.token.weight.bfloat16())
    with pytest.raises(ValueError, match="the cache holds torch.bfloat16, but the model computes in torch.float32"):
        model(torch.tensor([[5, 6]]), cache=cache)


@pytest.mark.parametrize("other", [{"vocab_size": 5}, {"d_model": 32}])
def test_two_stacks_with_one_table_need_the_same_table(other):
    sizes = {"vocab_size": 11, "d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 32}
    with pytest.raises(ValueError, match="encoder and decoder share one table"):
        EncoderDecoder(TransformerConfig(**sizes | other, causal=False), TransformerConfig(**sizes, cross=True))


@torch.no_grad()
def test_only_a_causal_model_takes_a_cache():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32, causal=False))
    cache = Cache(model.config, 1, 4, like=model.embed.token.weight)
    with pytest.raises(ValueError, match="a cache is for causal models"):
        model(torch.zeros(1, 3, dtype=torch.long), cache=cache)


@torch.no_grad()
def test_attention_by_itself_sees_all_and_is_the_first_layer():
    config = TransformerConfig(11, 16, 1, 2, 32)
    attention, x = transformer.Attention(config), torch.randn(1, 4, 16)
    changed = torch.cat([x[:, :3], torch.randn(1, 1, 16)], 1)
    assert not torch.allclose(attention(x)[:, 0], attention(changed)[:, 0])
    block = transformer.Block(config)
    assert not torch.allclose(block(x)[:, 0], block(changed)[:, 0])
    cache = Cache(config, 1, 4, like=x)
    torch.testing.assert_close(block(x, cache=cache), block(x))


def test_prompts_that_are_padded_on_the_right_are_refused():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32))
    with pytest.raises(ValueError, match="padded on the left"):
        generate(model, torch.ones(2, 3, dtype=torch.long), 1, torch.tensor([[1, 1, 1], [1, 1, 0]]))


@pytest.mark.parametrize(
    ("ids", "n_new", "mask", "message"),
    [
        (torch.zeros(1, 3), 2, None, "ids must be whole numbers"),
        (torch.zeros(3, dtype=torch.long), 2, None, "ids must be whole numbers of shape"),
        (torch.zeros(2, 0, dtype=torch.long), 2, None, "a prompt of 0 tokens cannot be continued by 2"),
        (torch.zeros(1, 3, dtype=torch.long), -1, None, "cannot be continued by -1: .* 0 to 6 may follow"),
        (torch.zeros(1, 3, dtype=torch.long), 7, None, "cannot be continued by 7: .* 0 to 6 may follow"),
        (torch.zeros(1, 3, dtype=torch.long), 2, torch.ones(3), "attention_mask has shape"),
        (torch.zeros(1, 3, dtype=torch.long), 2, torch.ones(1, 4), "attention_mask has shape"),
        (torch.zeros(1, 3, dtype=torch.long), 2, torch.tensor([[2, 1, 1]]), "runs from 1 to 2"),
    ],
)
def test_what_cannot_be_continued_is_refused_before_anything_is_written(ids, n_new, mask, message):
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32, max_length=8))
    with pytest.raises(ValueError, match=message):
        generate(model, ids, n_new, mask)
    for n_new in (0, 1, 6):
        assert generate(model, torch.zeros(1, 3, dtype=torch.long), n_new).shape == (1, n_new)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("width", [16, 256])
def test_a_fresh_model_guesses(norm_first, width):
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(200, width, 4, 4, 2 * width, norm_first=norm_first))
    ids = torch.randint(200, (16, 32))
    loss = torch.nn.functional.cross_entropy(model.logits(model(ids))[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    assert 0.95 < loss / torch.tensor(200.0).log() < 1.2


def test_the_start_is_smaller_before_each_sum():
    model = Transformer(TransformerConfig(200, 250, 8, 2, 500, cross=True))
    block = model.blocks[3]
    for part, expected in {
        block.attention.query: 0.04,
        block.feed_forward.up: 0.04,
        block.attention.out: 0.04 / 24**0.5,
        block.cross.out: 0.04 / 24**0.5,
        block.feed_forward.down: 0.04 / 24**0.5,
    }.items():
        assert part.weight.std().item() == pytest.approx(expected, rel=0.05)
        assert not part.bias.any()
    assert model.embed.token.weight.std().item() == pytest.approx(0.04, rel=0.05)


def test_the_start_without_a_memory_with_norms_after_each_sum_and_with_plain_scores():
    def spread(part, **choices):
        model = Transformer(TransformerConfig(200, 250, 8, 2, 500, **choices))
        return getattr(model.blocks[3].attention, part).weight.std().item()

    assert spread("out") == pytest.approx(0.04 / 16**0.5, rel=0.05)
    assert spread("out", norm_first=False) == pytest.approx(0.04, rel=0.05)
    assert spread("query", scaled=False) == pytest.approx(0.04 / 125**0.5, rel=0.05)
    assert spread("key_value", scaled=False) == pytest.approx(0.04, rel=0.05)


@torch.no_grad()
def test_sixteen_bits_are_those_of_the_library():
    kind, config = MODELS["llama"]
    torch.manual_seed(3)
    theirs = kind(config).eval()
    for p in theirs.parameters():
        p.data = 0.3 * torch.randn_like(p) + (p.data if p.ndim == 1 else 0)
    ours = put_weights(settings_of("llama"), theirs.state_dict()).to(torch.bfloat16).eval()
    theirs.model = theirs.model.to(torch.bfloat16)
    theirs.model.rotary_emb.inv_freq = theirs.model.rotary_emb.inv_freq.float()  # as it is when loaded in 16 bits
    theirs.model.rotary_emb.inv_freq = 1 / 10_000 ** (torch.arange(0, 8, 2).float() / 8)
    theirs.lm_head = theirs.lm_head.to(torch.bfloat16)
    ids = torch.randint(97, (4, 60))
    assert torch.equal(ours.logits(ours(ids)), theirs(ids).logits)


def test_only_a_decoder_writes():
    reader = Transformer(TransformerConfig(11, 16, 1, 2, 32, causal=False))
    with pytest.raises(ValueError, match="only a causal Transformer writes"):
        generate(reader, torch.zeros(1, 3, dtype=torch.long), 2)
    both = EncoderDecoder(reader.config, TransformerConfig(11, 16, 1, 2, 32, cross=True))
    with pytest.raises(ValueError, match="only a causal Transformer writes"):
        generate(both, torch.zeros(1, 3, dtype=torch.long), 2)


def test_configurations_are_values():
    config = TransformerConfig(11, 16, 1, 2, 32)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.d_model = 8
