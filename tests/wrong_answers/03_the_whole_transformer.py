"""Plausible wrong answers to the exercises of *The whole Transformer*.

Each docstring is what the checker must say.
"""

import torch
import torch.nn.functional as F


def rms_norm__root_of_the_sum(x, weight, eps):
    """root of the *mean* square"""
    return x / (x.pow(2).sum(-1, keepdim=True) + eps).sqrt() * weight


def rms_norm__layer_norm(x, weight, eps):
    """that is LayerNorm"""
    return F.layer_norm(x, x.shape[-1:], weight, eps=eps)


def rms_norm__no_weight(x, weight, eps):
    """the weight is missing"""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


def rms_norm__one_size_for_all(x, weight, eps):
    """each vector has its own size"""
    return x * torch.rsqrt(x.pow(2).mean() + eps) * weight


def rms_norm__no_eps(x, weight, eps):
    """vector of zeros finite"""
    return x / x.pow(2).mean(-1, keepdim=True).sqrt() * weight


def parameters_of_layer__no_output_matrix(config):
    """a plain layer without biases"""
    d = config.d_model
    return 3 * d * d + 2 * d * config.d_ff + 2 * d


def parameters_of_layer__square_matrices(config):
    """grouped keys and values"""
    d = config.d_model
    n_wide = config.d_ff * (2 if config.gated else 1)
    biases = (5 * d + n_wide) * config.bias
    return 4 * d * d + d * n_wide + config.d_ff * d + biases + 2 * d * (2 if config.norm == "layer" else 1)


def parameters_of_layer__no_gate(config):
    """a gate, which doubles the first matrix"""
    d = config.d_model
    biases = (5 * d + config.d_ff) * config.bias
    return 4 * d * d + 2 * d * config.d_ff + biases + 2 * d * (2 if config.norm == "layer" else 1)


def gated_width__as_wide(d_ff, multiple):
    """three matrices instead of two"""
    return -(-d_ff // multiple) * multiple


def rms_norm__eps_outside_the_root(x, weight, eps):
    """eps stands under the root"""
    return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight


def rms_norm__eps_as_a_bound(x, weight, eps):
    """eps stands under the root"""
    return x * x.pow(2).mean(-1, keepdim=True).clamp(min=eps).rsqrt() * weight


def gated_width__rounded_twice(d_ff, multiple):
    """round up once, at the end"""
    return -(-(2 * d_ff // 3) // multiple) * multiple


def gated_width__half(d_ff, multiple):
    """two thirds, not one half"""
    return d_ff // 2


def gated_width__one_more(d_ff, multiple):
    """a multiple of 256 already"""
    return (2 * d_ff // (3 * multiple) + 1) * multiple


def gated_width__rounded_down(d_ff, multiple):
    """round up"""
    return 2 * d_ff // (3 * multiple) * multiple


def route__all_experts(logits, n_active):
    """only the best experts work"""
    return logits.softmax(-1)


def route__not_normalised(logits, n_active):
    """normalise over the chosen"""
    best = logits.softmax(-1).topk(n_active)
    return torch.zeros_like(logits).scatter(-1, best.indices, best.values)


def route__all_alike(logits, n_active):
    """in proportion to the probabilities"""
    best = logits.topk(n_active).indices
    return torch.zeros_like(logits).scatter(-1, best, 1 / n_active)
