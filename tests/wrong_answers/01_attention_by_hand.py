"""Plausible wrong answers to the exercises of *Attention by hand*; each docstring is what the checker must say."""

import math

import torch


def row_softmax__wrong_axis(scores):
    """each row must sum to one"""  # the columns sum to one
    return torch.exp(scores) / torch.exp(scores).sum(0)


def row_softmax__no_maximum(scores):
    """it overflows for large scores"""  # the formula as it stands
    exponentials = torch.exp(scores)
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__one_maximum_for_all(scores):
    """subtract the maximum of each row"""  # small rows underflow to 0/0
    exponentials = torch.exp(scores - scores.max())
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__shares_of_scores(scores):
    """the weights are not those of a softmax"""  # no exponential
    return scores / scores.sum(-1, keepdim=True)


def row_softmax__one_vector(scores):
    """the shape must stay"""  # the matrix is taken for one row
    return torch.exp(scores.flatten()) / torch.exp(scores).sum()


def scale_for__not_the_root(d_k, query_std, key_std):
    """it must be the square root of d_k"""  # variance instead of standard deviation
    return d_k * query_std * key_std


def scale_for__queries_ignored(d_k, query_std, key_std):
    """the spread of the queries is ignored"""  # only keys count
    return math.sqrt(d_k) * key_std


def scale_for__keys_ignored(d_k, query_std, key_std):
    """the spread of the keys is ignored"""  # only queries count
    return math.sqrt(d_k) * query_std


def scale_for__variances(d_k, query_std, key_std):
    """that uses variances: take standard deviations"""  # the root was taken of d_k alone
    return math.sqrt(d_k) * query_std**2 * key_std**2


def scale_for__inverted(d_k, query_std, key_std):
    """larger spreads need a larger divisor"""  # A factor instead of a divisor
    return math.sqrt(d_k) / (query_std * key_std)


def scale_for__sum_of_spreads(d_k, query_std, key_std):
    """the variance of the quotient is"""  # spreads added, not multiplied
    return math.sqrt(d_k) * (query_std + key_std) / 2


def _windowed(queries, keys, values, visible):
    scores = queries @ keys.mT / keys.shape[-1] ** 0.5
    return scores.masked_fill(~visible, float("-inf")).softmax(-1) @ values


def _distance(n):
    return torch.arange(n)[:, None] - torch.arange(n)


def window_attention__sees_the_future(queries, keys, values, window):
    """a token sees the future"""  # A window to both sides
    return _windowed(queries, keys, values, _distance(len(queries)).abs() < window)


def window_attention__too_long(queries, keys, values, window):
    """the window is too long"""  # one token too many
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance >= 0) & (distance <= window))


def window_attention__too_short(queries, keys, values, window):
    """the window is too short"""  # one token too few
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance >= 0) & (distance < window - 1))


def window_attention__not_itself(queries, keys, values, window):
    """a token always sees itself"""  # the first token sees nothing
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance > 0) & (distance < window))


def window_attention__mask_after_softmax(queries, keys, values, window):
    """mask before the softmax"""  # weights set to zero and left so
    distance = _distance(len(queries))
    weights = (queries @ keys.mT / keys.shape[-1] ** 0.5).softmax(-1)
    return (weights * ((distance >= 0) & (distance < window))) @ values


def window_attention__no_scale(queries, keys, values, window):
    """it must be ordinary, scaled attention"""  # the scale is forgotten
    distance = _distance(len(queries))
    scores = (queries @ keys.mT).masked_fill((distance < 0) | (distance >= window), float("-inf"))
    return scores.softmax(-1) @ values


def window_attention__returns_weights(queries, keys, values, window):
    """the output must have the shape"""  # the weights come back
    distance = _distance(len(queries))
    return _windowed(queries, keys, torch.eye(len(keys)), (distance >= 0) & (distance < window))


def previous_token_head__looks_ahead(n):
    """the head looks one token ahead"""  # shifted the wrong way
    return n**0.5 * math.log(200 * n) * torch.eye(n), torch.diag(torch.ones(n - 1), -1)


def previous_token_head__looks_at_itself(n):
    """the head looks at its own token"""  # not shifted
    return n**0.5 * math.log(200 * n) * torch.eye(n), torch.eye(n)


def previous_token_head__too_weak(n):
    """too weak at n = 4"""  # scores of one
    return torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def previous_token_head__scale_forgotten(n):
    """scale up"""  # strong enough without the division by √d_k only
    return math.log(200 * n) * torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def previous_token_head__infinite(n):
    """the scores are too large"""  # infinity times zero is not a number
    return float("inf") * torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def previous_token_head__wrong_shape(n):
    """both matrices must have the shape"""  # the last key is left out
    return 50 * torch.eye(n), torch.eye(n)[1:]


def previous_token_head__uniform(n):
    """does not look most at the one before it"""  # every score is zero
    return torch.zeros(n, n), torch.zeros(n, n)


def row_softmax__returns_nothing(scores):
    """return a tensor of weights, not NoneType"""  # the return is forgotten
    torch.exp(scores - scores.amax(-1, keepdim=True))


def row_softmax__cut_off(scores):
    """large scores lose their differences"""  # all large scores become the same
    exponentials = torch.exp(scores.clamp(max=80))
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__mean_subtracted(scores):
    """it overflows where one score stands out"""  # the mean lies far below the maximum
    exponentials = torch.exp(scores - scores.mean(-1, keepdim=True))
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__in_place(scores):
    """the scores of the caller were changed"""  # -= writes into the argument
    scores -= scores.amax(-1, keepdim=True)
    return torch.exp(scores) / torch.exp(scores).sum(-1, keepdim=True)


def scale_for__returns_nothing(d_k, query_std, key_std):
    """return a number, not NoneType"""  # the return is forgotten
    math.sqrt(d_k) * query_std * key_std


def scale_for__root_of_all(d_k, query_std, key_std):
    """the variance of the quotient is"""  # the root is taken of the spreads too
    return math.sqrt(d_k * query_std * key_std)


def window_attention__returns_nothing(queries, keys, values, window):
    """return the output, a tensor, not NoneType"""  # the return is forgotten
    _windowed(queries, keys, values, _distance(len(queries)) >= 0)


def window_attention__always_three(queries, keys, values, window):
    """use the argument window"""  # the example's window is typed in
    distance = _distance(len(queries))
    return _windowed(queries, keys, values, (distance >= 0) & (distance < 3))


def window_attention__returns_both(queries, keys, values, window):
    """return the output, a tensor, not tuple"""  # the weights come along
    return _windowed(queries, keys, values, _distance(len(queries)) >= 0), None


def previous_token_head__returns_nothing(n):
    """return two matrices"""  # the return is forgotten
    torch.eye(n)


def previous_token_head__constant_strength(n):
    """too weak at n = 300"""  # strong enough for short sentences only
    return 50 * torch.eye(n), torch.diag(torch.ones(n - 1), 1)


def row_softmax__largest_absolute_value(scores):
    """far below zero"""  # right only where the largest score is positive
    exponentials = torch.exp(scores - scores.abs().amax(-1, keepdim=True))
    return exponentials / exponentials.sum(-1, keepdim=True)


def row_softmax__maximum_not_below_zero(scores):
    """far below zero"""  # starts the search for the maximum at zero
    largest = scores.amax(-1, keepdim=True).clamp(min=0)
    return torch.exp(scores - largest) / torch.exp(scores - largest).sum(-1, keepdim=True)


def window_attention__scaled_by_the_window(queries, keys, values, window):
    """it must be ordinary, scaled attention"""  # √window in place of √d_k
    distance = _distance(len(queries))
    scores = (queries @ keys.mT / window**0.5).masked_fill((distance < 0) | (distance >= window), float("-inf"))
    return scores.softmax(-1) @ values


def window_attention__scaled_by_the_length(queries, keys, values, window):
    """it must be ordinary, scaled attention"""  # √n in place of √d_k
    distance = _distance(len(queries))
    scores = (queries @ keys.mT / len(keys) ** 0.5).masked_fill((distance < 0) | (distance >= window), float("-inf"))
    return scores.softmax(-1) @ values
