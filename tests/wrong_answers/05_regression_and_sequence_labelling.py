"""Plausible wrong answers to *Regression and sequence labelling*; each docstring is what the checker must say."""

import math


def subword_labels__every_subword(word_ids, labels):
    """only the first subword of a word gets its label"""
    return [-100 if word is None else labels[word] for word in word_ids]


def subword_labels__compares_labels(word_ids, labels):
    """compare words, not labels"""
    found, before = [], None
    for word in word_ids:
        label = None if word is None else labels[word]
        found.append(-100 if label is None or label == before else label)
        before = label
    return found


def subword_labels__zero_is_nothing(word_ids, labels):
    """word 0 and label 0 are as good as others"""
    found, before = [], None
    for word in word_ids:
        label = labels[word] if word is not None and word != before else None
        found.append(label or -100)
        before = word
    return found


def subword_labels__before_the_first_is_the_last(word_ids, labels):
    """the first token has no token before it"""
    return [-100 if word is None or word == word_ids[i - 1] else labels[word] for i, word in enumerate(word_ids)]


def raters_needed__one_too_many(rho_one, wanted):
    """0.2 and 0.9 need 36"""
    return math.floor(wanted * (1 - rho_one) / (rho_one * (1 - wanted)) + 1e-9) + 1


def raters_needed__not_rounded(rho_one, wanted):
    """a number of raters is a whole number"""
    return wanted * (1 - rho_one) / (rho_one * (1 - wanted))


def raters_needed__rounded_to_the_nearest(rho_one, wanted):
    """round up, not to the nearest"""
    return round(wanted * (1 - rho_one) / (rho_one * (1 - wanted)))


def raters_needed__none(rho_one, wanted):
    """one rater is the least"""
    return math.ceil(wanted * (1 - rho_one) / (rho_one * (1 - wanted)) - 1e-9) if wanted > rho_one else 0


def marginals__no_neighbours(e, A):
    """a softmax of the emissions ignores A"""
    return e.softmax(1)


def marginals__from_the_left_only(e, A):
    """words to the right count as well"""
    left = [e[0]]
    for t in range(1, len(e)):
        left.append(e[t] + (left[-1][:, None] + A).logsumexp(0))
    return e.new_tensor([row.softmax(0).tolist() for row in left])


def marginals__steps_turned_round(e, A):
    """A goes from the row's tag to the column's"""
    e = e.detach().requires_grad_()
    alpha = e[0]
    for t in range(1, len(e)):
        alpha = e[t] + (alpha[:, None] + A.T).logsumexp(0)
    alpha.logsumexp(0).backward()
    return e.grad


def marginals__logarithms(e, A):
    """probabilities, not their logarithms"""
    e = e.detach().requires_grad_()
    alpha = e[0]
    for t in range(1, len(e)):
        alpha = e[t] + (alpha[:, None] + A).logsumexp(0)
    alpha.logsumexp(0).backward()
    return e.grad.log()


def marginals__the_best_rows(e, A):
    """A goes from the row's tag to the column's"""
    left, right = [e[0]], [e[0] * 0]
    for t in range(1, len(e)):
        left.append(e[t] + (left[-1][:, None] + A).amax(0))
        right.append((A + (e[len(e) - t] + right[-1])).amax(1))
    return e.new_tensor([(a + b).softmax(0).tolist() for a, b in zip(left, reversed(right))])
