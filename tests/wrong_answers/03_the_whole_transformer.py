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


def rms_norm__second_axis(x, weight, eps):
    """the features stand on the last axis"""
    return x * torch.rsqrt(x.pow(2).mean(1, keepdim=True) + eps) * weight


def rms_norm__in_place(x, weight, eps):
    """the vectors of the caller were changed"""
    return x.mul_(torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)).mul_(weight)


def _matrices_and_norms(config):
    d, n_wide = config.d_model, config.d_ff * (2 if config.gated else 1)
    d_query, d_key = config.n_heads * config.head_width, config.key_heads * config.head_width
    matrices = 2 * d * d_query + 2 * d * d_key + d * n_wide + config.d_ff * d
    return matrices + 2 * d * (2 if config.norm == "layer" else 1)


def parameters_of_layer__gate_without_bias(config):
    """all of these at once"""  # the gate's matrix has a bias as well
    d_query, d_key = config.n_heads * config.head_width, config.key_heads * config.head_width
    return _matrices_and_norms(config) + (d_query + 2 * d_key + config.d_ff + 2 * config.d_model) * config.bias


def parameters_of_layer__biases_of_full_width(config):
    """all of these at once"""  # biases as if there were no groups and no width of their own
    n_wide = config.d_ff * (2 if config.gated else 1)
    return _matrices_and_norms(config) + (5 * config.d_model + n_wide) * config.bias


def route__always_two(logits, n_active):
    """use the argument n_active"""
    best = logits.topk(2)
    return torch.zeros_like(logits).scatter(-1, best.indices, best.values.softmax(-1))


def route__by_a_bound(logits, n_active):
    """choose them by number"""  # all that reach the last of the best
    last = logits.topk(n_active).values[..., -1:]
    return logits.masked_fill(logits < last, float("-inf")).softmax(-1)
