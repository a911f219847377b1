"""Plausible wrong answers to the exercises of *Attention by hand*; each docstring quotes what the checker must say."""

import math

import torch


def row_softmax__wrong_axis(scores):
    """The columns sum to one: "each row must sum to one"."""
    return torch.exp(scores) / torch.exp(scores).sum(0)


def row_softmax__no_maximum(scores):
    """The formula as it stands: "it overflows for large scores"."""
    exponentials = torch.exp(scores)
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__one_maximum_for_all(scores):
    """Small rows underflow to 0/0: "subtract the maximum of each row"."""
    exponentials = torch.exp(scores - scores.max())
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__shares_of_scores(scores):
    """No exponential: "the weights are not those of a softmax"."""
    return scores / scores.sum(-1, keepdim=True)


def row_softmax__one_vector(scores):
    """The matrix is taken for one row: "the shape must stay"."""
    return torch.exp(scores.flatten()) / torch.exp(scores).sum()


def scale_for__not_the_root(d_k, query_std, key_std):
    """Variance instead of standard deviation: "it must be the square root of d_k"."""
    return d_k * query_std * key_std


def scale_for__queries_ignored(d_k, query_std, key_std):
    """Only keys count: "the spread of the queries is ignored"."""
    return math.sqrt(d_k) * key_std


def scale_for__keys_ignored(d_k, query_std, key_std):
    """Only queries count: "the spread of the keys is ignored"."""
    return math.sqrt(d_k) * query_std


def scale_for__variances(d_k, query_std, key_std):
    """The root was taken of d_k alone: "that uses variances: take standard deviations"."""
    return math.sqrt(d_k) * query_std**2 * key_std**2


def scale_for__inverted(d_k, query_std, key_std):
    """A factor instead of a divisor: "larger spreads need a larger divisor"."""
    return math.sqrt(d_k) / (query_std * key_std)


def scale_for__sum_of_spreads(d_k, query_std, key_std):
    """Spreads added, not multiplied: "the variance of the quotient is"."""
    return math.sqrt(d_k) * (query_std + key_std) / 2


def _windowed(queries, keys, values, visible):
    scores = queries @ keys.mT / keys.shape[-1] ** 0.5
    return scores.masked_fill(~visible, float("-inf")).softmax(-1) @ values


def _distance(n):
    return torch.arange(n)[:, None] - torch.arange(n)


def window_attention__sees_the_future(queries, keys, values, window):
    """A window to both sides: "a token sees the future"."""
    return _windowed(queries, keys, values, _distance(len(queries)).abs() < window)


def window_attention__too_long(queries, keys, values, window):
    """One token too many: "the window is too long"."""
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance >= 0) & (distance <= window))


def window_attention__too_short(queries, keys, values, window):
    """One token too few: "the window is too short"."""
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance >= 0) & (distance < window - 1))


def window_attention__not_itself(queries, keys, values, window):
    """The first token sees nothing: "a token always sees itself"."""
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance > 0) & (distance < window))


def window_attention__mask_after_softmax(queries, keys, values, window):
    """Weights set to zero and left so: "mask before the softmax"."""
    distance = _distance(len(queries))
    weights = (queries @ keys.mT / keys.shape[-1] ** 0.5).softmax(-1)
    return (weights * ((distance >= 0) & (distance < window))) @ values


def window_attention__no_scale(queries, keys, values, window):
    """The scale is forgotten: "it must be ordinary, scaled attention"."""
    distance = _distance(len(queries))
    scores = (queries @ keys.mT).masked_fill((distance < 0) | (distance >= window), float("-inf"))
    return scores.softmax(-1) @ values


def window_attention__returns_weights(queries, keys, values, window):
    """The weights come back: "the output must have the shape"."""
    distance = _distance(len(queries))
    return _windowed(queries, keys, torch.eye(len(keys)), (distance >= 0) & (distance < window))


def previous_token_head__looks_ahead(n):
    """Shifted the wrong way: "the head looks one token ahead"."""
    return n**0.5 * math.log(200 * n) * torch.eye(n), torch.diag(torch.ones(n - 1), -1)


def previous_token_head__looks_at_itself(n):
    """Not shifted: "the head looks at its own token"."""
    return n**0.5 * math.log(200 * n) * torch.eye(n), torch.eye(n)


def previous_token_head__too_weak(n):
    """Scores of one: "too weak at n = 4"."""
    return torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def previous_token_head__scale_forgotten(n):
    """Strong enough without the division by √d_k only: "scale up"."""
    return math.log(200 * n) * torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def previous_token_head__infinite(n):
    """Infinity times zero is not a number: "the scores are too large"."""
    return float("inf") * torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def previous_token_head__wrong_shape(n):
    """The last key is left out: "both matrices must have the shape"."""
    return 50 * torch.eye(n), torch.eye(n)[1:]


def previous_token_head__uniform(n):
    """Every score is zero: "does not look most at the one before it"."""
    return torch.zeros(n, n), torch.zeros(n, n)
