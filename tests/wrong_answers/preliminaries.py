"""Wrong answers to the exercises of *Preliminaries*; each docstring is what the checker must say."""

import numpy as np
import torch


def row_shares__columns(counts):
    """the columns add up to one, not the rows"""  # summed over the wrong axis
    return counts / counts.sum(0, keepdim=True)


def row_shares__axis_lost(counts):
    """keep the summed axis with keepdim=True"""  # broadcast along the columns of a square table
    return counts / counts.sum(1)


def row_shares__empty_rows_forgotten(counts):
    """a row of zeros gives nan"""  # zero divided by zero
    return counts / counts.sum(1, keepdim=True)


def row_shares__constant_in_the_sum(counts):
    """do not add a constant to the sum"""  # a guard that shifts small rows
    return counts / (counts.sum(1, keepdim=True) + 1e-6)


def row_shares__even_shares_for_nothing(counts):
    """a row of zeros must stay zero"""  # nan replaced by an invention
    return torch.nan_to_num(counts / counts.sum(1, keepdim=True), nan=1 / counts.shape[1])


def row_shares__in_place(counts):
    """the caller's table was changed"""  # and it cannot divide whole numbers in place
    sums = counts.sum(1, keepdim=True)
    counts /= torch.where(sums == 0, 1.0, sums)
    return counts


def row_shares__into_a_table_of_the_same_dtype(counts):
    """wrong for a table of whole numbers"""  # zeros_like takes the dtype as well
    shares, filled = torch.zeros_like(counts), counts.sum(1) != 0
    shares[filled] = (counts[filled] / counts[filled].sum(1, keepdim=True)).to(shares.dtype)
    return shares


def row_shares__masked_assignment(counts):
    """it fails on a table of whole numbers"""  # zeros_like takes the dtype as well
    shares, filled = torch.zeros_like(counts), counts.sum(1) != 0
    shares[filled] = counts[filled] / counts[filled].sum(1, keepdim=True)
    return shares


def row_shares__nothing_returned(counts):
    """return a tensor, not None"""
    counts / counts.sum(1, keepdim=True)


def row_shares__at_least_one(counts):
    """small rows come out wrong"""  # the guard is right for counts, wrong for shares
    return counts / counts.sum(1, keepdim=True).clamp(min=1)


def _log_softmax(logits):
    shifted = logits - logits.max(-1, keepdim=True).values
    return shifted - shifted.exp().sum(-1, keepdim=True).log()


def cross_entropy__naive(logits, labels):
    """subtract the largest, and stay in logarithms"""  # overflows
    p = logits.exp() / logits.exp().sum(-1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


def cross_entropy__clipped(logits, labels):
    """do not clip the probability"""  # an upper bound on the loss that hides the worst errors
    p = _log_softmax(logits).exp().clamp(min=1e-12)
    return -p[torch.arange(len(labels)), labels].log().mean()


def cross_entropy__bits(logits, labels):
    """use ln, not log2"""  # another unit
    return -_log_softmax(logits)[torch.arange(len(labels)), labels].mean() / np.log(2)


def cross_entropy__sum(logits, labels):
    """that is the sum: take the mean"""
    return -_log_softmax(logits)[torch.arange(len(labels)), labels].sum()


def cross_entropy__sign(logits, labels):
    """the loss is negative"""  # the log-likelihood instead
    return _log_softmax(logits)[torch.arange(len(labels)), labels].mean()


def cross_entropy__not_reduced(logits, labels):
    """take the mean over the rows"""
    return -_log_softmax(logits)[torch.arange(len(labels)), labels]


def cross_entropy__rows_of_labels(logits, labels):
    """pick each row's own label"""  # every row with every label
    return -_log_softmax(logits)[:, labels].mean()


def _cross_entropy_from(shifted, labels):
    return (shifted.exp().sum(-1).log() - shifted[torch.arange(len(labels)), labels]).mean()


def cross_entropy__shift_never_negative(logits, labels):
    """even if it is negative"""  # all exponentials underflow
    return _cross_entropy_from(logits - logits.max(-1, keepdim=True).values.clamp(min=0), labels)


def cross_entropy__mean_subtracted(logits, labels):
    """subtract the largest, not the mean"""  # even in float64 one high logit among many overflows
    logits = logits.double()
    return _cross_entropy_from(logits - logits.mean(-1, keepdim=True), labels)


def cross_entropy__nothing_returned(logits, labels):
    """the answer is None"""
    _cross_entropy_from(logits, labels)


def squared_gradient__uphill(X, y, w, alpha):
    """the sign is wrong"""
    return -2 * X.mT @ (X @ w - y) / len(y) - 2 * alpha * w


def squared_gradient__factor_two(X, y, w, alpha):
    """a factor 2 is missing"""
    return X.mT @ (X @ w - y) / len(y) + 2 * alpha * w


def squared_gradient__sum(X, y, w, alpha):
    """divide by the number of examples"""
    return 2 * X.mT @ (X @ w - y) + 2 * alpha * w


def squared_gradient__no_penalty(X, y, w, alpha):
    """the penalty is missing"""
    return 2 * X.mT @ (X @ w - y) / len(y)


def squared_gradient__penalty_halved(X, y, w, alpha):
    """the penalty's part is wrong"""
    return 2 * X.mT @ (X @ w - y) / len(y) + alpha * w


def squared_gradient__per_example(X, y, w, alpha):
    """a gradient has the shape of w"""  # the mean over the examples is not taken
    return 2 * X * (X @ w - y)[:, None] + 2 * alpha * w


def squared_gradient__alpha_squared(X, y, w, alpha):
    """the penalty's part is wrong"""  # right by chance at one half
    return 2 * X.mT @ (X @ w - y) / len(y) + 4 * alpha**2 * w


def squared_gradient__seven_examples(X, y, w, alpha):
    """wrong for another number of examples"""  # the number read off one example
    return 2 * X.mT @ (X @ w - y) / 7 + 2 * alpha * w


def squared_gradient__autograd(X, y, w, alpha):
    """no autograd here"""
    w = w.clone().requires_grad_()
    ((X @ w - y).square().mean() + alpha * w.square().sum()).backward()
    return w.grad


def squared_gradient__nothing_returned(X, y, w, alpha):
    """return a tensor, not None"""
    2 * X.mT @ (X @ w - y) / len(y) + 2 * alpha * w


def _interval(gains, level=0.95):
    return tuple(np.quantile(gains, [(1 - level) / 2, (1 + level) / 2]))


def paired_interval__unpaired(new, old, n_resamples, rng):
    """must be resampled with the same items"""  # each model gets sentences of its own
    n = len(new)
    means = [v[rng.integers(n, size=(n_resamples, n))].mean(1) for v in (new, old)]
    return _interval(means[0] - means[1])


def paired_interval__sign(new, old, n_resamples, rng):
    """the gain is new less old"""
    gain = old - new
    return _interval(gain[rng.integers(len(gain), size=(n_resamples, len(gain)))].mean(1))


def paired_interval__narrower_level(new, old, n_resamples, rng):
    """not that of a 95 percent interval"""  # two thirds instead of 95 in 100
    gain = new - old
    return _interval(gain[rng.integers(len(gain), size=(n_resamples, len(gain)))].mean(1), level=0.8)


def paired_interval__too_many_items(new, old, n_resamples, rng):
    """resample as many items as there are"""  # ten times the data, conjured up
    gain = new - old
    return _interval(gain[rng.integers(len(gain), size=(n_resamples, 10 * len(gain)))].mean(1))


def paired_interval__high_end_first(new, old, n_resamples, rng):
    """the low end comes first"""
    gain = new - old
    low, high = _interval(gain[rng.integers(len(gain), size=(n_resamples, len(gain)))].mean(1))
    return high, low


def paired_interval__only_items_won(new, old, n_resamples, rng):
    """an item lost counts as -1"""
    gain = (new > old).astype(float)
    return _interval(gain[rng.integers(len(gain), size=(n_resamples, len(gain)))].mean(1))


def paired_interval__any_change_is_a_gain(new, old, n_resamples, rng):
    """an item lost counts as -1"""
    gain = np.abs(new - old)
    return _interval(gain[rng.integers(len(gain), size=(n_resamples, len(gain)))].mean(1))


def paired_interval__normal_formula(new, old, n_resamples, rng):
    """the ends do not depend on rng"""  # right here, and no bootstrap
    gain = new - old
    half = 1.96 * gain.std(ddof=1) / len(gain) ** 0.5
    return gain.mean() - half, gain.mean() + half


def paired_interval__nothing_returned(new, old, n_resamples, rng):
    """return two ends, not None"""
    np.quantile(new - old, [0.025, 0.975])


def row_shares__softmax(counts):
    """a share is the count over the sum of its row"""  # shares of exponentials, which add up to one as well
    counts = counts.double()
    return torch.where(counts.sum(1, keepdim=True) == 0, 0.0, counts.softmax(1))


def row_shares__norm(counts):
    """rows do not add up to one"""  # divided by the length as a vector
    return torch.nn.functional.normalize(counts.double(), dim=1)
