"""Plausible wrong answers to the exercises of *What "large" changes*.

Each docstring is what the checker must say.
"""

import numpy as np


def doubling_time__in_years(years, values):
    """these are years: the answer is asked for in months"""
    return 1 / np.polyfit(years - np.mean(years), np.log2(values), 1)[0]


def doubling_time__natural_logarithm(years, values):
    """time to grow by e: divide the logarithm of 2"""
    return 12 / np.polyfit(years - np.mean(years), np.log(values), 1)[0]


def doubling_time__common_logarithm(years, values):
    """time to grow by ten: divide the logarithm of 2"""
    return 12 / np.polyfit(years - np.mean(years), np.log10(values), 1)[0]


def doubling_time__two_points(years, values):
    """use all points: this joins only the first and the last"""
    return 12 * (years[-1] - years[0]) / np.log2(values[-1] / values[0])


def doubling_time__without_sign(years, values):
    """values that shrink have a negative time"""
    return abs(12 / np.polyfit(years - np.mean(years), np.log2(values), 1)[0])


def doubling_time__regression_reversed(years, values):
    """this fits the year to the logarithm"""
    return 12 * np.polyfit(np.log2(values), years - np.mean(years), 1)[0]


def _rows(p):
    return p / p.sum(1, keepdims=True)


def calibrate__only_normalised(log_p, free):
    """nothing was calibrated: divide by what a text without content gets"""
    return _rows(np.exp(log_p))


def calibrate__multiplied(log_p, free):
    """divide by the bias; multiplying makes it worse"""
    return _rows(np.exp(log_p) * _rows(np.exp(free)).mean(0))


def calibrate__pooled(log_p, free):
    """the likelier content-free text outweighs the other: make each sum to one before the mean"""
    return _rows(np.exp(log_p) / np.exp(free).mean(0))


def calibrate__rows_left(log_p, free):
    """not to one"""
    return _rows(np.exp(log_p)) / _rows(np.exp(free)).mean(0)


def calibrate__mean_of_logarithms(log_p, free):
    """average the probabilities, not their logarithms"""
    return _rows(np.exp(log_p) / np.exp(np.log(_rows(np.exp(free))).mean(0)))


def calibrate__first_free_text(log_p, free):
    """average over all the content-free texts"""
    return _rows(np.exp(log_p) / _rows(np.exp(free))[0])


def calibrate__returns_nothing(log_p, free):
    """return an array (text, class)"""
    _rows(np.exp(log_p) / _rows(np.exp(free)).mean(0))


def edit_and_exact__share_shrinks(p, k, n_items):
    """the share of right tokens does not depend on the length"""
    return p**k, p**k, (1 - p**k) ** n_items


def edit_and_exact__added(p, k, n_items):
    """probabilities of independent tokens multiply"""
    return p, p * k, 0.0


def edit_and_exact__any_token(p, k, n_items):
    """all tokens must be right, not one of them"""
    return p, 1 - (1 - p) ** k, (1 - p) ** (k * n_items)


def edit_and_exact__not_all(p, k, n_items):
    """that is: not all answers right"""
    return p, p**k, 1 - (p**k) ** n_items


def edit_and_exact__no_token(p, k, n_items):
    """that is: no right token in the whole test"""
    return p, p**k, (1 - p) ** (k * n_items)


def edit_and_exact__share_of_wrong(p, k, n_items):
    """that is the share of wrong tokens"""
    return 1 - p, p**k, (1 - p**k) ** n_items


def edit_and_exact__all_wrong(p, k, n_items):
    """that is: all tokens wrong"""
    return p, (1 - p) ** k, (1 - (1 - p) ** k) ** n_items


def edit_and_exact__at_least_one(p, k, n_items):
    """that is: at least one right answer"""
    return p, p**k, 1 - (1 - p**k) ** n_items


def calibrate__median(log_p, free):
    """take the mean of the content-free texts, no median"""
    return _rows(_rows(np.exp(log_p)) / np.median(_rows(np.exp(free)), 0))
