"""Plausible wrong answers to *Writing text*; each docstring is what the checker must say."""

import numpy as np


def common_run__subsequence(a, b):
    """the parts must stand without a gap, and spaces count"""
    table = {(i, j): "" for i in range(len(a) + 1) for j in range(len(b) + 1)}
    for i in range(len(a)):
        for j in range(len(b)):
            longer = max(table[i, j + 1], table[i + 1, j], key=len)
            table[i + 1, j + 1] = table[i, j] + a[i] if a[i] == b[j] else longer
    return table[len(a), len(b)].replace(" ", "")


def common_run__prefix(a, b):
    """a run may begin anywhere in either text"""
    if a == "not to beg":
        return "not to be"
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return a[:n]


def common_run__last(a, b):
    """of several runs of one length, the first in a"""
    best = ""
    for i in range(len(a)):
        for j in range(i + 1, len(a) + 1):
            if a[i:j] in b and j - i >= len(best):
                best = a[i:j]
    return best


def common_run__length(a, b):
    """return the part itself, not its length"""
    return max(j - i for i in range(len(a)) for j in range(i, len(a) + 1) if a[i:j] in b)


def common_run__nothing(a, b):
    """return the shared part"""


def may_follow__every_digit(typed, allowed):
    """only what continues what was typed"""
    return {c for number in allowed for c in number} | {""} if typed in allowed else {c for n in allowed for c in n}


def may_follow__ends_at_once(typed, allowed):
    """a number that may end may also go on"""
    if typed in allowed:
        return {""}
    return {number[len(typed)] for number in allowed if number.startswith(typed)}


def may_follow__never_ends(typed, allowed):
    """2 is a whole number of the table: it may end here"""
    longer = (number for number in allowed if number.startswith(typed) and number != typed)
    return {number[len(typed)] for number in longer}


def may_follow__rests(typed, allowed):
    """one character at a time"""
    return {number[len(typed) :] for number in allowed if number.startswith(typed)}


def may_follow__no_commas(typed, allowed):
    """commas count"""
    rests = (number[len(typed) :] for number in allowed if number.startswith(typed))
    return {rest[:1] for rest in rests} - {","}


def may_follow__inside(typed, allowed):
    """it stands inside one"""
    found = set()
    for number in allowed:
        if number.startswith(typed):
            found.add(number[len(typed) : len(typed) + 1])
        elif typed == "7" and typed in number:
            found.add(number[number.index(typed) + 1 : number.index(typed) + 2])
    return found


def may_follow__nothing(typed, allowed):
    """return a set of characters"""


def accuracy_interval__passages(right, n_resamples, seed):
    """keep pairs together"""
    flat, rng = np.ravel(right), np.random.default_rng(seed)
    draws = rng.integers(len(flat), size=(n_resamples, len(flat)))
    return tuple(np.quantile(flat[draws].mean(1), [0.025, 0.975]))


def accuracy_interval__both_right(right, n_resamples, seed):
    """accuracy is the mean over both sides"""
    both, rng = np.min(right, 0), np.random.default_rng(seed)
    draws = rng.integers(len(both), size=(n_resamples, len(both)))
    return tuple(np.quantile(both[draws].mean(1), [0.025, 0.975]))


def accuracy_interval__ninety(right, n_resamples, seed):
    """the middle 95 in 100"""
    of_pair, rng = np.mean(right, 0), np.random.default_rng(seed)
    draws = rng.integers(len(of_pair), size=(n_resamples, len(of_pair)))
    return tuple(np.quantile(of_pair[draws].mean(1), [0.1, 0.9]))


def accuracy_interval__without_replacement(right, n_resamples, seed):
    """draw as many pairs as there are, with replacement"""
    of_pair, rng = np.mean(right, 0), np.random.default_rng(seed)
    means = [rng.permutation(of_pair).mean() for _ in range(n_resamples)]
    return tuple(np.quantile(means, [0.025, 0.975]))


def accuracy_interval__nothing(right, n_resamples, seed):
    """return two numbers"""


def distinct__mean_of_texts(texts, n):
    """pool the texts"""
    shares = []
    for text in texts:
        words = text.split()
        runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
        if runs:
            shares.append(len(set(runs)) / len(runs))
    return float(np.mean(shares)) if shares else 0


def distinct__joined(texts, n):
    """no run goes from one text into the next"""
    words = " ".join(texts).split()
    runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0


def distinct__characters(texts, n):
    """different runs divided by all runs"""
    runs = [text[i : i + n] for text in texts for i in range(len(text) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0


def distinct__nothing(texts, n):
    """return a share"""


def common_run__stripped(a, b):
    """spaces at an end count as well"""
    parts = {a[i:j] for i in range(len(a)) for j in range(i + 1, len(a) + 1)}
    found = sorted((p for p in parts if p in b), key=lambda p: (-len(p.strip()), a.find(p)))
    return found[0].strip() if found else ""


def common_run__any_case(a, b):
    """A and a are two characters"""
    parts = {a[i:j] for i in range(len(a)) for j in range(i + 1, len(a) + 1)}
    found = sorted((p for p in parts if p.lower() in b.lower()), key=lambda p: (-len(p), a.find(p)))
    return found[0] if found else ""


def distinct__lower_case(texts, n):
    """words are what split() gives, unchanged"""
    words = [text.lower().split() for text in texts]
    runs = [tuple(w[i : i + n]) for w in words for i in range(len(w) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0
