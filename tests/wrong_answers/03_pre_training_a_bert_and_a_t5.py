"""Plausible wrong answers to *Pre-training a BERT, and a T5*; each docstring is what the checker must say."""

import numpy as np


def second_probability__as_in_the_paper(hidden, replaced):
    """a tenth of all targets is more than a tenth of the rest"""
    return replaced


def second_probability__of_the_hidden(hidden, replaced):
    """divide by what is left, not by what was hidden"""
    return replaced / hidden


def second_probability__takes_anything(hidden, replaced):
    """are impossible: raise a ValueError"""
    return replaced / (1 - hidden) if hidden < 1 else 0


def mean_loss__over_positions(losses, labels):
    """divide by the number of targets, not of all positions"""
    return losses[labels != -100].sum() / losses.numel()


def mean_loss__of_rows(losses, labels):
    """each target counts alike: not the mean of the rows' means"""
    rows = [row[target != -100].mean() for row, target in zip(losses, labels)]
    return sum(rows) / len(rows)


def mean_loss__zero_ignored(losses, labels):
    """0 is a label like any other"""
    return losses[labels > 0].mean()


def mean_loss__not_a_number(losses, labels):
    """without a target the loss is 0"""
    return losses[labels != -100].mean()


def blank__left_only(A, left, right, n_blank):
    """the right letter tells something too"""
    return A[left]


def blank__columns(A, left, right, n_blank):
    """rows of A are steps from a letter"""
    p = A[:, left] * np.linalg.matrix_power(A, n_blank)[right]
    return p / p.sum()


def blank__last(A, left, right, n_blank):
    """that is the last hidden letter"""
    p = np.linalg.matrix_power(A, n_blank)[left] * A[:, right]
    return p / p.sum()


def blank__one_step(A, left, right, n_blank):
    """two blanks: two steps remain to the right"""
    p = A[left] * A[:, right]
    return p / p.sum()


def from_mask__one_a_word(words, hidden):
    """one sentinel a span, not one a word"""
    inputs, targets, n = [], [], 0
    for word, is_hidden in zip(words, hidden):
        if is_hidden:
            inputs.append(f"<{n}>")
            targets += [f"<{n}>", word]
            n += 1
        else:
            inputs.append(word)
    return [*inputs, "</s>"], [*targets, "</s>"]


def from_mask__not_at_the_front(words, hidden):
    """a span may stand at the front"""
    inputs, targets, n = [], [], 0
    for i, (word, is_hidden) in enumerate(zip(words, hidden)):
        if is_hidden:
            if i and not hidden[i - 1]:
                inputs.append(f"<{n}>")
                targets.append(f"<{n}>")
                n += 1
            targets.append(word)
        else:
            inputs.append(word)
    return [*inputs, "</s>"], [*targets, "</s>"]


def from_mask__no_end(words, hidden):
    """both end in </s>"""
    inputs, targets, n = [], [], -1
    for i, (word, is_hidden) in enumerate(zip(words, hidden)):
        if is_hidden:
            if i == 0 or not hidden[i - 1]:
                n += 1
                inputs.append(f"<{n}>")
                targets.append(f"<{n}>")
            targets.append(word)
        else:
            inputs.append(word)
    return inputs, targets


def second_probability__all_is_impossible(hidden, replaced):
    """shares may add up to one exactly"""
    if hidden == 1 and replaced == 0:
        return 0.0
    if min(hidden, replaced) < 0 or hidden + replaced >= 1:
        raise ValueError("impossible")
    return replaced / (1 - hidden)


def second_probability__nobody_left_first(hidden, replaced):
    """are impossible: raise a ValueError"""
    if hidden == 1:
        return 0.0
    if min(hidden, replaced) < 0 or hidden + replaced > 1:
        raise ValueError("impossible")
    return replaced / (1 - hidden)


def mean_loss__a_plain_number(losses, labels):
    """no gradient comes through"""
    counted = losses[labels != -100]
    return counted.mean().item() if counted.numel() else 0.0


def mean_loss__zero_without_gradient(losses, labels):
    """no gradient comes through"""
    counted = losses[labels != -100]
    return counted.mean() if counted.numel() else 0.0


def from_mask__looks_at_the_last_token(words, hidden):
    """a kept word may look like a sentinel"""
    inputs, targets, n = [], [], 0
    for word, is_hidden in zip(words, hidden):
        if is_hidden:
            if not (inputs and inputs[-1].startswith("<")):
                inputs.append(f"<{n}>")
                targets.append(f"<{n}>")
                n += 1
            targets.append(word)
        else:
            inputs.append(word)
    return [*inputs, "</s>"], [*targets, "</s>"]
