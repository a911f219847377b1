"""Plausible wrong answers to the exercises of *Translation*; each docstring is what a checker says."""

import re
from collections import Counter

import numpy as np


def unlooped__twice_is_enough(text):
    """twice in a row is no loop"""  # a repetition in two is cut as well
    return re.sub(r"(.{2,}?)\1+", r"\1", text)


def unlooped__longest_run(text):
    """take the shortest run that repeats"""  # greedy: keeps abab where there is six times ab
    return re.sub(r"(.{2,})\1{2,}", r"\1", text)


def unlooped__single_characters(text):
    """a run has two characters or more"""  # a letter that stands four times is cut
    return re.sub(r"(.+?)\1{2,}", r"\1", text)


def unlooped__first_only(text):
    """a text may have several loops"""  # stops after one
    return re.sub(r"(.{2,}?)\1{2,}", r"\1", text, count=1)


def unlooped__four_times(text):
    """four times in a row: keep it once"""  # keeps it twice
    return re.sub(r"(.{2,}?)\1{2,}", r"\1\1", text)


def repaired__one_after_the_other(old_source, old_target, new_source):
    """replace all at once"""  # what was just put in is replaced again
    old, new = (re.findall(r"\d+", text) for text in (old_source, new_source))
    if len(old) != len(new):
        return None
    for a, b in zip(old, new, strict=True):
        old_target = re.sub(rf"(?<!\d){a}(?!\d)", b, old_target)
    return old_target


def repaired__parts_of_numbers(old_source, old_target, new_source):
    """numbers are whole runs"""  # digit by digit
    old, new = (re.findall(r"\d+", text) for text in (old_source, new_source))
    becomes = dict(zip(old, new, strict=False))
    if len(old) != len(new):
        return None
    pattern = "|".join(map(re.escape, becomes)) or "$^"
    return re.sub(pattern, lambda m: becomes[m[0]], old_target)


def repaired__unlike_many(old_source, old_target, new_source):
    """unlike many numbers: None"""  # repairs what it can
    old, new = (re.findall(r"\d+", text) for text in (old_source, new_source))
    becomes = dict(zip(old, new, strict=False))
    return re.sub(r"\d+", lambda m: becomes.get(m[0], m[0]), old_target)


def repaired__last_wins(old_source, old_target, new_source):
    """one old number, two new: None"""  # the later of the two is taken
    old, new = (re.findall(r"\d+", text) for text in (old_source, new_source))
    if len(old) != len(new):
        return None
    becomes = dict(zip(old, new, strict=True))
    return re.sub(r"\d+", lambda m: becomes.get(m[0], m[0]), old_target)


def repaired__in_order_of_target(old_source, old_target, new_source):
    """the 1 in 10 stays"""  # puts new numbers in the order of the target
    new = re.findall(r"\d+", new_source)
    old = re.findall(r"\d+", old_source)
    if len(old) != len(new):
        return None
    queue = iter(new)
    return re.sub(r"\d+", lambda m: next(queue, m[0]), old_target)


def em_round__old_t_ignored(pairs, t):
    """in the second round use the t of the first"""  # always all alike
    counts, total = Counter(), Counter()
    for words, tokens in pairs:
        for z in tokens:
            for e in words:
                counts[e, z] += 1 / len(words)
                total[e] += 1 / len(words)
    return {key: count / total[key[0]] for key, count in counts.items()}


def em_round__by_token(pairs, t):
    """divide by the counts of each word"""  # divides by the counts of the token
    counts, total = Counter(), Counter()
    for words, tokens in pairs:
        for z in tokens:
            whole = sum(t[e, z] for e in words)
            for e in words:
                counts[e, z] += t[e, z] / whole
                total[z] += t[e, z] / whole
    return {key: count / total[key[1]] for key, count in counts.items()}


def em_round__not_shared(pairs, t):
    """'the' gets half of one 格"""  # a token counts whole for every word
    counts, total = Counter(), Counter()
    for words, tokens in pairs:
        for z in tokens:
            for e in words:
                counts[e, z] += t[e, z]
                total[e] += t[e, z]
    return {key: count / total[key[0]] for key, count in counts.items()}


def em_round__set_of_words(pairs, t):
    """a word that stands twice takes two shares"""  # counts it once
    counts, total = Counter(), Counter()
    for words, tokens in pairs:
        for z in tokens:
            whole = sum(t[e, z] for e in set(words))
            for e in set(words):
                counts[e, z] += t[e, z] / whole
                total[e] += t[e, z] / whole
    return {key: count / total[key[0]] for key, count in counts.items()}


def looked_at__largest_piece(attention, word_of):
    """a word of two pieces gets the sum of both"""  # the piece with the largest weight
    return np.asarray(word_of)[attention.argmax(1)]


def looked_at__mean(attention, word_of):
    """a word of two pieces gets the sum of both"""  # long words lose
    return np.argmax([attention[:, word_of == i].mean(1) for i in range(max(word_of) + 1)], axis=0)


def looked_at__no_word_wins(attention, word_of):
    """pieces of no word must not win"""  # -1 takes part
    names = np.unique(word_of)
    return names[np.argmax([attention[:, word_of == i].sum(1) for i in names], axis=0)]


def looked_at__neighbours(attention, word_of):
    """need not stand side by side"""  # sums runs of equal neighbours
    starts = np.flatnonzero(np.diff(word_of, prepend=-9))
    sums = np.add.reduceat(attention, starts, axis=1)
    names = np.asarray(word_of)[starts]
    sums = np.where(names < 0, -1, sums)
    return names[sums.argmax(1)]
