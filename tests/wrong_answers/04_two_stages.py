"""Plausible wrong answers to the exercises of *Two stages: pre-train, then fine-tune*.

Each docstring is what the checker must say.
"""

import numpy as np
import torch


def _each(labels, n):
    kinds = np.unique(labels)
    each = n // len(kinds)
    rows = [np.flatnonzero(labels == kind) for kind in kinds]
    if n % len(kinds) or min(map(len, rows)) < each:
        raise ValueError("cannot be shared")
    return rows, each


def balanced_sample__plain(labels, n, seed):
    """expected 8 each"""
    return np.random.default_rng(seed).permutation(len(labels))[:n]


def balanced_sample__first_rows(labels, n, seed):
    """these are the first rows of each label"""
    rows, each = _each(labels, n)
    return np.concatenate([numbers[:each] for numbers in rows])


def balanced_sample__with_repetition(labels, n, seed):
    """a row was drawn twice"""
    rows, each = _each(labels, n)
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.choice(numbers, each) for numbers in rows])


def balanced_sample__without_error(labels, n, seed):
    """no ValueError, although 25 rows"""
    rng, kinds = np.random.default_rng(seed), np.unique(labels)
    rows = [np.flatnonzero(labels == kind) for kind in kinds]
    return np.concatenate([rng.permutation(numbers)[: n // len(kinds)] for numbers in rows])


def balanced_sample__in_a_run(labels, n, seed):
    """the rows of each label stand in one run"""
    rows, each = _each(labels, n)
    rng = np.random.default_rng(seed)
    starts = [rng.integers(len(numbers) - each + 1) for numbers in rows]
    return np.concatenate([numbers[s : s + each] for numbers, s in zip(rows, starts, strict=True)])


def last_states__last_place(hidden, mask):
    """row 0: that is padding, not its last token"""
    return hidden[:, -1]


def last_states__mean(hidden, mask):
    """that is the mean: take one state"""
    weight = mask[..., None].float()
    return (hidden * weight).sum(1) / weight.sum(1)


def last_states__counted(hidden, mask):
    """row 2 is padded on the left"""
    return hidden[torch.arange(len(hidden)), mask.sum(1) - 1]


def last_states__largest(hidden, mask):
    """that is the largest value of each feature"""
    return hidden.masked_fill(~mask[..., None], -np.inf).amax(1)


def freeze_below__embeddings_forgotten(body, n_layers):
    """the embeddings are still trained"""
    body.requires_grad_(True)
    for part in body.blocks[:n_layers]:
        part.requires_grad_(False)
    return sum(p.numel() for p in body.parameters() if p.requires_grad)


def freeze_below__never_thaws(body, n_layers):
    """the second call did not thaw the blocks"""
    for part in (body.embed, *body.blocks[:n_layers]):
        part.requires_grad_(False)
    return sum(p.numel() for p in body.parameters() if p.requires_grad)


def freeze_below__counts_tensors(body, n_layers):
    """count numbers, not tensors"""
    body.requires_grad_(True)
    for part in (body.embed, *body.blocks[:n_layers]):
        part.requires_grad_(False)
    return sum(1 for p in body.parameters() if p.requires_grad)


def freeze_below__one_too_few(body, n_layers):
    """one layer is left, not two"""
    body.requires_grad_(True)
    for part in (body.embed, *body.blocks[: n_layers - 1]):
        part.requires_grad_(False)
    return sum(p.numel() for p in body.parameters() if p.requires_grad)


def freeze_below__the_upper_ones(body, n_layers):
    """the last block gets none"""
    body.requires_grad_(True)
    for part in (body.embed, *body.blocks[-n_layers:]):
        part.requires_grad_(False)
    return sum(p.numel() for p in body.parameters() if p.requires_grad)


def freeze_below__returns_nothing(body, n_layers):
    """return how many numbers remain to be trained"""
    body.requires_grad_(True)
    for part in (body.embed, *body.blocks[:n_layers]):
        part.requires_grad_(False)


def balanced_sample__refuses_all_of_a_label(labels, n, seed):
    """label 2 has just ten: no error"""  # wants more rows than it needs
    rows, each = _each(labels, n)
    if min(map(len, rows)) <= each:
        raise ValueError("too few rows")
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(numbers)[:each] for numbers in rows])


def balanced_sample__three_labels(labels, n, seed):
    """two labels, given as words, are refused"""  # the labels 0, 1 and 2 are taken for granted
    if n % 3 or min(np.bincount(labels, minlength=3)) < n // 3:
        raise ValueError("cannot be shared by three labels")
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(labels == kind))[: n // 3] for kind in range(3)])
