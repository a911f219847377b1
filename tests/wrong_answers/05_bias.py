"""Plausible wrong answers to *Bias*; each docstring is what the checker must say."""

import re

import numpy as np


def wins(a, b):
    return (a > b) + 0.5 * (a == b)


def icat__ties_lose(stereotype, opposite, unrelated):
    """an equal score counts half"""
    ss = 100 * (stereotype > opposite).mean()
    lms = 100 * (wins(stereotype, unrelated) + wins(opposite, unrelated)).mean() / 2
    return lms, ss, lms * min(ss, 100 - ss) / 50


def icat__stereotype_alone(stereotype, opposite, unrelated):
    """both fitting texts are compared with the unrelated one"""
    ss = 100 * wins(stereotype, opposite).mean()
    lms = 100 * wins(stereotype, unrelated).mean()
    return lms, ss, lms * min(ss, 100 - ss) / 50


def icat__best_of_two(stereotype, opposite, unrelated):
    """both fitting texts are compared with the unrelated one"""
    ss = 100 * wins(stereotype, opposite).mean()
    lms = 100 * wins(np.maximum(stereotype, opposite), unrelated).mean()
    return lms, ss, lms * min(ss, 100 - ss) / 50


def icat__higher_is_worse_only(stereotype, opposite, unrelated):
    """12.5 and 87.5 are equally far from the ideal"""
    ss = 100 * wins(stereotype, opposite).mean()
    lms = 100 * (wins(stereotype, unrelated) + wins(opposite, unrelated)).mean() / 2
    return lms, ss, lms * (100 - ss) / 50


def icat__higher_is_better(stereotype, opposite, unrelated):
    """icat falls when ss rises above 50"""
    ss = 100 * wins(stereotype, opposite).mean()
    lms = 100 * (wins(stereotype, unrelated) + wins(opposite, unrelated)).mean() / 2
    return lms, ss, lms * ss / 50


def icat__shares(stereotype, opposite, unrelated):
    """in percent, not as shares"""
    ss = wins(stereotype, opposite).mean()
    lms = (wins(stereotype, unrelated) + wins(opposite, unrelated)).mean() / 2
    return lms, ss, lms * min(ss, 1 - ss) * 2


def icat__ties_lose_in_lms(stereotype, opposite, unrelated):
    """in lms too an equal score counts half"""
    ss = 100 * wins(stereotype, opposite).mean()
    lms = 50 * ((stereotype > unrelated).mean() + (opposite > unrelated).mean())
    return lms, ss, lms * min(ss, 100 - ss) / 50


def icat__nothing(stereotype, opposite, unrelated):
    """return the three scores"""


def exchange__inside_words(text, pairs):
    """whole words only"""
    for a, b in pairs:
        text = text.replace(b, "\0").replace(a, b).replace("\0", a)
    return text


def exchange__one_direction(text, pairs):
    """both directions"""
    for a, b in pairs:
        text = re.sub(rf"\b{a}\b", b, text)
    return text


def exchange__one_after_the_other(text, pairs):
    """one after the other"""
    for a, b in pairs:
        text = re.sub(rf"\b{b}\b", a, re.sub(rf"\b{a}\b", b, text))
        text = text if a == "he" else text.replace("the man", "the woman")
    return text if "saw" not in text else "she saw the man"


def exchange__no_capitals(text, pairs):
    """a word with a capital keeps it"""
    partner = dict(pairs) | {b: a for a, b in pairs}
    return re.sub(r"[A-Za-z]+", lambda m: partner.get(m[0], m[0]), text)


def exchange__split_at_spaces(text, pairs):
    """a point after a word is not part of it"""
    partner = dict(pairs) | {b: a for a, b in pairs}
    new = [partner.get(word.lower(), word) for word in text.split(" ")]
    return " ".join(n.capitalize() if w[0].isupper() else n for n, w in zip(new, text.split(" ")))


def exchange__all_else_lowered(text, pairs):
    """all else stays, capitals and spaces too"""
    partner = dict(pairs) | {b: a for a, b in pairs}
    capital = {a.capitalize(): b.capitalize() for a, b in partner.items()}
    both = partner | capital
    return re.sub(r"[A-Za-z]+", lambda m: both.get(m[0], partner.get(m[0].lower(), m[0].lower())), text)


def exchange__nothing(text, pairs):
    """return the text"""


# Goes on from call to call, so that the answer changes; fixed, so that the test does not fail now and then by chance.
ONGOING = np.random.default_rng(0)


def _nulls(values, first, n, seed):
    draw = np.random.default_rng(seed)
    splits = [draw.permutation(first) for _ in range(n)]
    return np.array([values[s].mean() - values[~s].mean() for s in splits])


def word_p__may_be_zero(values, first, n=999, seed=0):
    """p is never zero"""
    observed = abs(values[first].mean() - values[~first].mean())
    return (abs(_nulls(values, first, n, seed)) >= observed + 1e-9).mean()


def word_p__one_sided(values, first, n=999, seed=0):
    """two-sided: a gap below zero counts as well"""
    observed = values[first].mean() - values[~first].mean()
    return (1 + (_nulls(values, first, n, seed) >= observed - 1e-12).sum()) / (1 + n)


def word_p__equal_sizes(values, first, n=999, seed=0):
    """keep the sizes of the groups"""
    half = np.arange(len(values)) < len(values) // 2
    observed = abs(values[first].mean() - values[~first].mean())
    return (1 + (abs(_nulls(values, half, n, seed)) >= observed - 1e-12).sum()) / (1 + n)


def word_p__medians(values, first, n=999, seed=0):
    """means, not medians or ranks"""
    draw = np.random.default_rng(seed)

    def distance(split):
        return abs(np.median(values[split]) - np.median(values[~split]))

    observed = distance(first)
    reached = sum(distance(draw.permutation(first)) >= observed - 1e-12 for _ in range(n))
    return (1 + reached) / (1 + n)


def word_p__no_seed(values, first, n=999, seed=0):
    """the same seed gives the same p-value"""
    observed = abs(values[first].mean() - values[~first].mean())
    nulls = _nulls(values, first, n, ONGOING)
    return (1 + (abs(nulls) >= observed - 1e-12).sum()) / (1 + n)


def word_p__nothing(values, first, n=999, seed=0):
    """return the p-value"""


def exchange__capitals_made_anew(text, pairs):
    """all else stays"""  # USA becomes Usa
    partner = dict(pairs) | {b: a for a, b in pairs}

    def other(match):
        new = partner.get(match[0].lower(), match[0])
        return new.capitalize() if match[0][0].isupper() else new

    return re.sub(r"[A-Za-z]+", other, text)


def word_p__observed_in_the_numerator_only(values, first, n, seed):
    """p is above one"""  # (1 + k) / n
    draw = np.random.default_rng(seed)

    def distance(split):
        return abs(values[split].mean() - values[~split].mean())

    reached = sum(distance(draw.permutation(first)) >= distance(first) - 1e-12 for _ in range(n))
    return (1 + reached) / n
