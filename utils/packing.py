"""Weights laid out once for the processor's matrix library, for a model that only reads and writes.

PyTorch hands a float32 product to a library that takes weights as they lie. oneDNN, which PyTorch carries too, has a
layout of its own for weights that stay the same. The two operators are those that ``torch.compile`` inserts when it
freezes a model; nothing is compiled here.
"""

import copy

import torch
from torch import nn

from utils.transformer import Transformer


def can_pack(weight):
    """Whether oneDNN can take this weight: in float32, on a processor for which PyTorch has oneDNN."""
    return weight.device.type == "cpu" and weight.dtype == torch.float32 and torch.backends.mkldnn.is_available()


class PackedError(RuntimeError):
    """Something was asked of packed weights that only plain ones can do."""


ONLY_TO_RUN = "packed weights only read and write: {} the model that was packed instead"


class PackedLinear(nn.Module):
    """A linear layer without gradients whose weight, (d_out, d_in), lies in oneDNN's own layout."""

    def __init__(self, weight, bias=None):
        super().__init__()
        self.d_out, self.d_in = weight.shape
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach())
        self.bias = None if bias is None else bias.detach()

    def forward(self, x):
        if x.shape[-1] != self.d_in or x.dtype != torch.float32:
            raise PackedError(f"got {x.dtype} of width {x.shape[-1]}, but packed weights take float32 of {self.d_in}")
        if torch.is_grad_enabled() and x.requires_grad:
            raise PackedError(ONLY_TO_RUN.format("train") + ", or call this one within torch.no_grad()")
        return torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")

    def __deepcopy__(self, memo):
        raise PackedError(ONLY_TO_RUN.format("copy"))

    def __reduce__(self):
        raise PackedError(ONLY_TO_RUN.format("save"))

    def state_dict(self, *arguments, **options):
        raise PackedError(ONLY_TO_RUN.format("save"))

    def _load_from_state_dict(self, *arguments, **options):
        raise PackedError(ONLY_TO_RUN.format("load weights into"))

    def _apply(self, function, recurse=True):
        _refuse_moving(function)


def packed(model):
    """A copy of a Transformer whose plain linear layers and output matrix are laid out for the processor.

    The copy raises :class:`PackedError` where it is trained, copied, saved, loaded, moved or converted.

    Parameters
    ----------
    model : utils.transformer.Transformer
        Stays as it is; its embeddings and norms are shared with the copy.

    Returns
    -------
    utils.transformer.Transformer
        Its hidden states and logits differ from those of `model` by rounding only. Where weights cannot be laid out
        (another device or precision, or PyTorch without oneDNN), `model` itself.

    Raises
    ------
    ValueError
        If `model` is no single stack of layers, or is packed already.
    """
    if not isinstance(model, Transformer):
        raise ValueError(f"packed takes a Transformer, not {type(model).__name__}; pack its stacks one by one")
    if any(isinstance(module, PackedLinear) for module in model.modules()):
        raise ValueError("this model is packed already")
    if not all(can_pack(weight) for weight in model.parameters()):
        return model
    copied = copy.deepcopy(model, {id(weight): weight for weight in model.parameters()})
    for module in list(copied.modules()):
        for name, child in list(module.named_children()):
            plain = type(child) is nn.Linear and not (child._forward_hooks or child._forward_pre_hooks)
            if plain:  # an adapter, or a layer that someone watches, stays as it is
                setattr(module, name, PackedLinear(child.weight, child.bias))
    table = model.embed.token if model.config.tied else model.output
    output, scale = PackedLinear(table.weight), model.config.output_scale
    copied.logits = lambda hidden: output(hidden * scale)
    copied._apply = _refuse_moving  # before any of its tables, which are the model's too
    return copied


def _refuse_moving(function, recurse=True):
    raise PackedError(ONLY_TO_RUN.format("move or convert"))
