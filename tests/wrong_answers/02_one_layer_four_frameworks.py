"""Plausible wrong answers to the exercises of *One layer, four frameworks*; each docstring is what a checker says."""

from itertools import combinations

import numpy as np


def _far(ours, exact):
    return np.linalg.norm(ours - exact) / np.linalg.norm(exact)


def verdict__absolute(single, double, exact, yard):
    """distances are relative: divide by the norm"""
    if np.linalg.norm(double - exact) > 1e-9:
        return "mistake"
    return "poor algorithm" if np.linalg.norm(single - exact) > 20 * yard else "rounding"


def verdict__float32_only(single, double, exact, yard):
    """it does not shrink in float64: a mistake"""
    return "poor algorithm" if _far(single, exact) > 20 * yard else "rounding"


def verdict__single_first(single, double, exact, yard):
    """float64 decides first, however close float32 is by luck"""
    if _far(single, exact) <= 20 * yard:
        return "rounding"
    return "mistake" if _far(double, exact) > 1e-9 else "poor algorithm"


def verdict__largest_element(single, double, exact, yard):
    """take the norm of the difference, not its largest part"""

    def largest(ours):
        return np.abs(ours - exact).max() / np.linalg.norm(exact)

    if largest(double) > 1e-9:
        return "mistake"
    return "poor algorithm" if largest(single) > 20 * yard else "rounding"


def verdict__looser(single, double, exact, yard):
    """1e-8 of the norm is more than 1e-9: a mistake"""
    if not _far(double, exact) <= 1e-7:
        return "mistake"
    return "rounding" if _far(single, exact) <= 20 * yard else "poor algorithm"


def verdict__stricter(single, double, exact, yard):
    """8e-10 is less than 1e-9"""
    if not _far(double, exact) <= 2e-10:
        return "mistake"
    return "rounding" if _far(single, exact) <= 20 * yard else "poor algorithm"


def verdict__yard_of_the_page(single, double, exact, yard):
    """the yard is an argument: use it"""
    if not _far(double, exact) <= 1e-9:
        return "mistake"
    return "rounding" if _far(single, exact) <= 20 * 1e-7 else "poor algorithm"


def verdict__nan_passes(single, double, exact, yard):
    """nan is no rounding: no comparison holds"""
    if _far(double, exact) > 1e-9:
        return "mistake"
    return "poor algorithm" if _far(single, exact) > 20 * yard else "rounding"


def verdict__nan_in_single_passes(single, double, exact, yard):
    """nan in float32 alone: a poor algorithm"""
    if not _far(double, exact) <= 1e-9:
        return "mistake"
    return "poor algorithm" if _far(single, exact) > 20 * yard else "rounding"


def verdict__signed(single, double, exact, yard):
    """a difference may be negative"""

    def signed(ours):
        return (ours - exact).sum() / np.linalg.norm(exact)

    if signed(double) > 1e-9:
        return "mistake"
    return "poor algorithm" if signed(single) > 20 * yard else "rounding"


def from_keras__not_turned(query, output):
    """PyTorch keeps (out, in)"""
    return query.reshape(len(query), -1), output.reshape(-1, output.shape[-1])


def from_keras__features_first(query, output):
    """heads and features of a head are mixed up"""
    d_model = len(query)
    return query.transpose(0, 2, 1).reshape(d_model, -1).T, output.transpose(1, 0, 2).reshape(-1, d_model).T


def from_keras__output_not_turned(query, output):
    """turn the output's, too"""
    return query.reshape(len(query), -1).T, output.reshape(-1, output.shape[-1])


def from_keras__square(query, output):
    """(6, 8) and (8, 6) are wanted"""
    d_model = len(query)
    return query.reshape(d_model, -1).T[:, :6], output.reshape(-1, d_model).T[:6]


def from_keras__shapes_only(query, output):
    """heads and features of a head are mixed up"""
    d_model, n_heads, d_head = query.shape
    mixed = query.transpose(0, 2, 1).reshape(d_model, n_heads * d_head)
    return mixed.T, output.reshape(-1, d_model).T


def from_keras__output_mixed(query, output):
    """the output's matrix is wrong"""
    d_model = len(query)
    return query.reshape(d_model, -1).T, output.transpose(1, 0, 2).reshape(-1, d_model).T


def from_keras__scaled(query, output):
    """x @ query.T should give head 0 first"""
    d_model, _, d_head = query.shape
    return query.reshape(d_model, -1).T / d_head**0.5, output.reshape(-1, d_model).T


def best_buckets__evenly(lengths, k):
    """count how often a length occurs"""
    sizes = sorted(set(lengths))
    return sorted({sizes[-1 - len(sizes) * i // k] for i in range(min(k, len(sizes)))})


def best_buckets__distinct_lengths_only(lengths, k):
    """count how often a length occurs"""
    sizes = sorted(set(lengths))

    def slots(chosen):
        return sum(min(s for s in chosen if s >= n) for n in sizes)

    choices = (sorted({*c, sizes[-1]}) for c in combinations(sizes[:-1], min(k, len(sizes)) - 1))
    return min(choices, key=slots)


def best_buckets__without_the_longest(lengths, k):
    """count how often a length occurs"""
    sizes, counts = np.unique(lengths, return_counts=True)
    return sorted(sizes[np.argsort(-counts, kind="stable")[:k]].tolist()) if len(lengths) > 4 else sizes[-k:].tolist()


def best_buckets__greedy(lengths, k):
    """slots of padding"""
    sizes, counts = np.unique(lengths, return_counts=True)
    chosen = [sizes[-1]]

    def slots(some):
        some = np.sort(some)
        return (counts * some[np.searchsorted(some, sizes)]).sum()

    while len(chosen) < min(k, len(sizes)):
        chosen.append(min((s for s in sizes if s not in chosen), key=lambda s: slots([*chosen, s])))
    return sorted(chosen)


def best_buckets__greedy_for_many(lengths, k):
    """slots of padding, 8718 will do"""
    return _exact(lengths, k) if len(lengths) < 1000 else best_buckets__greedy(lengths, k)


def best_buckets__quantiles_for_many(lengths, k):
    """slots of padding, 8718 will do"""
    if len(lengths) < 1000:
        return _exact(lengths, k)
    return sorted({int(n) for n in np.quantile(lengths, np.arange(1, k + 1) / k, method="higher")})


def best_buckets__longest_for_many(lengths, k):
    """slots of padding, 8718 will do"""
    return _exact(lengths, k) if len(lengths) < 1000 else sorted(set(lengths))[-k:]


def best_buckets__decreasing_for_many(lengths, k):
    """increasing, and each once"""
    return _exact(lengths, k)[:: 1 if len(lengths) < 100 else -1]


def best_buckets__too_many(lengths, k):
    """at most 5 buckets"""
    return _exact(lengths, k + (k == 5))


def best_buckets__all_choices(lengths, k):
    """do not try all choices"""
    sizes = sorted(set(lengths))

    def slots(chosen):
        return sum(min(s for s in chosen if s >= n) for n in lengths)

    choices = (sorted({*c, sizes[-1]}) for c in combinations(sizes[:-1], min(k, len(sizes)) - 1))
    return min(choices, key=slots)


def _exact(lengths, k):
    """Not an answer: what the better ones of the wrong ones give where they are right."""
    sizes = sorted(set(lengths))
    up_to = [sum(n <= size for n in lengths) for size in sizes]
    best = [(n * size, [size]) for n, size in zip(up_to, sizes)]
    for _ in range(k - 1):
        best = [
            min([best[i], *((best[j][0] + (up_to[i] - up_to[j]) * s, [*best[j][1], s]) for j in range(i))])
            for i, s in enumerate(sizes)
        ]
    return best[-1][1]
