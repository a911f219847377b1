"""Plausible wrong answers to the exercises of *Entities and relations*; each docstring is what a checker says."""

import numpy as np


def _f1(a, b):
    return 2 * len(a & b) / max(1, len(a) + len(b))


def boundary_f1__strict(gold, said):
    """the kind does not matter"""  # compares whole triples
    return _f1(set(gold), set(said))


def boundary_f1__start_only(gold, said):
    """start and end must both agree"""
    return _f1({a for _, a, _ in gold}, {a for _, a, _ in said})


def boundary_f1__end_only(gold, said):
    """start and end must both agree"""
    return _f1({b for *_, b in gold}, {b for *_, b in said})


def boundary_f1__lists(gold, said):
    """one place said twice counts once"""
    true = [(a, b) for _, a, b in gold]
    hits = sum((a, b) in true for _, a, b in said)
    return 2 * hits / max(1, len(gold) + len(said))


def boundary_f1__recall(gold, said):
    """the kind does not matter"""  # divides by the names alone
    true, found = ({(a, b) for _, a, b in names} for names in (gold, said))
    return len(true & found) / max(1, len(true))


def boundary_f1__none(gold, said):
    """return a number"""


def with_replay__share_of_old(new, old, share, seed):
    """half as many old rows as new ones"""
    drawn = np.random.default_rng(seed).permutation(len(old))[: int(share * len(old))]
    return list(new) + [old[i] for i in drawn]


def with_replay__the_first(new, old, share, seed):
    """at random, not the first"""
    return list(new) + list(old[: int(share * len(new))])


def with_replay__neighbours(new, old, share, seed):
    """not one behind the other"""
    return list(new) + list(old[seed : seed + int(share * len(new))])


def with_replay__with_repetition(new, old, share, seed):
    """none twice"""
    n = min(int(share * len(new)), len(old))
    return list(new) + [old[i] for i in np.random.default_rng(seed).integers(len(old), size=n)]


def with_replay__rounded(new, old, share, seed):
    """rounded down"""
    n = min(round(share * len(new)), len(old))
    return list(new) + [old[i] for i in np.random.default_rng(seed).permutation(len(old))[:n]]


def with_replay__shuffled(new, old, share, seed):
    """the new rows come first"""
    n = min(int(share * len(new)), len(old))
    every = list(new) + [old[i] for i in np.random.default_rng(seed).permutation(len(old))[:n]]
    return [every[i] for i in np.random.default_rng(seed).permutation(len(every))]


def with_replay__in_place(new, old, share, seed):
    """the new rows come first"""  # grows the list that it was given
    n = min(int(share * len(new)), len(old))
    new += [old[i] for i in np.random.default_rng(seed).permutation(len(old))[:n]]
    return new


def with_replay__none(new, old, share, seed):
    """return a list"""


def leaking__ordered(train, test):
    """the other order counts too"""
    return [i for i, pair in enumerate(test) if pair in set(train)]


def leaking__single_things(train, test):
    """never together"""
    seen = {thing for pair in train for thing in pair}
    return [i for i, pair in enumerate(test) if set(pair) <= seen]


def leaking__once(train, test):
    """each test row counts"""
    seen, found, done = {frozenset(p) for p in train}, [], set()
    for i, pair in enumerate(test):
        if frozenset(pair) in seen - done:
            done.add(frozenset(pair))
            found.append(i)
    return found


def leaking__joined(train, test):
    """compare things, not letters"""
    seen = {"".join(pair) for pair in train} | {"".join(pair[::-1]) for pair in train}
    return [i for i, pair in enumerate(test) if "".join(pair) in seen]


def leaking__part(train, test):
    """a pair of its own"""  # a training pair that lies within the test pair is enough
    return [i for i, pair in enumerate(test) if any(set(seen) <= set(pair) for seen in train)]


def leaking__none(train, test):
    """return a list of numbers"""
