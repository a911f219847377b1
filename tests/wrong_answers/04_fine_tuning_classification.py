"""Plausible wrong answers to the exercises of *Fine-tuning: classification*; each docstring is what a checker says."""

import hashlib
import random
import re
from math import comb

import numpy as np
import torch


def pad_batch__fixed_length(rows, pad_id):
    """not to a fixed length"""  # padded to 128 as many scripts do
    return {
        "input_ids": torch.tensor([row + [pad_id] * (128 - len(row)) for row in rows]),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (128 - len(row)) for row in rows]),
    }


def pad_batch__cut_to_the_shortest(rows, pad_id):
    """tokens were cut off"""  # a rectangle at the price of text
    width = min(map(len, rows))
    ids = torch.tensor([row[:width] for row in rows])
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def pad_batch__on_the_left(rows, pad_id):
    """padding goes to the right"""  # as decoders are padded
    width = max(map(len, rows))
    return {
        "input_ids": torch.tensor([[pad_id] * (width - len(row)) + row for row in rows]),
        "attention_mask": torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows]),
    }


def pad_batch__mask_of_ones(rows, pad_id):
    """the mask must be 0 at padding, 1 elsewhere"""  # the mask forgets the padding
    width = max(map(len, rows))
    ids = torch.tensor([row + [pad_id] * (width - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def pad_batch__mask_from_ids(rows, pad_id):
    """make the mask from lengths"""  # compares ids with the padding's
    width = max(map(len, rows))
    ids = torch.tensor([row + [pad_id] * (width - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": (ids != pad_id).long()}


def pad_batch__padded_with_zero(rows, pad_id):
    """the padding must have the id pad_id"""  # takes zero for the padding's id
    return {
        "input_ids": torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True),
        "attention_mask": torch.nn.utils.rnn.pad_sequence([torch.ones(len(row), dtype=int) for row in rows], True),
    }


def pad_batch__one_mask_for_all(rows, pad_id):
    """each row needs a mask of its own"""  # the first row's mask, repeated
    width = max(map(len, rows))
    mask = [[1] * len(rows[0]) + [0] * (width - len(rows[0]))] * len(rows)
    return {
        "input_ids": torch.tensor([row + [pad_id] * (width - len(row)) for row in rows]),
        "attention_mask": torch.tensor(mask),
    }


def equal_count_ece__labels_left_behind(p, labels, n_bins):
    """sort p and labels together"""  # sorts p alone
    parts = np.array_split(np.arange(len(p)), n_bins)
    p = np.sort(p)
    return sum(len(part) / len(p) * abs(labels[part].mean() - p[part].mean()) for part in parts)


def equal_count_ece__largest_gap(p, labels, n_bins):
    """expected 0.2"""  # the worst bin in place of the mean
    parts = np.array_split(np.argsort(p), n_bins)
    return max(abs(labels[part].mean() - p[part].mean()) for part in parts)


def equal_count_ece__not_sorted(p, labels, n_bins):
    """a bin holds neighbours in p"""  # cuts the items as they come
    parts = np.array_split(np.arange(len(p)), n_bins)
    return sum(len(part) / len(p) * abs(labels[part].mean() - p[part].mean()) for part in parts)


def equal_count_ece__signed(p, labels, n_bins):
    """gaps must not cancel"""  # the sign stays until the end
    parts = np.array_split(np.argsort(p), n_bins)
    return abs(sum(len(part) / len(p) * (labels[part].mean() - p[part].mean()) for part in parts))


def equal_count_ece__equal_width(p, labels, n_bins):
    """bins of equal width"""  # cuts the range of p
    bins = np.minimum((p * n_bins).astype(int), n_bins - 1)
    parts = [np.flatnonzero(bins == b) for b in np.unique(bins)]
    return sum(len(part) / len(p) * abs(labels[part].mean() - p[part].mean()) for part in parts)


def equal_count_ece__without_weights(p, labels, n_bins):
    """bins need weights"""  # a plain mean over bins
    parts = np.array_split(np.argsort(p), n_bins)
    return np.mean([abs(labels[part].mean() - p[part].mean()) for part in parts])


def split_of__raw_text(text):
    """normalise before you hash"""  # hashes the text as it stands
    remainder = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 100
    return "test" if remainder < 20 else "validation" if remainder < 30 else "train"


def split_of__at_random(text):
    """no random numbers"""  # draws anew each time
    return random.choices(["train", "validation", "test"], [70, 10, 20])[0]


def split_of__another_hash(text):
    """not the book's split"""  # any other hash; Python's own even differs from process to process
    remainder = int(hashlib.md5(_key(text).encode()).hexdigest(), 16) % 100
    return "test" if remainder < 20 else "validation" if remainder < 30 else "train"


def split_of__shares_swapped(text):
    """the share of test is far from"""  # twenty for validation
    remainder = int(hashlib.sha256(_key(text).encode()).hexdigest(), 16) % 100
    return "validation" if remainder < 20 else "test" if remainder < 30 else "train"


def split_of__joined_without_spaces(text):
    """the words joined by single spaces"""  # other bytes, another hash
    remainder = int(hashlib.sha256("".join(_key(text).split()).encode()).hexdigest(), 16) % 100
    return "test" if remainder < 20 else "validation" if remainder < 30 else "train"


def _key(text):
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def exact_mcnemar__one_sided(right_a, right_b):
    """the test is two-sided"""  # only one tail
    only_a, only_b = _counts(right_a, right_b)
    n = only_a + only_b
    return sum(comb(n, i) for i in range(min(only_a, only_b) + 1)) / 2**n


def exact_mcnemar__not_capped(right_a, right_b):
    """a probability above one"""  # doubles whatever comes
    return 2 * exact_mcnemar__one_sided(right_a, right_b)


def exact_mcnemar__all_items(right_a, right_b):
    """items where both agree tell nothing"""  # counts the items on which both agree
    only_a, only_b = _counts(right_a, right_b)
    agree, n = len(right_a) - only_a - only_b, only_a + only_b
    return min(1.0, 2 * sum(comb(n, i) for i in range(min(only_a, only_b) + 1)) / 2**n / (1 + agree))


def exact_mcnemar__larger_count(right_a, right_b):
    """counts 1 and 9"""  # sums up to the larger count
    only_a, only_b = _counts(right_a, right_b)
    n = only_a + only_b
    return min(1.0, 2 * sum(comb(n, i) for i in range(max(only_a, only_b) + 1)) / 2**n)


def exact_mcnemar__chi_square(right_a, right_b):
    """counts 1 and 9"""  # the approximation for large counts
    from scipy.stats import chi2

    only_a, only_b = _counts(right_a, right_b)
    return chi2.sf((only_a - only_b) ** 2 / (only_a + only_b), 1)


def _counts(right_a, right_b):
    pairs = list(zip(right_a, right_b, strict=True))
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)


def split_of__limit_included(text):
    """the remainder 30 belongs to train"""  # up to and including 30
    remainder = int(hashlib.sha256(_key(text).encode()).hexdigest(), 16) % 100
    return "test" if remainder < 20 else "validation" if remainder <= 30 else "train"


def pad_batch__in_place(rows, pad_id):
    """the caller's rows were changed"""  # the padding is written into the lists that were given
    width = max(map(len, rows))
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    for row in rows:
        row += [pad_id] * (width - len(row))
    return {"input_ids": torch.tensor(rows), "attention_mask": torch.tensor(mask)}


def equal_count_ece__certainty_of_the_answer(p, labels, n_bins):
    """not the certainty of the answer"""  # the usual form for many classes: is the likelier class right?
    certainty, right = np.maximum(p, 1 - p), ((p > 0.5) == labels).astype(float)
    parts = np.array_split(np.argsort(certainty, kind="stable"), n_bins)
    return sum(len(part) / len(p) * abs(right[part].mean() - certainty[part].mean()) for part in parts)


def equal_count_ece__rest_in_the_last_bin(p, labels, n_bins):
    """np.array_split puts three into the first"""  # cuts at whole quotients, and the last bin takes what is left
    order, size = np.argsort(p), len(p) // n_bins
    parts = [order[i * size : (i + 1) * size if i < n_bins - 1 else None] for i in range(n_bins)]
    return sum(len(part) / len(p) * abs(labels[part].mean() - p[part].mean()) for part in parts)


def equal_count_ece__median_of_a_bin(p, labels, n_bins):
    """compare means"""  # the middle prediction of a bin
    parts = np.array_split(np.argsort(p), n_bins)
    return sum(len(part) / len(p) * abs(labels[part].mean() - np.median(p[part])) for part in parts)
