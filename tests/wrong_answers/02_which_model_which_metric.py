"""Plausible wrong answers to *Which model, which metric*; each docstring is what the checker must say."""

import numpy as np


def cheapest__the_best(methods, n):
    """the cheapest that is near the best, not the best itself"""
    return max(methods, key=lambda pair: pair[1])[0]


def cheapest__of_all(methods, n):
    """0.70 is more than one standard error"""
    return min(cost for cost, _ in methods)


def cheapest__own_error(methods, n):
    """the error belongs to the best accuracy"""
    top = max(accuracy for _, accuracy in methods)
    return min(cost for cost, p in methods if p + np.sqrt(p * (1 - p) / n) > top)


def cheapest__no_root_of_n(methods, n):
    """divide by n under the root"""
    top = max(accuracy for _, accuracy in methods)
    return min(cost for cost, accuracy in methods if accuracy >= top - np.sqrt(top * (1 - top)) / 10)


def cheapest__two_errors(methods, n):
    """one is allowed"""
    top = max(accuracy for _, accuracy in methods)
    return min(cost for cost, accuracy in methods if accuracy >= top - 2 * np.sqrt(top * (1 - top) / n))


def cheapest__nothing(methods, n):
    """return the cost"""


def vote__rows(said):
    """count down the columns"""
    return np.array([np.bincount(row).argmax() for row in said])[:2]


def vote__smallest(said):
    """it is not the smallest label that wins"""
    return np.array([np.bincount(column).argmax() for column in said.T])


def vote__first_method(said):
    """the commonest label of each column"""
    return said[0]


def vote__largest(said):
    """in a tie the earliest method decides"""
    return np.array([len(c) - 1 - c[::-1].argmax() for c in map(np.bincount, said.T)])


def vote__nothing(said):
    """return the labels"""


def threshold__half(p, bad, miss):
    """the threshold is one of the probabilities"""
    return 0.5


def threshold__misses_alone(p, bad, miss):
    """where a miss is cheap"""
    return max(p, key=lambda t: ((p >= t) & bad).sum() - 1e-9 * (p >= t).sum())


def threshold__equal_costs(p, bad, miss):
    """where a miss is cheap"""
    return min(sorted(p, reverse=True), key=lambda t: ((p >= t) != bad).sum())


def threshold__above(p, bad, miss):
    """held back"""
    return min(sorted(p, reverse=True), key=lambda t: ((p > t) & ~bad).sum() + miss * ((p <= t) & bad).sum())


def threshold__lowest(p, bad, miss):
    """of thresholds with equal cost, the highest"""
    return min(sorted(p), key=lambda t: ((p >= t) & ~bad).sum() + miss * ((p < t) & bad).sum())


def threshold__false_alarms_alone(p, bad, miss):
    """count both kinds of error"""
    return min(sorted(p, reverse=True), key=lambda t: ((p >= t) & ~bad).sum())


def threshold__first_of_equal(p, bad, miss):
    """of thresholds with equal cost, the highest"""
    return p[np.argmin([((p >= t) & ~bad).sum() + miss * ((p < t) & bad).sum() for t in p])]


def threshold__nothing(p, bad, miss):
    """return the threshold"""
