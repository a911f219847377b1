"""Plausible wrong answers to the exercises of *Questions from a library*; each docstring is what a checker says."""

from collections import Counter

import numpy as np


def word_windows__rest_forgotten(words, size, overlap):
    """words at the end are missing"""  # only full windows
    starts = range(0, len(words) - size, size - overlap)
    return [words[s : s + size] for s in starts]


def word_windows__no_overlap(words, size, overlap):
    """neighbours must share overlap words"""  # steps by the whole size
    return [words[s : s + size] for s in range(0, len(words), size)]


def word_windows__tail_repeated(words, size, overlap):
    """the last window only repeats words"""  # starts anew until the very end
    return [words[s : s + size] for s in range(0, len(words), size - overlap)]


def word_windows__too_long(words, size, overlap):
    """a window is longer than size"""  # adds the overlap on top
    return [words[s : s + size + overlap] for s in range(0, len(words), size)]


def word_windows__overlap_of_one(words, size, overlap):
    """with size 5 and overlap 2"""  # always one word in common
    if not words:
        return []
    return [words[s : s + size] for s in range(0, max(1, len(words) - 1), size - 1)]


def ndcg__k_larger_than_the_list(gains, k):
    """k may be larger than the number of items"""  # fills up with the last gain

    def gain(order):
        filled = [*order, *[order[-1]] * k][:k]
        return sum(g / np.log2(r + 2) for r, g in enumerate(filled))

    best = gain(sorted(gains, reverse=True))
    return gain(gains) / best if best else 0.0


def ndcg__exponential_gain(gains, k):
    """for gains 3 2 0 1"""  # 2^g - 1, as some define it

    def gain(order):
        return sum((2**g - 1) / np.log2(r + 2) for r, g in enumerate(order[:k]))

    best = gain(sorted(gains, reverse=True))
    return gain(gains) / best if best else 0.0


def ndcg__ranks_from_zero(gains, k):
    """ranks count from one"""  # log2(2 + rank) with a discount at the first place
    gains = np.asarray(gains[:k], dtype=float)
    return float(np.sum(gains / np.log2(np.arange(3, len(gains) + 3))))


def ndcg__reciprocal_rank(gains, k):
    """discount by log2(1 + rank)"""  # takes 1 / rank

    def gain(order):
        return sum(g / (r + 1) for r, g in enumerate(order[:k]))

    best = gain(sorted(gains, reverse=True))
    return gain(gains) / best if best else 0.0


def ndcg__not_cut(gains, k):
    """only the first k places count"""  # sums over all

    def gain(order):
        return sum(g / np.log2(r + 2) for r, g in enumerate(order))

    best = gain(sorted(gains, reverse=True))
    return gain(gains) / best if best else 0.0


def ndcg__ideal_after_the_cut(gains, k):
    """the best order is that of all items"""  # sorts only what was kept

    def gain(order):
        return sum(g / np.log2(r + 2) for r, g in enumerate(order))

    best = gain(sorted(gains[:k], reverse=True))
    return gain(gains[:k]) / best if best else 0.0


def fuse_lists__best_place_only(rankings, k=60):
    """expected b, a, c"""  # the best single share in place of the sum
    best = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            best[name] = max(best.get(name, 0), 1 / (k + rank))
    return sorted(best, key=lambda name: (-best[name], name))


def fuse_lists__mean_of_shares(rankings, k=60):
    """for three rankings with k = 2"""  # a mean over the rankings that hold the name
    shares = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            shares.setdefault(name, []).append(1 / (k + rank))
    return sorted(shares, key=lambda name: (-np.mean(shares[name]), name))


def fuse_lists__common_only(rankings, k=60):
    """a name that only one search found must not be lost"""  # an intersection
    common = set.intersection(*map(set, rankings))
    total = {n: sum(1 / (k + r.index(n) + 1) for r in rankings) for n in common}
    return sorted(total, key=lambda n: (-total[n], n))


def fuse_lists__joined(rankings, k=60):
    """a name stands twice"""  # one list after the other
    pairs = [(1 / (k + rank), name) for ranking in rankings for rank, name in enumerate(ranking, start=1)]
    names = [name for _, name in sorted(pairs, key=lambda p: (-p[0], p[1]))]
    return [*names, *names[:1]]


def fuse_lists__k_ignored(rankings, k=60):
    """use the k that is given"""  # always sixty
    total = Counter()
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            total[name] += 1 / (60 + rank)
    return sorted(total, key=lambda name: (-total[name], name))


def fuse_lists__ties_as_found(rankings, k=60):
    """equal sums are ordered by name"""  # keeps the order of appearance
    total = Counter()
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            total[name] += 1 / (k + rank)
    return sorted(total, key=lambda name: -total[name])


def word_windows__everything_at_overlap_zero(words, size, overlap):
    """with overlap 0 nothing is repeated"""  # words[-0:] is the whole list
    windows, current = [], []
    for word in words:
        current = [*current, word]
        if len(current) == size:
            windows.append(current)
            current = current[-overlap:]
    return [*windows, current] if len(current) > overlap * bool(windows) else windows
