"""Plausible wrong answers to the exercises of *Fine-tuning a little of it*; each docstring is what a checker says."""

import numpy as np
import torch


def rank_for__product(budget, shapes):
    """not their product"""  # the size of the whole matrix
    return budget // sum(d_out * d_in for d_out, d_in in shapes)


def rank_for__rounded_up(budget, shapes):
    """round down"""
    return -(-budget // sum(d_out + d_in for d_out, d_in in shapes))


def rank_for__each_alone(budget, shapes):
    """all matrices share the budget"""  # the largest matrix pays for all
    return budget // max(d_out + d_in for d_out, d_in in shapes)


def rank_for__no_limit(budget, shapes):
    """no rank above the smaller side"""
    return budget // sum(d_out + d_in for d_out, d_in in shapes)


def rank_for__nothing(budget, shapes):
    """return the rank"""
    budget // sum(d_out + d_in for d_out, d_in in shapes)


def combined__one_above_the_other(first, second, weight):
    """A has as many rows as B has columns"""
    (A1, B1, s1), (A2, B2, s2) = first, second
    return torch.cat([A1, A2]), torch.cat([weight * s1 * B1.mT, (1 - weight) * s2 * B2.mT]), 1.0


def combined__scales_forgotten(first, second, weight):
    """each has a scale of its own"""
    (A1, B1, _), (A2, B2, _) = first, second
    return torch.cat([A1, A2]), torch.cat([weight * B1, (1 - weight) * B2], dim=1), 1.0


def combined__weighted_twice(first, second, weight):
    """the weight goes in once"""
    (A1, B1, s1), (A2, B2, s2) = first, second
    A = torch.cat([weight * A1, (1 - weight) * A2])
    return A, torch.cat([weight * s1 * B1, (1 - weight) * s2 * B2], dim=1), 1.0


def combined__swapped(first, second, weight):
    """the weight is the first one's"""
    (A1, B1, s1), (A2, B2, s2) = first, second
    return torch.cat([A1, A2]), torch.cat([(1 - weight) * s1 * B1, weight * s2 * B2], dim=1), 1.0


def combined__square_roots(first, second, weight):
    """the weight may be negative"""  # shared between A and B: no root of a negative weight
    (A1, B1, s1), (A2, B2, s2) = first, second
    roots = [abs(weight) ** 0.5, abs(1 - weight) ** 0.5]
    A = torch.cat([roots[0] * A1, roots[1] * A2])
    return A, torch.cat([roots[0] * s1 * B1, roots[1] * s2 * B2], dim=1), 1.0


def combined__nothing(first, second, weight):
    """return (A, B, scale)"""


def bits_held__one_bit_a_label(p, y):
    """a label of C classes costs log2(C) bits"""
    return len(y) + np.log2(p[np.arange(len(y)), y]).sum()


def bits_held__nats(p, y):
    """bits, not nats"""
    return len(y) * np.log(p.shape[1]) + np.log(p[np.arange(len(y)), y]).sum()


def bits_held__mean(p, y):
    """the sum over the examples"""
    return np.log2(p.shape[1]) + np.log2(p[np.arange(len(y)), y]).mean()


def bits_held__largest(p, y):
    """take the probability of the label"""  # of the likeliest class, right or wrong
    return len(y) * np.log2(p.shape[1]) + np.log2(p.max(1)).sum()


def bits_held__cut_off(p, y):
    """do not cut it off"""
    return max(0.0, len(y) * np.log2(p.shape[1]) + np.log2(p[np.arange(len(y)), y]).sum())


def bits_held__nothing(p, y):
    """return the bits"""


def rank_for__cap_by_the_inputs(budget, shapes):
    """the smaller side of every matrix, d_out too: 4, not"""
    each = sum(d_out + d_in for d_out, d_in in shapes)
    return min(budget // each, min(d_in for _, d_in in shapes))


def rank_for__cap_of_the_first(budget, shapes):
    """no rank above the smaller side"""
    each = sum(d_out + d_in for d_out, d_in in shapes)
    return min(budget // each, max(min(shape) for shape in shapes))


def bits_held__classes_seen(p, y):
    """C is the number of columns, not of labels seen"""
    return float(len(y) * np.log2(max(y) + 1) + np.log2(p[np.arange(len(y)), y]).sum())


def bits_held__small_probabilities_cut(p, y):
    """it may be negative: do not cut it off"""
    N, C = p.shape
    return float(N * np.log2(C) + np.log2(np.maximum(p[np.arange(N), y], 0.05)).sum())
