"""Plausible wrong answers to *Safety and truth*; each docstring is what the checker must say."""

import numpy as np
from scipy.stats import binom


def rates(flags, on_true, on_false):
    return (float(np.mean(x)) for x in (flags, on_true, on_false))


def true_rate__as_reported(flags, on_true, on_false):
    """that is the share flagged, not corrected"""
    return float(np.mean(flags))


def true_rate__false_alarms_stay(flags, on_true, on_false):
    """take the false alarms off"""
    p, se, alarm = rates(flags, on_true, on_false)
    return p / (se - alarm)


def true_rate__not_divided(flags, on_true, on_false):
    """divide by Se + Sp - 1"""
    p, _, alarm = rates(flags, on_true, on_false)
    return max(0.0, p - alarm)


def true_rate__not_kept_between(flags, on_true, on_false):
    """a rate is never below zero"""
    p, se, alarm = rates(flags, on_true, on_false)
    return None if se <= alarm else (p - alarm) / (se - alarm)


def true_rate__above_one(flags, on_true, on_false):
    """a rate is never above one"""
    p, se, alarm = rates(flags, on_true, on_false)
    return None if se <= alarm else max(0.0, (p - alarm) / (se - alarm))


def true_rate__no_coin(flags, on_true, on_false):
    """tells nothing: None"""
    p, se, alarm = rates(flags, on_true, on_false)
    return float(np.clip((p - alarm) / (se - alarm + 1e-12), 0, 1))


def true_rate__worse_than_a_coin(flags, on_true, on_false):
    """Se + Sp below 1: None as well"""
    p, se, alarm = rates(flags, on_true, on_false)
    return None if se == alarm else float(np.clip((p - alarm) / (se - alarm), 0, 1))


def mark_p__more_than(ids, green, share):
    """at least as many: the observed number belongs to the tail"""
    pairs = set(zip(ids, ids[1:], strict=False))
    return float(binom.sf(sum(green(a, b) for a, b in pairs), len(pairs), share))


def mark_p__counts_tokens(ids, green, share):
    """the first token has none before it"""
    pairs = set(zip(ids, ids[1:], strict=False))
    return float(binom.sf(sum(green(a, b) for a, b in pairs) - 1, len(pairs) + 1, share))


def mark_p__turned(ids, green, share):
    """green(previous, token), in this order"""
    pairs = set(zip(ids, ids[1:], strict=False))
    return float(binom.sf(sum(green(b, a) for a, b in pairs) - 1, len(pairs), share))


def mark_p__repeats(ids, green, share):
    """a pair that comes again counts once"""
    pairs = list(zip(ids, ids[1:], strict=False))
    return float(binom.sf(sum(green(a, b) for a, b in pairs) - 1, len(pairs), share))


def mark_p__tokens_once(ids, green, share):
    """a pair that comes again counts once"""
    n = len(ids) - 1
    green_ones = sum(green(a, b) for a, b in zip(ids, ids[1:], strict=False))
    return float(binom.sf(green_ones - 1, n, share))


def mark_p__a_quarter(ids, green, share):
    """use the share that is given"""
    pairs = set(zip(ids, ids[1:], strict=False))
    return float(binom.sf(sum(green(a, b) for a, b in pairs) - 1, len(pairs), 0.25))


def drawn(confidence, n, seed):
    draw = np.random.default_rng(seed)
    return (draw.random(len(confidence)) < confidence for _ in range(n))


def calibration_p__can_be_zero(confidence, right, error, n=999, seed=0):
    """p is never zero"""
    observed = error(confidence, right)
    return sum(error(confidence, d) >= observed for d in drawn(confidence, n, seed)) / n


def calibration_p__one_too_few(confidence, right, error, n=999, seed=0):
    """count the observed one in both"""
    observed = error(confidence, right)
    return (1 + sum(error(confidence, d) >= observed for d in drawn(confidence, n, seed))) / n


def calibration_p__larger_only(confidence, right, error, n=999, seed=0):
    """errors at least as large count"""
    observed = error(confidence, right)
    reached = sum(error(confidence, d) > observed + 1e-12 for d in drawn(confidence, n, seed))
    return min(1.0, (1 + reached) / (1 + n)) if observed > 1e-9 else reached / (1 + n)


def calibration_p__one_half(confidence, right, error, n=999, seed=0):
    """draw each answer with its own confidence, not with one half"""
    observed = error(confidence, right)
    half = np.full(len(confidence), 0.5)
    reached = sum(error(confidence, d) >= observed - 1e-12 for d in drawn(half, n, seed))
    return (1 + reached) / (1 + n)


def calibration_p__no_order(confidence, right, error, n=999, seed=0):
    """keep the items in their order"""
    draw = np.random.default_rng(seed)
    observed = error(confidence, right)
    reached = 0
    for _ in range(n):
        shuffled = draw.permutation(confidence)
        reached += error(confidence, draw.random(len(confidence)) < shuffled) >= observed - 1e-12
    return (1 + reached) / (1 + n)


def calibration_p__no_seed(confidence, right, error, n=999, seed=0):
    """the same seed gives the same p-value"""
    observed = error(confidence, right)
    reached = sum(error(confidence, d) >= observed - 1e-12 for d in drawn(confidence, n, None))
    return (1 + reached) / (1 + n)
