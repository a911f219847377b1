"""Published weights in the classes of `utils.transformer`: BERT, GPT-2, Llama and T5, by their file's own names."""

import json
import math
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from utils.models import model_path
from utils.rotary import KINDS, RotaryScaling
from utils.transformer import EncoderDecoder, Transformer, TransformerConfig


class CheckpointError(Exception):
    """A checkpoint does not fit the model: unknown architecture, missing or extra weights, wrong shapes."""


def load_transformer(name, dtype=torch.float32):
    """The model of a packaged name or of a folder in the hub's layout, as our own module, in evaluation mode.

    Parameters
    ----------
    name : str
        As :func:`utils.models.model_path`, a folder with ``config.json`` and ``model.safetensors``.
    dtype : torch.dtype
        Of all weights.

    Returns
    -------
    Transformer or EncoderDecoder

    Raises
    ------
    CheckpointError
        If a file is missing, or as :func:`configs_of` and :func:`put_weights`.
    """
    folder = Path(model_path(name))
    for needed in ("config.json", "model.safetensors"):
        if not (folder / needed).exists():
            raise CheckpointError(f"{folder / needed} is missing: a checkpoint is config.json and model.safetensors")
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{folder / 'config.json'} is no JSON: {error}; fetch the checkpoint again") from error
    try:
        tensors = load_file(folder / "model.safetensors")
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{folder / 'model.safetensors'} is damaged or cut short: {error}; fetch the checkpoint again"
        ) from error
    return put_weights(settings, tensors).to(dtype).eval()


def configs_of(settings):
    """Configuration of each stack from a published ``config.json``: one, or two for an encoder and a decoder.

    Raises
    ------
    CheckpointError
        If the architecture or one of its options is not known here; the message says which are.
    """
    _want_table(settings)
    family = settings.get("model_type")
    if not isinstance(family, str) or family not in FAMILIES:
        raise CheckpointError(f"architecture {family!r} is not known here; known are: {', '.join(FAMILIES)}")
    for key, known in ONLY[family].items():
        _only(settings, key, *known)
    try:
        configs = FAMILIES[family][0](settings)
    except KeyError as error:
        raise CheckpointError(f"the configuration of this {family} model lacks {error.args[0]!r}") from error
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise CheckpointError(f"the configuration of this {family} model is impossible: {error}") from error
    return configs


def put_weights(settings, tensors):
    """A model of our own with published weights in it.

    Parameters
    ----------
    settings : dict
        Content of the ``config.json``.
    tensors : dict of str to torch.Tensor
        Weights by their published names.

    Raises
    ------
    CheckpointError
        If a weight is missing, is left over, has another shape, or is no tensor of floating-point numbers; the
        message names up to five.
    """
    _want_table(settings)
    odd = [n for n, t in tensors.items() if not isinstance(t, torch.Tensor) or not t.is_floating_point()]
    odd = [name for name in odd if not re.search(r"_ids$|\.(masked_)?bias$", name)]  # numbers of places, masks
    if odd:
        raise CheckpointError(f"weights must be tensors of floating-point numbers; these are not: {', '.join(odd[:5])}")
    if settings.get("model_type") == "t5" and settings.get("scale_decoder_outputs") is False:
        # Transformers writes True for every T5, also where it keeps an output matrix of its own
        settings = settings | {"tie_word_embeddings": "lm_head.weight" not in tensors}
    configs = configs_of(settings)
    with torch.device("meta"):
        model = Transformer(configs[0]) if len(configs) == 1 else EncoderDecoder(*configs)
    try:
        given = FAMILIES[settings["model_type"]][1](tensors, settings)
    except (RuntimeError, IndexError) as error:  # parts that cannot be joined or turned
        raise CheckpointError(f"the weights do not fit the model: {error}") from error
    _refuse_second_table(tensors.get("lm_head.weight"), given, configs[-1].tied)
    expected = {name: tuple(p.shape) for name, p in model.named_parameters()}
    faults = [f"{name} is missing" for name in expected.keys() - given.keys()]
    faults += [f"{name} is left over" for name in given.keys() - expected.keys()]
    faults += [
        f"{name} has shape {tuple(given[name].shape)}, expected {shape}"
        for name, shape in expected.items()
        if name in given and tuple(given[name].shape) != shape
    ]
    if faults:
        more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
        raise CheckpointError("the weights do not fit the model: " + "; ".join(sorted(faults)[:5]) + more)
    model.load_state_dict(given | _shared(model, given), assign=True)
    return model


def _want_table(settings):
    if not isinstance(settings, dict):
        raise CheckpointError(f"a configuration holds settings by name, but this one is a {type(settings).__name__}")


def _shared(model, given):
    """The one table under its second name, where two stacks share it."""
    if isinstance(model, Transformer):
        return {}
    return {"decoder.embed.token.weight": given["encoder.embed.token.weight"]}


def _refuse_second_table(head, given, tied):
    """A model with tied embeddings must not come with an output matrix of its own."""
    table = given.get("embed.token.weight", given.get("encoder.embed.token.weight"))
    if tied and head is not None and table is not None and not torch.equal(head, table):
        raise CheckpointError("the configuration says tie_word_embeddings, but lm_head.weight is not the embeddings")


def _only(settings, key, *known):
    """A setting that must be one of those that the module can do."""
    value = settings.get(key, known[0])
    if value not in known:
        raise CheckpointError(f"{key} is {value!r} in this configuration; known here are: {', '.join(map(str, known))}")
    return value


# Settings of each family that change numbers and that the module takes only at these values, the first by default
ONLY = {
    "bert": {
        "position_embedding_type": ("absolute",),
        "is_decoder": (False,),
        "add_cross_attention": (False,),
        "is_encoder_decoder": (False,),
        "tie_word_embeddings": (True, False),  # its output head is not part of the module
        "embedding_size": (None,),
        "is_causal": (False,),
    },
    "gpt2": {
        "activation_function": ("gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu", "swish"),
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
        "add_cross_attention": (False,),
        "is_encoder_decoder": (False,),
        "is_causal": (True,),
    },
    "llama": {
        "hidden_act": ("silu", "swish"),
        "attention_bias": (False,),
        "mlp_bias": (False,),
        "is_encoder_decoder": (False,),
        "sliding_window": (None,),
        "attn_logit_softcapping": (None,),
        "final_logit_softcapping": (None,),
        "is_causal": (True,),
    },
    "t5": {
        "feed_forward_proj": ("relu", "gated-gelu", "gated-silu", "gated-relu"),
        "is_decoder": (False,),
        "is_encoder_decoder": (True,),
        "is_causal": (True,),
    },
}
# What published files call an activation function, and what it is called here; gated-gelu of T5 is the approximation
ACTIVATION_NAMES = {"gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "swish": "silu"}


def _rotary(s):
    """Base and scaling of rotary positions, in every spelling that published files have."""
    rope = dict(s.get("rope_scaling") or {}) | dict(s.get("rope_parameters") or {})
    kind = rope.pop("rope_type", None) or rope.pop("type", None) or "default"
    rope.pop("type", None)
    base = rope.pop("rope_theta", None)
    base = s.get("rope_theta") if base is None else base
    base = 10_000.0 if base is None else base
    share = rope.pop("partial_rotary_factor", None) or s.get("partial_rotary_factor") or 1.0
    _only({"partial_rotary_factor": share}, "partial_rotary_factor", 1.0)
    _only({"rope_type": kind}, "rope_type", "default", *KINDS)
    if kind == "default":
        _refuse_unknown(rope, ("factor", "original_max_position_embeddings"))
        return base, None
    length = rope.pop("original_max_position_embeddings", None) or s.get("original_max_position_embeddings")
    length = length or s["max_position_embeddings"]
    factor = rope.pop("factor", None)
    factor = s["max_position_embeddings"] / length if factor is None else factor
    numbers = {"kind": kind, "factor": float(factor), "original_length": int(length)}
    if kind == "llama3":
        numbers |= {name: float(rope.pop(name)) for name in ("low_freq_factor", "high_freq_factor")}
    if kind == "yarn":
        numbers |= {name: float(rope.pop(name, None) or usual) for name, usual in (("beta_fast", 32), ("beta_slow", 1))}
        numbers["truncate"] = rope.pop("truncate", True)
        size, whole = rope.pop("mscale", None), rope.pop("mscale_all_dim", None)
        by_factor = _yarn_size(factor, size) / _yarn_size(factor, whole) if size and whole else _yarn_size(factor)
        given = rope.pop("attention_factor", None)
        numbers["attention_factor"] = float(by_factor if given is None else given)
    _refuse_unknown(rope)
    return base, RotaryScaling(**numbers)


def _yarn_size(factor, weight=1.0):
    return 1.0 if factor <= 1 else 0.1 * weight * math.log(factor) + 1.0


def _refuse_unknown(rope, harmless=()):
    left = sorted(name for name, value in rope.items() if value is not None and name not in harmless)
    if left:
        raise CheckpointError(f"rotary positions have settings that are not known here: {', '.join(left)}")


def _activation(name):
    return ACTIVATION_NAMES.get(name, name)


def _bert_config(s):
    return [
        TransformerConfig(
            vocab_size=s["vocab_size"],
            d_model=s["hidden_size"],
            n_layers=s["num_hidden_layers"],
            n_heads=s["num_attention_heads"],
            d_ff=s["intermediate_size"],
            max_length=s["max_position_embeddings"],
            n_segments=s["type_vocab_size"],
            causal=False,
            norm_first=False,
            norm_embeddings=True,
            eps=s["layer_norm_eps"],
            activation=_activation(_only(s, "hidden_act", "gelu", "relu", "gelu_new", "silu", "swish")),
        )
    ]


def _gpt2_config(s):
    return [
        TransformerConfig(
            vocab_size=s["vocab_size"],
            d_model=s["n_embd"],
            n_layers=s["n_layer"],
            n_heads=s["n_head"],
            d_ff=s.get("n_inner") or 4 * s["n_embd"],
            max_length=s["n_positions"],
            eps=s["layer_norm_epsilon"],
            activation=_activation(s.get("activation_function", "gelu_new")),
            tied=s.get("tie_word_embeddings", True),
        )
    ]


def _llama_config(s):
    base, scaling = _rotary(s)
    return [
        TransformerConfig(
            vocab_size=s["vocab_size"],
            d_model=s["hidden_size"],
            n_layers=s["num_hidden_layers"],
            n_heads=s["num_attention_heads"],
            n_kv_heads=s.get("num_key_value_heads") or 0,
            d_head=s.get("head_dim") or 0,
            d_ff=s["intermediate_size"],
            max_length=s["max_position_embeddings"],
            positions="rotary",
            rotary_base=base,
            rotary_scaling=scaling,
            norm="rms",
            eps=s["rms_norm_eps"],
            activation="silu",
            gated=True,
            bias=False,
            tied=s.get("tie_word_embeddings", False),
        )
    ]


def _t5_config(s):
    kind = s.get("feed_forward_proj", "relu")
    function = kind.removeprefix("gated-")
    if kind == "gated-gelu":
        function = "gelu_new"  # as the library has it for this one
    _only(s, "dense_act_fn", function)
    _only(s, "is_gated_act", kind.startswith("gated-"))
    tied = s.get("tie_word_embeddings", True)
    shared = {
        "vocab_size": s["vocab_size"],
        "d_model": s["d_model"],
        "n_heads": s["num_heads"],
        "d_head": s["d_kv"],
        "d_ff": s["d_ff"],
        "max_length": 2**31,  # relative positions know no end
        "positions": "relative",
        "n_buckets": s.get("relative_attention_num_buckets", 32),
        "max_distance": s.get("relative_attention_max_distance", 128),  # older files do not say it
        "norm": "rms",
        "eps": s["layer_norm_epsilon"],
        "activation": _activation(function),
        "gated": kind.startswith("gated-"),
        "bias": False,
        "scaled": False,
    }
    n_decoder = s.get("num_decoder_layers") or s["num_layers"]
    scaled_output = s.get("scale_decoder_outputs", tied)  # T5 scales what comes out; its version 1.1 does not
    return [
        TransformerConfig(**shared, n_layers=s["num_layers"], causal=False),
        TransformerConfig(
            **shared,
            n_layers=n_decoder,
            cross=True,
            tied=tied,
            output_scale=s["d_model"] ** -0.5 if scaled_output else 1.0,
        ),
    ]


def _renamed(tensors, rules, ignored):
    """Tensors under our names: the first rule whose pattern fits the whole name; a name without a rule is kept."""
    renamed = {}
    for name, tensor in tensors.items():
        if re.fullmatch(ignored, name):
            continue
        for pattern, ours in rules.items():
            if re.fullmatch(pattern, name):
                name = re.sub(pattern, ours, name)
                break
        if name in renamed:
            raise CheckpointError(f"two tensors of the file are the same weight, {name}: which one is meant?")
        renamed[name] = tensor
    return renamed


def _joined(tensors, joint, *parts):
    """Tensors with every `joint` made of its `parts`, one below the other, where all are there."""
    tensors = dict(tensors)
    for name in [n for n in tensors if f"{parts[0]}." in n]:
        names = [name.replace(f"{parts[0]}.", f"{part}.") for part in parts]
        if all(n in tensors for n in names):
            tensors[name.replace(f"{parts[0]}.", f"{joint}.")] = torch.cat([tensors.pop(n) for n in names])
    return tensors


def _bert_weights(tensors, settings):
    layer = r"(?:bert\.)?encoder\.layer\.(\d+)\."
    rules = {
        r"(?:bert\.)?embeddings\.word_embeddings\.(.+)": r"embed.token.\1",
        r"(?:bert\.)?embeddings\.position_embeddings\.(.+)": r"embed.position.\1",
        r"(?:bert\.)?embeddings\.token_type_embeddings\.(.+)": r"embed.segment.\1",
        r"(?:bert\.)?embeddings\.LayerNorm\.(.+)": r"embed.norm.\1",
        layer + r"attention\.self\.(\w+)\.(.+)": r"blocks.\1.attention.\2.\3",
        layer + r"attention\.output\.dense\.(.+)": r"blocks.\1.attention.out.\2",
        layer + r"attention\.output\.LayerNorm\.(.+)": r"blocks.\1.attention_norm.\2",
        layer + r"intermediate\.dense\.(.+)": r"blocks.\1.feed_forward.up.\2",
        layer + r"output\.dense\.(.+)": r"blocks.\1.feed_forward.down.\2",
        layer + r"output\.LayerNorm\.(.+)": r"blocks.\1.feed_forward_norm.\2",
    }
    heads = r"(bert\.)?(pooler\..+|embeddings\.(position|token_type)_ids)|(classifier|cls|qa_outputs)\..+"
    old_names = {r"(.+norm)\.gamma": r"\1.weight", r"(.+norm)\.beta": r"\1.bias"}  # as TensorFlow wrote them
    ours = _renamed(_renamed(tensors, rules, ignored=heads), old_names, ignored="")
    return _joined(ours, "key_value", "key", "value")


def _gpt2_weights(tensors, settings):
    layer = r"(?:transformer\.)?h\.(\d+)\."
    rules = {
        r"(?:transformer\.)?wte\.(.+)": r"embed.token.\1",
        r"(?:transformer\.)?wpe\.(.+)": r"embed.position.\1",
        r"(?:transformer\.)?ln_f\.(.+)": r"final_norm.\1",
        layer + r"ln_1\.(.+)": r"blocks.\1.attention_norm.\2",
        layer + r"ln_2\.(.+)": r"blocks.\1.feed_forward_norm.\2",
        layer + r"attn\.c_attn\.(.+)": r"blocks.\1.attention.qkv.\2",
        layer + r"attn\.c_proj\.(.+)": r"blocks.\1.attention.out.\2",
        layer + r"mlp\.c_fc\.(.+)": r"blocks.\1.feed_forward.up.\2",
        layer + r"mlp\.c_proj\.(.+)": r"blocks.\1.feed_forward.down.\2",
    }
    tied = settings.get("tie_word_embeddings", True)
    rules[r"lm_head\.(.+)"] = r"output.\1"
    ignored = r".+\.attn\.(masked_)?bias" + (r"|lm_head\..+" if tied else "")
    ours = {}
    for name, tensor in _renamed(tensors, rules, ignored).items():
        if re.search(r"blocks\.\d+\.(attention|feed_forward)\..+\.weight", name):
            tensor = tensor.mT.contiguous()  # GPT-2 stores its matrices the other way round
        if ".qkv." in name:
            d = settings["n_embd"]
            ours[name.replace("qkv", "query")], ours[name.replace("qkv", "key_value")] = tensor[:d], tensor[d:]
        else:
            ours[name] = tensor
    return ours


def _llama_weights(tensors, settings):
    layer = r"(?:model\.)?layers\.(\d+)\."
    rules = {
        r"(?:model\.)?embed_tokens\.(.+)": r"embed.token.\1",
        r"(?:model\.)?norm\.(.+)": r"final_norm.\1",
        r"lm_head\.(.+)": r"output.\1",
        layer + r"input_layernorm\.(.+)": r"blocks.\1.attention_norm.\2",
        layer + r"post_attention_layernorm\.(.+)": r"blocks.\1.feed_forward_norm.\2",
        layer + r"self_attn\.q_proj\.(.+)": r"blocks.\1.attention.query.\2",
        layer + r"self_attn\.o_proj\.(.+)": r"blocks.\1.attention.out.\2",
        layer + r"self_attn\.(k|v)_proj\.(.+)": r"blocks.\1.attention.\2.\3",
        layer + r"mlp\.(gate|up)_proj\.(.+)": r"blocks.\1.feed_forward.\2_half.\3",
        layer + r"mlp\.down_proj\.(.+)": r"blocks.\1.feed_forward.down.\2",
    }
    tied = settings.get("tie_word_embeddings", False)
    ours = _renamed(tensors, rules, ignored=r"lm_head\..+|.+rotary_emb.+" if tied else r".+rotary_emb.+")
    return _joined(_joined(ours, "key_value", "k", "v"), "up", "gate_half", "up_half")


def _t5_weights(tensors, settings):
    block = r"(encoder|decoder)\.block\.(\d+)\.layer\."
    rules = {
        r"shared\.(.+)": r"encoder.embed.token.\1",
        r"lm_head\.(.+)": r"decoder.output.\1",
        r"(encoder|decoder)\.final_layer_norm\.(.+)": r"\1.final_norm.\2",
        r"(encoder|decoder)\.block\.0\.layer\.0\.SelfAttention\.relative_attention_bias\.(.+)": r"\1.relative.\2",
        block + r"0\.SelfAttention\.q\.(.+)": r"\1.blocks.\2.attention.query.\3",
        block + r"0\.SelfAttention\.o\.(.+)": r"\1.blocks.\2.attention.out.\3",
        block + r"0\.SelfAttention\.(k|v)\.(.+)": r"\1.blocks.\2.attention.\3.\4",
        block + r"0\.layer_norm\.(.+)": r"\1.blocks.\2.attention_norm.\3",
        r"encoder\.block\.(\d+)\.layer\.1\.layer_norm\.(.+)": r"encoder.blocks.\1.feed_forward_norm.\2",
        block + r"1\.EncDecAttention\.q\.(.+)": r"\1.blocks.\2.cross.query.\3",
        block + r"1\.EncDecAttention\.o\.(.+)": r"\1.blocks.\2.cross.out.\3",
        block + r"1\.EncDecAttention\.(k|v)\.(.+)": r"\1.blocks.\2.cross.\3.\4",
        block + r"1\.layer_norm\.(.+)": r"\1.blocks.\2.cross_norm.\3",
        block + r"2\.layer_norm\.(.+)": r"\1.blocks.\2.feed_forward_norm.\3",
        block + r"\d\.DenseReluDense\.wi\.(.+)": r"\1.blocks.\2.feed_forward.up.\3",
        block + r"\d\.DenseReluDense\.wi_0\.(.+)": r"\1.blocks.\2.feed_forward.gate_half.\3",
        block + r"\d\.DenseReluDense\.wi_1\.(.+)": r"\1.blocks.\2.feed_forward.up_half.\3",
        block + r"\d\.DenseReluDense\.wo\.(.+)": r"\1.blocks.\2.feed_forward.down.\3",
    }
    copies = r"(encoder|decoder)\.embed_tokens\..+"
    copies += r"|decoder\.block\.\d+\.layer\.1\.EncDecAttention\.relative_attention_bias\..+"  # stored, never used
    tied = settings.get("tie_word_embeddings", True)
    ours = _renamed(tensors, rules, ignored=copies + r"|lm_head\..+" if tied else copies)
    return _joined(_joined(ours, "key_value", "k", "v"), "up", "gate_half", "up_half")


FAMILIES = {
    "bert": (_bert_config, _bert_weights),
    "gpt2": (_gpt2_config, _gpt2_weights),
    "llama": (_llama_config, _llama_weights),
    "t5": (_t5_config, _t5_weights),
}
