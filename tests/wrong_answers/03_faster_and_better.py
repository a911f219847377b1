"""Plausible wrong answers to *Faster and better*; each docstring is what the checker must say."""

import itertools

import numpy as np


def whole__time(parts):
    """0.6 is the time that is left"""
    return 1 - sum(share for share, _ in parts) + sum(share / times for share, times in parts)


def whole__mean_of_speeds(parts):
    """do not average the speeds"""
    return 1 - sum(share for share, _ in parts) + sum(share * times for share, times in parts)


def whole__part_alone(parts):
    """0.2 stays and 0.8 is halved"""
    return np.prod([times for _, times in parts])


def whole__first_part(parts):
    """0.25 + 0.1 + 0.125 of the time are left"""
    if not parts:
        return 1
    share, times = parts[0]
    return 1 / (1 - share + share / times)


def whole__never_slower(parts):
    """a part may become slower"""
    return max(1, 1 / (1 - sum(s for s, _ in parts) + sum(s / k for s, k in parts)))


def whole__law_for_each(parts):
    """do not apply the law to each part and multiply"""
    return np.prod([1 / (1 - share + share / times) for share, times in parts])


def whole__nothing(parts):
    """return the speed-up"""


def _tokens(order, size):
    return sum(len(p) * max(p) for p in (order[a : a + size] for a in range(0, len(order), size)))


def _pools(lengths, pool):
    return [sorted(lengths[a : a + pool]) for a in range(0, len(lengths), pool)]


def padded__no_padding(lengths, size, ways):
    """as they come: 2·5 + 2·4 + 2·3"""
    return [sum(lengths)] * 3


def padded__sorts_the_argument(lengths, size, ways):
    """leave the lengths as they were"""
    as_they_come, pools = _tokens(lengths, size), sum(_tokens(p, size) for p in _pools(lengths, ways * size))
    lengths.sort()
    return [as_they_come, _tokens(lengths, size), pools]


def padded__pools_of_texts(lengths, size, ways):
    """the first pool holds 1 2 4 5"""
    pools = sum(_tokens(p, size) for p in _pools(lengths, ways))
    return [_tokens(list(lengths), size), _tokens(sorted(lengths), size), pools]


def padded__full_last_batch(lengths, size, ways):
    """a last batch of one text has no padding"""

    def tokens(order):
        return sum(size * max(order[a : a + size]) for a in range(0, len(order), size))

    return [tokens(list(lengths)), tokens(sorted(lengths)), sum(tokens(p) for p in _pools(lengths, ways * size))]


def padded__largest_first_only(lengths, size, ways):
    """sorted: 2·1 + 2·3 + 2·5"""
    return [_tokens(list(lengths), size)] * 2 + [sum(_tokens(p, size) for p in _pools(lengths, ways * size))]


def padded__two_pools(lengths, size, ways):
    """the last batch, again, in each way"""
    pools = [sorted(part.tolist()) for part in np.array_split(np.array(lengths), ways)]
    return [_tokens(list(lengths), size), _tokens(sorted(lengths), size), sum(_tokens(p, size) for p in pools)]


def padded__nothing(lengths, size, ways):
    """return three numbers"""


def _gains(speed_up):
    changes = sorted(set().union(*speed_up))
    gains = {change: [] for change in changes}
    for order in itertools.permutations(changes):
        for i, change in enumerate(order):
            before = frozenset(order[:i])
            gains[change].append(speed_up[before | {change}] / speed_up[before])
    return gains


def worths__arithmetic(speed_up):
    """the geometric mean"""
    return {change: np.mean(gains) for change, gains in _gains(speed_up).items()}


def worths__alone(speed_up):
    """the root of 16"""
    return {change: speed_up[frozenset({change})] for change in set().union(*speed_up)}


def worths__sets_not_orders(speed_up):
    """each order counts once"""
    changes = sorted(set().union(*speed_up))
    found = {}
    for change in changes:
        before = [s for s in speed_up if change not in s]
        found[change] = np.exp(np.mean([np.log(speed_up[s | {change}] / speed_up[s]) for s in before]))
    return found


def worths__one_for_all(speed_up):
    """one number for each change"""
    return {"all": max(speed_up.values())}


def worths__three_orders(speed_up):
    """all six orders of three changes count"""
    changes = sorted(set().union(*speed_up))
    logs = {change: [] for change in changes}
    for order in [changes[i:] + changes[:i] for i in range(len(changes))]:
        for i, change in enumerate(order):
            before = frozenset(order[:i])
            logs[change].append(np.log(speed_up[before | {change}] / speed_up[before]))
    return {change: np.exp(np.mean(values)) for change, values in logs.items()}


def worths__last(speed_up):
    """after b it gives 8"""
    everything = max(speed_up, key=len)
    return {change: speed_up[everything] / speed_up[everything - {change}] for change in everything}


def worths__nothing(speed_up):
    """return a dict"""
