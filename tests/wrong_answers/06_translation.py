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


def unlooped__two_characters(text):
    """a run may be longer than two characters"""  # cuts runs of exactly two
    shorter = re.sub(r"(.{2})\1{2,}", r"\1", text)
    return text if shorter == text else unlooped__two_characters(shorter)


def unlooped__letters_only(text):
    """marks loop as well as letters"""  # \w leaves out punctuation
    shorter = re.sub(r"(\w{2,}?)\1{2,}", r"\1", text)
    return text if shorter == text else unlooped__letters_only(shorter)


def unlooped__one_pass(text):
    """what is left may loop again"""  # one pass
    return re.sub(r"(.{2,}?)\1{2,}", r"\1", text)


def repaired__with_marks(old_source, old_target, new_source, terms):
    """the full stop is no part of the word"""  # cuts at spaces only
    old, new = old_source.lower().split(), new_source.lower().split()
    changed = [(a, b) for a, b in zip(old, new, strict=False) if a != b]
    if len(old) != len(new) or len(changed) > 1:
        return None
    if not changed:
        return old_target
    before, after = (terms.get(word) for word in changed[0])
    return old_target.replace(before, after) if before and after and old_target.count(before) == 1 else None


def _changed(old_source, new_source, lower=True):
    old, new = (re.findall(r"\w+|[^\w\s]", text.lower() if lower else text) for text in (old_source, new_source))
    return [(a, b) for a, b in zip(old, new, strict=False) if a != b], len(old) == len(new)


def repaired__lengths_may_differ(old_source, old_target, new_source, terms):
    """one source is longer: None"""  # zip stops at the shorter
    changed, _ = _changed(old_source, new_source)
    if not changed:
        return old_target
    if len(changed) > 1 or not all(word in terms for word in changed[0]):
        return None
    before, after = (terms[word] for word in changed[0])
    return old_target.replace(before, after) if old_target.count(before) == 1 else None


def repaired__many_terms(old_source, old_target, new_source, terms):
    """two words differ: None"""  # repairs every word that changed, one after the other
    changed, even = _changed(old_source, new_source)
    if not even or not all(word in terms for pair in changed for word in pair):
        return None
    for before, after in changed:
        old_target = old_target.replace(terms[before], terms[after])
    return old_target


def repaired__every_place(old_source, old_target, new_source, terms):
    """the old term stands twice in the translation: None"""  # puts the new one in both places
    changed, even = _changed(old_source, new_source)
    if not changed:
        return old_target if even else None
    if not even or len(changed) > 1 or not all(word in terms for word in changed[0]):
        return None
    before, after = (terms[word] for word in changed[0])
    return old_target.replace(before, after) if before in old_target else None


def repaired__absent_is_fine(old_source, old_target, new_source, terms):
    """the old term is not in the translation: None"""  # hands back the translation of another source
    changed, even = _changed(old_source, new_source)
    if not changed:
        return old_target if even else None
    if not even or len(changed) > 1 or not all(word in terms for word in changed[0]):
        return None
    before, after = (terms[word] for word in changed[0])
    return old_target.replace(before, after) if old_target.count(before) < 2 else None


def repaired__upper_case(old_source, old_target, new_source, terms):
    """upper case is the same word"""  # looks up Field
    changed, even = _changed(old_source, new_source, lower=False)
    if not changed:
        return old_target if even else None
    if not even or len(changed) > 1 or not all(word in terms for word in changed[0]):
        return None
    before, after = (terms[word] for word in changed[0])
    return old_target.replace(before, after) if old_target.count(before) == 1 else None


def repaired__new_word_only(old_source, old_target, new_source, terms):
    """the old word must be in terms too"""  # an unknown old word is taken for nothing to replace
    changed, even = _changed(old_source, new_source)
    if not changed:
        return old_target if even else None
    if not even or len(changed) > 1 or changed[0][1] not in terms:
        return None
    before, after = terms.get(changed[0][0]), terms[changed[0][1]]
    if before is None:
        return old_target
    return old_target.replace(before, after) if old_target.count(before) == 1 else None


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


def em_round__no_empty_word(pairs, t):
    """None is a word like the others"""  # leaves the empty word out
    counts, total = Counter(), Counter()
    for words, tokens in pairs:
        words = [e for e in words if e is not None]
        for z in tokens:
            whole = sum(t[e, z] for e in words)
            for e in words:
                counts[e, z] += t[e, z] / whole
                total[e] += t[e, z] / whole
    return {key: count / total[key[0]] for key, count in counts.items()}


def em_round__set_of_tokens(pairs, t):
    """a token that stands twice counts twice"""  # counts it once
    counts, total = Counter(), Counter()
    for words, tokens in pairs:
        for z in set(tokens):
            whole = sum(t[e, z] for e in words)
            for e in words:
                counts[e, z] += t[e, z] / whole
                total[e] += t[e, z] / whole
    return {key: count / total[key[0]] for key, count in counts.items()}


def looked_at__two_pieces(attention, word_of):
    """a word may have three pieces"""  # sums the first two
    places = [np.flatnonzero(np.asarray(word_of) == i)[:2] for i in range(max(word_of) + 1)]
    return np.argmax([attention[:, place].sum(1) for place in places], axis=0)


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
