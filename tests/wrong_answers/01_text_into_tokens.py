"""Plausible wrong answers to the exercises of *Text into tokens*; each docstring is what the checker must say."""

import math

import numpy as np


def _merged(parts, pair):
    new, i = [], 0
    while i < len(parts):
        both = tuple(parts[i : i + 2]) == pair
        new.append("".join(pair) if both else parts[i])
        i += 2 if both else 1
    return new


def merge_all__leftmost_first(parts, rank):
    """the pair with the lowest rank comes first, not the leftmost"""
    parts, i = list(parts), 0
    while i + 1 < len(parts):
        if (parts[i], parts[i + 1]) in rank:
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
            i = 0
        else:
            i += 1
    return parts


def merge_all__one_pass_over_the_ranks(parts, rank):
    """merge it at each place"""  # each rule once, at its first place
    parts = list(parts)
    for a, b in sorted(rank, key=rank.get):
        for i in range(len(parts) - 1):
            if (parts[i], parts[i + 1]) == (a, b):
                parts[i : i + 2] = [a + b]
                break
    return parts


def merge_all__only_letters(parts, rank):
    """merge what merges made"""  # the pairs are looked up once, at the start
    parts = list(parts)
    for pair in sorted({p for p in zip(parts, parts[1:]) if p in rank}, key=rank.get):
        parts = _merged(parts, pair)
    return parts


def merge_all__a_text(parts, rank):
    """return the list of pieces"""
    return " ".join(parts)


def jaccard_interval__as_sets(a, b):
    """compare the signatures place by place, not as sets"""
    a, b = set(a.tolist()), set(b.tolist())
    estimate = len(a & b) / len(a | b)
    return estimate, estimate, estimate


def jaccard_interval__variance_of_one_hash(a, b):
    """divide the variance by the number of hashes"""
    estimate = float(np.mean(a == b))
    half = 1.96 * math.sqrt(estimate * (1 - estimate))
    return estimate, max(0.0, estimate - half), min(1.0, estimate + half)


def jaccard_interval__one_standard_error(a, b):
    """the upper end is"""
    estimate = float(np.mean(a == b))
    half = math.sqrt(estimate * (1 - estimate) / len(a))
    return estimate, max(0.0, estimate - half), min(1.0, estimate + half)


def jaccard_interval__not_cut_off(a, b):
    """cut the interval off at 0"""
    estimate = float(np.mean(a == b))
    half = 1.96 * math.sqrt(estimate * (1 - estimate) / len(a))
    return estimate, estimate - half, estimate + half


def probability__best_cut(word, p):
    """that is the best cut alone"""
    best = [1.0] + [0.0] * len(word)
    for end in range(1, len(word) + 1):
        best[end] = max(best[s] * p.get(word[s:end], 0.0) for s in range(end))
    return best[-1]


def probability__letters_only(word, p):
    """P(ab) = 0.2"""
    return math.prod(p.get(letter, 0.0) for letter in word)


def probability__first_piece_and_rest(word, p):
    """P(aba) is"""  # the rest is never cut in two
    if not word:
        return 1
    return p.get(word, 0.0) + sum(p.get(word[:i], 0.0) * p.get(word[i:], 0.0) for i in range(1, len(word)))


def merge_all__one_sweep(parts, rank):
    """a merge may make room for an earlier one"""
    parts = list(parts)
    for pair in sorted(rank, key=rank.get):
        parts = _merged(parts, pair)
    return parts


def merge_all__one_place_at_a_time(parts, rank):
    """each rule at all its places before the next"""
    parts = list(parts)
    while found := [(rank[p], i) for i, p in enumerate(zip(parts, parts[1:])) if p in rank]:
        i = min(found)[1]
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return parts


def jaccard_interval__two_for_196(a, b):
    """the upper end is"""
    estimate = float(np.mean(a == b))
    half = 2 * math.sqrt(estimate * (1 - estimate) / len(a))
    return estimate, max(0.0, estimate - half), min(1.0, estimate + half)


def jaccard_interval__always_a_hundred(a, b):
    """divide the variance by the number of hashes"""
    estimate = float(np.mean(a == b))
    half = 1.96 * math.sqrt(estimate * (1 - estimate) / 100)
    return estimate, max(0.0, estimate - half), min(1.0, estimate + half)


def probability__short_pieces_only(word, p):
    """pieces may be long"""
    up_to = [1.0]
    for end in range(1, len(word) + 1):
        up_to.append(sum(up_to[s] * p.get(word[s:end], 0.0) for s in range(max(0, end - 3), end)))
    return up_to[-1]


KNOWN = {}


def probability__remembers_words(word, p):
    """the same word has another probability by other pieces"""
    if word not in KNOWN:
        up_to = [1.0]
        for end in range(1, len(word) + 1):
            up_to.append(sum(up_to[s] * p.get(word[s:end], 0.0) for s in range(end)))
        KNOWN[word] = up_to[-1]
    return KNOWN[word]
