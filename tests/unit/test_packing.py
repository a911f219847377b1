"""Weights laid out for the processor: the same numbers up to rounding, and a clear word where it cannot be."""

import copy
import io

import pytest
import torch

from utils import packing
from utils.packing import PackedError, PackedLinear, packed
from utils.transformer import EncoderDecoder, Transformer, TransformerConfig, generate

SIZES = {"vocab_size": 97, "d_model": 32, "n_layers": 3, "n_heads": 4, "d_ff": 48}
CONFIGS = {
    "as GPT-2": TransformerConfig(**SIZES),
    "as Llama": TransformerConfig(**SIZES, positions="rotary", norm="rms", gated=True, bias=False, n_kv_heads=2),
    "an output matrix of its own": TransformerConfig(**SIZES, tied=False, output_scale=0.5),
    "as BERT": TransformerConfig(**SIZES, causal=False, norm_first=False, norm_embeddings=True),
}


with_onednn = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this PyTorch has no oneDNN")


@pytest.fixture(params=CONFIGS)
def model(request):
    torch.manual_seed(0)
    return Transformer(CONFIGS[request.param]).eval()


@with_onednn
@torch.no_grad()
def test_same_logits_and_nothing_left_unpacked(model):
    ids = torch.randint(0, 97, (3, 11))
    mask = torch.ones_like(ids)
    mask[0, :4] = 0
    laid_out = packed(model)
    assert laid_out is not model
    assert not any(isinstance(module, torch.nn.Linear) for module in laid_out.blocks.modules())
    for options in ({}, {"attention_mask": mask}):
        theirs = model.logits(model(ids, **options))
        ours = laid_out.logits(laid_out(ids, **options))
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


class Adapted(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x) + 1


@with_onednn
@torch.no_grad()
@pytest.mark.parametrize("how", ["a layer of another class", "a hook", "a hook before"])
def test_a_layer_that_is_more_than_its_product_stays_as_it_is(how):
    torch.manual_seed(2)
    model = Transformer(CONFIGS["as Llama"]).eval()
    block, old = model.blocks[1].attention, model.blocks[1].attention.query
    if how == "a layer of another class":
        block.query = Adapted(old.in_features, old.out_features, bias=False)
        block.query.load_state_dict(old.state_dict())
    elif how == "a hook":
        old.register_forward_hook(lambda layer, given, result: 2 * result)
    else:
        old.register_forward_pre_hook(lambda layer, given: (2 * given[0],))
    ids = torch.randint(0, 97, (2, 9))
    laid_out = packed(model)
    torch.testing.assert_close(laid_out(ids), model(ids), rtol=1e-4, atol=1e-5)
    assert not isinstance(laid_out.blocks[1].attention.query, PackedLinear)
    assert isinstance(laid_out.blocks[0].attention.query, PackedLinear)


@with_onednn
@torch.no_grad()
def test_the_model_itself_is_left_alone_and_small_weights_are_shared(model):
    ids = torch.randint(0, 97, (2, 7))
    before = model.logits(model(ids))
    laid_out = packed(model)
    assert torch.equal(model.logits(model(ids)), before)
    assert laid_out.embed.token.weight is model.embed.token.weight
    assert laid_out.blocks[0].attention_norm.weight is model.blocks[0].attention_norm.weight
    assert any(weight.requires_grad for weight in model.blocks[0].feed_forward.parameters())


def test_writes_the_same_text():
    torch.manual_seed(1)
    model = Transformer(CONFIGS["as Llama"]).eval()
    for weight in model.parameters():  # so that choices are no near ties
        weight.data = weight.data + 0.3 * torch.randn_like(weight)
    ids = torch.randint(0, 97, (4, 5))
    assert torch.equal(generate(packed(model), ids, 20), generate(model, ids, 20))


@with_onednn
@pytest.mark.parametrize(
    ("use", "advice"),
    [
        (lambda m: m.state_dict(), "save the model"),
        (lambda m: torch.save(m, io.BytesIO()), "save the model"),
        (lambda m: copy.deepcopy(m), "copy the model"),
        (lambda m: m.load_state_dict({}, strict=False), "load weights into the model"),
        (lambda m: m.double(), "move or convert the model"),
        (lambda m: m.to("cpu"), "move or convert the model"),
        (lambda m: m(torch.zeros(1, 3, dtype=torch.long)), "train the model"),
    ],
)
def test_what_only_plain_weights_can_do_is_refused(use, advice):
    laid_out = packed(Transformer(CONFIGS["as Llama"]))
    with pytest.raises(PackedError, match=f"packed weights only read and write: {advice} that was packed"):
        use(laid_out)


@with_onednn
@pytest.mark.parametrize("convert", [lambda m: m.half(), lambda m: m.to(torch.float64), lambda m: m.to("meta")])
def test_a_refused_conversion_leaves_the_model_that_was_packed(convert):
    model = Transformer(CONFIGS["as Llama"])
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    laid_out = packed(model)
    for whole in (laid_out, torch.nn.Sequential(laid_out)):
        with pytest.raises(PackedError, match="move or convert"):
            convert(whole)
    for name, weight in model.named_parameters():
        assert weight.dtype == before[name].dtype and torch.equal(weight, before[name]), name


@with_onednn
@torch.no_grad()
def test_another_width_or_precision_is_said_in_plain_words():
    layer = PackedLinear(torch.randn(5, 3))
    for x in (torch.zeros(2, 4), torch.zeros(2, 3, dtype=torch.float64)):
        with pytest.raises(PackedError, match="packed weights take float32 of 3"):
            layer(x)


@with_onednn
def test_packing_twice_is_refused(model):
    with pytest.raises(ValueError, match="packed already"):
        packed(packed(model))


@with_onednn
def test_a_packed_layer_is_the_same_product():
    weight = torch.randn(5, 3)
    x = torch.randn(2, 3)
    torch.testing.assert_close(PackedLinear(weight)(x), x @ weight.T)
    bias = torch.randn(5)
    torch.testing.assert_close(PackedLinear(weight, bias)(x), x @ weight.T + bias)


@with_onednn
def test_a_packed_layer_has_no_gradients_and_says_so_only_where_one_is_asked_for():
    layer = PackedLinear(torch.randn(5, 3, requires_grad=True), torch.randn(5, requires_grad=True))
    assert (layer.d_in, layer.d_out) == (3, 5)
    assert not layer(torch.randn(2, 3)).requires_grad
    x = torch.randn(2, 3, requires_grad=True)
    with torch.no_grad():
        layer(x)
    with pytest.raises(PackedError, match="or call this one within torch.no_grad"):
        layer(x)


def test_what_cannot_be_packed_comes_back_as_it_is(monkeypatch):
    model = Transformer(CONFIGS["as GPT-2"])
    assert packed(model.double()) is model
    model.float()
    monkeypatch.setattr(packing.torch.backends.mkldnn, "is_available", lambda: False)
    assert packed(model) is model


def test_two_stacks_are_refused_with_a_word():
    both = EncoderDecoder(TransformerConfig(**SIZES, causal=False), TransformerConfig(**SIZES, cross=True))
    with pytest.raises(ValueError, match="one by one"):
        packed(both)
