"""Plausible wrong answers to the exercises of *Sentiment and topics*; each docstring is what a checker says."""

from collections import Counter

import numpy as np


def _f1(truth, said, c):
    found = ((truth == c) & (said == c)).sum()
    return 2 * found / ((truth == c).sum() + (said == c).sum())


def macro_f1__micro(truth, said):
    """this is the accuracy"""
    return (truth == said).mean()


def macro_f1__weighted(truth, said):
    """every class counts alike"""
    return sum((truth == c).mean() * _f1(truth, said, c) for c in np.unique(truth))


def macro_f1__recall(truth, said):
    """this is recall"""
    return np.mean([(said[truth == c] == c).mean() for c in np.unique(truth)])


def macro_f1__true_classes_only(truth, said):
    """a class that is only answered counts too"""
    return np.mean([_f1(truth, said, c) for c in np.unique(truth)])


def macro_f1__answered_classes_only(truth, said):
    """is 0 counted?"""
    return np.mean([_f1(truth, said, c) for c in np.unique(said)])


def own_blocks__keeps_the_first(pages):
    """a shared block goes from the first page as well"""
    seen, found = set(), []
    for page in pages:
        found.append([b for b in page if b.strip().lower() not in seen])
        seen |= {b.strip().lower() for b in page}
    return found


def own_blocks__counts_blocks_not_pages(pages):
    """what one page repeats stays"""
    counts = Counter(b.strip().lower() for page in pages for b in page)
    return [[b for b in page if counts[b.strip().lower()] == 1] for page in pages]


def own_blocks__exact(pages):
    """a shared block goes from the first page as well"""
    counts = Counter(b for page in pages for b in set(page))
    return [[b for b in page if counts[b] == 1] for page in pages]


def own_blocks__drops_empty_pages(pages):
    """as many pages come back as went in"""
    counts = Counter(b for page in pages for b in {b.strip().lower() for b in page})
    found = [[b for b in page if counts[b.strip().lower()] == 1] for page in pages]
    return [page for page in found if page]


def own_blocks__lower_case(pages):
    """what one page repeats stays"""
    pages = [[b.strip().lower() for b in page] for page in pages]
    counts = Counter(b for page in pages for b in set(page))
    return [[b for b in page if counts[b] == 1] for page in pages]


def hit_among__lowest(scores, truth, k):
    """for k = 1 it is the accuracy"""
    return (np.argsort(scores, axis=1)[:, :k] == truth[:, None]).any(axis=1).mean()


def hit_among__first_only(scores, truth, k):
    """with k classes of k every text is hit"""
    return (scores.argmax(1) == truth).mean()


def hit_among__at_least_the_kth(scores, truth, k):
    """equal scores: the smaller index comes first"""
    kth = np.sort(scores, axis=1)[:, -k]
    return (scores[range(len(truth)), truth] >= kth).mean()


def hit_among__positive_scores(scores, truth, k):
    """scores may be negative"""
    scores = np.clip(scores, 0, None)
    return (np.argsort(-scores, axis=1, kind="stable")[:, :k] == truth[:, None]).any(axis=1).mean()


def character_ngrams__with_spaces(text, longest):
    """white space is left out"""
    return [text[i : i + n] for n in range(1, longest + 1) for i in range(len(text) - n + 1)]


def character_ngrams__without_the_last(text, longest):
    """all of length 1, then all of length 2, the last pair included"""
    text = "".join(text.split())
    return [text[i : i + n] for n in range(1, longest + 1) for i in range(len(text) - n + (n == 1))]


def character_ngrams__by_place(text, longest):
    """all of length 1, then all of length 2"""
    text = "".join(text.split())
    return [text[i : i + n] for i in range(len(text)) for n in range(1, longest + 1) if i + n <= len(text)]


def character_ngrams__within_words(text, longest):
    """pairs reach across white space"""
    return [word[i : i + n] for n in range(1, longest + 1) for word in text.split() for i in range(len(word) - n + 1)]


def hit_among__last_of_equals(scores, truth, k):
    """equal scores: the smaller index comes first"""
    return (np.argsort(scores, axis=1, kind="stable")[:, -k:] == truth[:, None]).any(axis=1).mean()


def character_ngrams__plain_blank(text, longest):
    """white space is more than the plain blank"""
    text = text.replace(" ", "")
    return [text[i : i + n] for n in range(1, longest + 1) for i in range(len(text) - n + 1)]


def character_ngrams__each_once(text, longest):
    """each n-gram as often as it stands"""
    text = "".join(text.split())
    return list(dict.fromkeys(text[i : i + n] for n in range(1, longest + 1) for i in range(len(text) - n + 1)))


def own_blocks__stripped(pages):
    """blocks come back as they were"""
    counts = {}
    for page in pages:
        for block in {b.strip().lower() for b in page}:
            counts[block] = counts.get(block, 0) + 1
    return [[b.strip() for b in page if counts[b.strip().lower()] == 1] for page in pages]
