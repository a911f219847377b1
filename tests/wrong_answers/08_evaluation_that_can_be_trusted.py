"""Plausible wrong answers to *Evaluation that can be trusted*; each docstring is what the checker must say."""

import math
from collections import Counter

import numpy as np


def balanced_accuracy__accuracy(labels, predictions):
    """that is accuracy: every class must weigh the same"""
    return float(np.mean(np.asarray(labels) == np.asarray(predictions)))


def balanced_accuracy__precision(labels, predictions):
    """that is the mean precision: divide by labels"""
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    return float(np.mean([np.mean(labels[predictions == c] == c) for c in np.unique(predictions)]))


def balanced_accuracy__all_classes(labels, predictions):
    """a class that no label has does not count"""
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    classes = np.union1d(labels, predictions)
    return float(np.mean([np.sum((predictions == c) & (labels == c)) / max(1, np.sum(labels == c)) for c in classes]))


def balanced_accuracy__nothing(labels, predictions):
    """return the mean of the recalls"""


def sign_test__one_tail(a, b):
    """that is one tail: a two-sided p-value is twice it"""
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    n = wins + losses
    return sum(math.comb(n, k) for k in range(min(wins, losses) + 1)) / 2**n


def sign_test__one_count(a, b):
    """a tail holds all counts as extreme or more so"""
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    n = wins + losses
    return min(1.0, 2 * math.comb(n, wins) / 2**n)


def sign_test__with_ties(a, b):
    """leave the ties out"""
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    n, fewer = len(a), min(wins, losses)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n)


def sign_test__above_one(a, b):
    """one win each: p is 1, never more"""
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    n = wins + losses
    return 2 * sum(math.comb(n, k) for k in range(min(wins, losses) + 1)) / 2**n


def kappa__agreement(a, b):
    """that is the agreement itself: take chance away"""
    return sum(x == y for x, y in zip(a, b)) / len(a)


def kappa__not_divided(a, b):
    """divide by 1 - p_e"""
    n, of_a, of_b = len(a), Counter(a), Counter(b)
    return sum(x == y for x, y in zip(a, b)) / n - sum(of_a[c] * of_b[c] for c in of_a) / n**2


def kappa__even_chance(a, b):
    """expected agreement uses each one's own shares, not 1/2"""
    observed = sum(x == y for x, y in zip(a, b)) / len(a)
    return (observed - 0.5) / 0.5


def kappa__pooled_shares(a, b):
    """kappa is 0.0909, not"""
    n, both = len(a), Counter(a) + Counter(b)
    observed = sum(x == y for x, y in zip(a, b)) / n
    expected = sum((count / (2 * n)) ** 2 for count in both.values())
    return (observed - expected) / (1 - expected)


def sign_test__normal_curve(a, b):
    """seven wins of eight give 18/256"""
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    if wins == losses:
        return 1.0
    return math.erfc(abs(wins - losses) / math.sqrt(2 * (wins + losses)))


def kappa__divides_by_nothing(a, b):
    """if p_e is 1, kappa has no value: return nan"""
    n, of_a, of_b = len(a), Counter(a), Counter(b)
    observed = sum(x == y for x, y in zip(a, b)) / n
    expected = sum(of_a[c] * of_b[c] for c in of_a) / n**2
    return (observed - expected) / (1 - expected)


def kappa__one_label_agrees_wholly(a, b):
    """if p_e is 1, kappa has no value: return nan"""
    n, of_a, of_b = len(a), Counter(a), Counter(b)
    observed = sum(x == y for x, y in zip(a, b)) / n
    expected = sum(of_a[c] * of_b[c] for c in of_a) / n**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)
