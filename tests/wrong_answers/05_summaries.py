"""Plausible wrong answers to the exercises of *Summaries*; each docstring is what a checker says."""

import re
from collections import Counter

import numpy as np


def _words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def _runs(text, n):
    return list(zip(*(_words(text)[i:] for i in range(n)), strict=False))


def novelty__set_of_runs(summary, source, n):
    """every occurrence in the summary counts"""  # a set forgets how often
    a, b = set(_runs(summary, n)), set(_runs(source, n))
    return len(a - b) / max(1, len(a))


def novelty__clipped(summary, source, n):
    """how often a run stands in the source does not matter"""  # takes counts away
    a, b = Counter(_runs(summary, n)), Counter(_runs(source, n))
    return (a - b).total() / max(1, a.total())


def novelty__words_only(summary, source, n):
    """with n = 2 the order counts"""  # looks at single words
    if len(_words(summary)) < n:
        return 0.0
    known = _words(source)
    return sum(w not in known for w in _words(summary)) / len(_words(summary))


def novelty__share_known(summary, source, n):
    """two of five words are new"""  # the other share
    a, b = _runs(summary, n), _runs(source, n)
    return sum(run in b for run in a) / max(1, len(a))


def novelty__none(summary, source, n):
    """return a number"""


def _f1(a, b):
    a, b = Counter(a), Counter(b)
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def rouge1_any__ascii(summary, reference):
    """a Chinese text against itself scores one"""  # the usual tokenizer
    return _f1(_words(summary), _words(reference))


def rouge1_any__whole_runs(summary, reference):
    """each Chinese character is a word of its own"""  # \\w+ keeps a sentence whole
    return _f1(re.findall(r"\w+", summary.lower()), re.findall(r"\w+", reference.lower()))


def rouge1_any__characters(summary, reference):
    """Öl and öl are one word"""  # characters of every script
    return _f1(re.findall(r"\w", summary.lower()), re.findall(r"\w", reference.lower()))


def rouge1_any__no_case(summary, reference):
    """Öl and öl are one word"""  # forgets to lower the letters
    pattern = r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+"
    return _f1(re.findall(pattern, summary), re.findall(pattern, reference))


def rouge1_any__sets(summary, reference):
    """clip repeated words"""  # counts each word once
    pattern = r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+"
    return _f1(set(re.findall(pattern, summary.lower())), set(re.findall(pattern, reference.lower())))


def mmr__scores_only(scores, cosines, k, weight):
    """sentence 1 repeats sentence 0"""  # the k best, whatever they say
    return [int(i) for i in np.argsort(-np.asarray(scores))[:k]]


def mmr__mean(scores, cosines, k, weight):
    """take the largest cosine with the chosen ones, not the mean"""
    chosen = []
    while len(chosen) < min(k, len(scores)):
        value = weight * np.asarray(scores, float)
        if chosen:
            value = value - (1 - weight) * np.asarray(cosines)[:, chosen].mean(1)
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return chosen


def mmr__picks_again(scores, cosines, k, weight):
    """with weight 1 only the scores count"""  # does not take the chosen out
    chosen = []
    while len(chosen) < min(k, len(scores)):
        value = weight * np.asarray(scores, float)
        if chosen:
            value = value - (1 - weight) * np.asarray(cosines)[:, chosen].max(1)
        chosen.append(int(value.argmax()))
    return chosen


def mmr__sorted(scores, cosines, k, weight):
    """the order in which they were picked"""  # gives them in the order of the text
    chosen = []
    while len(chosen) < min(k, len(scores)):
        value = weight * np.asarray(scores, float)
        if chosen:
            value = value - (1 - weight) * np.asarray(cosines)[:, chosen].max(1)
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return sorted(chosen)


def novelty__split_at_blanks(summary, source, n):
    """take the words of `words`"""
    a, b = (list(zip(*(text.lower().split()[i:] for i in range(n)))) for text in (summary, source))
    return sum(run not in b for run in a) / max(1, len(a))


def novelty__part_of_a_word(summary, source, n):
    """a part of a known word is new"""
    runs = list(zip(*(_words(summary)[i:] for i in range(n))))
    text = " ".join(_words(source))
    return sum(" ".join(run) not in text for run in runs) / max(1, len(runs))


def rouge1_any__letters_only(summary, reference):
    """numbers are words too"""
    a, b = (re.findall(r"[\u4e00-\u9fff]|[^\W\d_\u4e00-\u9fff]+", text.lower()) for text in (summary, reference))
    return _f1(a, b)


def rouge1_any__underscore_kept(summary, reference):
    """as `rouge`: _ divides"""
    a, b = (re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text.lower()) for text in (summary, reference))
    return _f1(a, b)


def mmr__penalty_from_zero(scores, cosines, k, weight):
    """no floor at zero"""
    chosen = []
    while len(chosen) < min(k, len(scores)):
        penalty = np.maximum(np.asarray(cosines)[:, chosen].max(1), 0) if chosen else 0
        value = weight * np.asarray(scores, float) - (1 - weight) * penalty
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return chosen
