"""Our Transformer against the library's, on small random models of four families; and what it says to bad input."""

import ast
import dataclasses
import json

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

from utils import transformer
from utils.checkpoints import CheckpointError, configs_of, load_transformer, put_weights
from utils.sources import ROOT, source_of
from utils.transformer import Cache, Transformer, TransformerConfig, generate

SMALL = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
T5_SIZES = {"vocab_size": 97, "d_model": 32, "d_kv": 12, "num_heads": 4, "d_ff": 64, "num_layers": 2}
T5 = T5_SIZES | {"num_decoder_layers": 3, "decoder_start_token_id": 0}
BERT = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64}
LLAMA = BERT | {"num_key_value_heads": 2, "max_position_embeddings": 64}
GPT2 = {"vocab_size": 97, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64}
MODELS = {
    "bert": (BertModel, BertConfig(**BERT, **SMALL)),
    "bert, relu": (BertModel, BertConfig(**BERT, **SMALL, hidden_act="relu")),
    "gpt2": (GPT2LMHeadModel, GPT2Config(**GPT2, **SMALL)),
    "llama": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL)),
    "llama, tied": (LlamaForCausalLM, LlamaConfig(**LLAMA, **SMALL, tie_word_embeddings=True, rope_theta=500.0)),
    "t5": (T5ForConditionalGeneration, T5Config(**T5)),
    "t5 1.1": (T5ForConditionalGeneration, T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
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
@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_cache_changes_nothing(name):
    kind, config = MODELS[name]
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


def test_an_encoder_sees_all_and_a_decoder_only_what_was():
    for causal in (True, False):
        model = Transformer(TransformerConfig(11, 16, 2, 2, 32, causal=causal))
        x = model.embed(torch.arange(6)[None], torch.arange(6)).detach().requires_grad_()
        h = x
        for block in model.blocks:
            h = block(h, {"is_causal": causal})
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
        ({"ids": torch.tensor([[0, 11]])}, "ids run from 0 to 11, but the vocabulary from 0 to 10"),
        ({"ids": torch.tensor([[0, -1]])}, "ids run from -1"),
        ({"ids": torch.zeros(1, 9, dtype=torch.long)}, "9 tokens are too many: this model takes at most 8"),
        ({"attention_mask": torch.ones(1, 4)}, r"attention_mask has shape \(1, 4\), expected \(1, 3\)"),
        ({"memory": torch.zeros(1, 2, 16)}, "memory"),
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
    with pytest.raises(ValueError, match=r"memory has shape \(1, 2, 8\), expected \(1, token, 16\)"):
        model(ids, memory=torch.zeros(1, 2, 8))


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"positions": "polar"}, "positions is 'polar'; known are: learned"),
        ({"norm": "batch"}, "known are: layer, rms"),
        ({"n_heads": 3, "n_kv_heads": 2}, "3 heads cannot share 2 key heads"),
        ({"n_heads": 3}, "d_model 16 is no multiple of 3 heads: say d_head"),
        ({"d_head": 5, "positions": "rotary"}, "turn pairs of features, but d_head is 5"),
        ({"n_layers": 0}, "n_layers must be at least 1"),
    ],
)
def test_an_impossible_configuration_is_refused(choice, message):
    sizes = {"vocab_size": 11, "d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 32}
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**sizes | choice)


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


def test_a_full_cache_is_said():
    model = Transformer(TransformerConfig(11, 16, 1, 2, 32))
    cache = Cache(model.config, 1, 4, like=model.embed.token.weight)
    with pytest.raises(ValueError, match="5 tokens are too many for a cache with room for 4"):
        model(torch.zeros(1, 5, dtype=torch.long), cache=cache)


def test_only_a_decoder_writes():
    reader = Transformer(TransformerConfig(11, 16, 1, 2, 32, causal=False))
    with pytest.raises(ValueError, match="only a causal Transformer writes"):
        generate(reader, torch.zeros(1, 3, dtype=torch.long), 2)


def test_configurations_are_values():
    config = TransformerConfig(11, 16, 1, 2, 32)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.d_model = 8
