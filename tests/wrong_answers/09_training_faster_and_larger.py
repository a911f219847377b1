"""Plausible wrong answers to *Training faster and larger*; each docstring is what the checker must say."""

import math


def joined_mean__mean_of_means(means, counts):
    """this is the mean of means"""
    return sum(means) / len(means)


def joined_mean__only_summed(means, counts):
    """divide by the tokens of all processes"""
    return sum(mean * n for mean, n in zip(means, counts, strict=True))


def joined_mean__nan_spreads(means, counts):
    """a process without tokens must not matter"""
    return sum(mean * n for mean, n in zip(means, counts, strict=True)) / sum(counts)


def cut_norm__no_root(sliced, copied):
    """take the root"""
    every = [gradient for process in sliced for gradient in process] + list(copied)
    return sum(float(gradient.square().sum()) for gradient in every)


def cut_norm__norms_added(sliced, copied):
    """norms do not add"""
    every = [gradient for process in sliced for gradient in process] + list(copied)
    return sum(float(gradient.norm()) for gradient in every)


def cut_norm__copies_counted_by_each(sliced, copied):
    """what all hold alike counts once"""
    every = [gradient for process in sliced for gradient in [*process, *copied]]
    return math.sqrt(sum(float(gradient.square().sum()) for gradient in every))


def cut_norm__copies_left_out(sliced, copied):
    """what all hold alike counts, too"""
    return math.sqrt(sum(float(gradient.square().sum()) for process in sliced for gradient in process))


def micro_batches__turns_of_one_stage(n_stages, most_idle):
    """the turns are m + p - 1"""
    return math.ceil((n_stages - 1) / most_idle - 1e-9)


def micro_batches__rounded_down(n_stages, most_idle):
    """6 are idle for a third"""
    return max(1, math.floor((n_stages - 1) * (1 - most_idle) / most_idle - 1e-9))


def micro_batches__none_for_one_stage(n_stages, most_idle):
    """one stage never waits"""
    return math.ceil((n_stages - 1) * (1 - most_idle) / most_idle - 1e-9)


def joined_mean__whole(means, counts):
    """11 / 4"""
    weighed = [mean * n for mean, n in zip(means, counts) if n > 0]
    return sum(weighed) // sum(counts)


def cut_norm__first_copied(sliced, copied):
    """the norm 4"""
    every = [gradient for process in sliced for gradient in process] + list(copied)[:1]
    return math.sqrt(sum(float(gradient.square().sum()) for gradient in every))


def micro_batches__always_one_more(n_stages, most_idle):
    """2 suffice exactly"""
    return max(1, int((n_stages - 1) * (1 - most_idle) / most_idle) + 1) if n_stages > 1 else 1


def micro_batches__rounded(n_stages, most_idle):
    """round up"""
    return max(1, round((n_stages - 1) * (1 - most_idle) / most_idle))
