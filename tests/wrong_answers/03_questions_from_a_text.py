"""Plausible wrong answers to the exercises of *Questions answered from a text*; each docstring quotes the checker."""

import numpy as np


def window_starts__stride_is_overlap(n_tokens, room, overlap):
    """steps of room - overlap"""  # takes the overlap for the step
    if not 0 <= overlap < room:
        raise ValueError("overlap")
    return list(range(0, max(1, n_tokens), max(1, overlap)))


def window_starts__too_many(n_tokens, room, overlap):
    """steps of room - overlap: 0, 3, 6"""  # a window inside the one before it
    if not 0 <= overlap < room:
        raise ValueError("overlap")
    return list(range(0, max(1, n_tokens), room - overlap))


def window_starts__last_one_lost(n_tokens, room, overlap):
    """one token too many needs a second window"""  # drops an end that does not fill a window
    if not 0 <= overlap < room:
        raise ValueError("overlap")
    return list(range(0, max(1, n_tokens - room + 1), room - overlap))


def window_starts__no_refusal(n_tokens, room, overlap):
    """ValueError"""  # an overlap that never ends is mended in silence
    starts = [0]
    while starts[-1] + room < n_tokens:
        starts.append(starts[-1] + max(1, room - overlap))
    return starts


def window_starts__none(n_tokens, room, overlap):
    """return a list of places"""


def _running(lead, f1):
    order = np.argsort(-np.asarray(lead), kind="stable")
    return np.cumsum(np.asarray(f1)[order]) / np.arange(1, len(order) + 1)


def risk_area__smallest_first(lead, f1):
    """largest leads first"""
    return float(np.mean(1 - _running(-np.asarray(lead), f1)))


def risk_area__quality(lead, f1):
    """risk is one minus F1"""
    return float(np.mean(_running(lead, f1)))


def risk_area__not_cumulative(lead, f1):
    """the risk is of all answered so far"""
    return float(np.mean(1 - np.asarray(f1)))


def risk_area__ties_in_order(lead, f1):
    """equal leads: the mean of the tied group"""
    return float(np.mean(1 - _running(lead, f1)))


def risk_area__one_point_for_a_tie(lead, f1):
    """each question of a tie has a coverage of its own"""  # the mean over distinct leads, not over coverages
    lead, f1 = np.asarray(lead), np.asarray(f1)
    return float(np.mean([1 - f1[lead >= t].mean() for t in np.unique(lead)]))


def risk_area__none(lead, f1):
    """return a number"""


def _pairs(start, end, longest):
    n = len(start)
    pairs = [(i, j) for i in range(n) for j in range(i, min(n, i + longest))]
    return sorted(pairs, key=lambda p: -(start[p[0]] + end[p[1]]))


def best_apart__overlapping(start, end, k, longest):
    """(1, 3) shares tokens with (1, 2)"""  # the k best pairs as they are
    return _pairs(start, end, longest)[:k]


def best_apart__two_maxima(start, end, k, longest):
    """the best legal span is (1, 2)"""  # largest ends, in reverse order
    return list(zip(np.argsort(-start)[:k].tolist(), np.argsort(-end)[:k].tolist(), strict=True))[::-1]


def best_apart__only_ends_apart(start, end, k, longest):
    """would contain the chosen (2, 2)"""  # compares first and last tokens only
    chosen = []
    for i, j in _pairs(start, end, longest):
        if len(chosen) < k and all(
            {i, j}.isdisjoint((a, b)) and not a <= i <= b and not a <= j <= b for a, b in chosen
        ):
            chosen.append((i, j))
    return chosen


def best_apart__longest_is_off_by_one(start, end, k, longest):
    """with longest = 1 a span has one token"""
    chosen = []
    for i, j in _pairs(start, end, longest + 1):
        if len(chosen) < k and all(j < a or b < i for a, b in chosen):
            chosen.append((i, j))
    return chosen


def best_apart__stops_at_a_clash(start, end, k, longest):
    """go on after a clash"""  # ends with the first pair that shares a token
    chosen = []
    for i, j in _pairs(start, end, longest):
        if len(chosen) == k or not all(j < a or b < i for a, b in chosen):
            break
        chosen.append((i, j))
    return chosen


def best_apart__none(start, end, k, longest):
    """return a list of (first, last)"""
