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
    """heads need not fill d_model"""
    d_model = len(query)
    return query.reshape(d_model, -1).T[:d_model, :6], output.reshape(-1, d_model).T[:6]


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
    """three buckets: another choice pads less"""
    sizes = sorted(set(lengths))
    chosen = [sizes[-1]]

    def slots(some):
        return sum(min(s for s in some if s >= n) for n in lengths)

    while len(chosen) < min(k, len(sizes)):
        chosen.append(min((s for s in sizes if s not in chosen), key=lambda s: slots([*chosen, s])))
    return sorted(chosen)
