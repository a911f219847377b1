"""Bootstrap intervals of any score, paired and by clusters; *Evaluation that can be trusted* derives and tests them."""

import numpy as np

LEVEL = 0.95  # of every interval: nineteen of twenty cases


def interval(score, *columns, clusters=None, n_resamples=2000, seed=0):
    """A score of test items, and the ends of its percentile bootstrap interval.

    Parameters
    ----------
    score : callable
        From the columns, arrays of one length, to a number: ``np.mean``, or a metric of truth and answers. The same
        items are drawn from every column, so the difference of two methods on the same items is a paired one.
    columns : sequences, each (item, …)
        What `score` is given.
    clusters : sequence, (item,), optional
        Items with the same entry belong together and are drawn as a whole; without it each item is drawn by itself.
    n_resamples : int
    seed : int

    Returns
    -------
    tuple of three floats
        The score of the items as they are, the low and the high end.

    Raises
    ------
    ValueError
        If there are no items, the columns differ in length, or a score is not a number.

    Source: Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13.
    """
    if n_resamples < 1:
        raise ValueError(f"n_resamples must be at least 1, but is {n_resamples}")
    columns = [np.asarray(column) for column in columns]
    lengths = {len(column) for column in columns} | ({len(clusters)} if clusters is not None else set())
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            f"columns of one length are needed, of at least one item, but their lengths are {sorted(lengths)}"
        )
    (n,) = lengths
    number = np.arange(n) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    members = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    draws = np.random.default_rng(seed).integers(len(members), size=(n_resamples, len(members)))
    picks = draws if clusters is None else (np.concatenate([members[i] for i in draw]) for draw in draws)
    found = [score(*(column[pick] for column in columns)) for pick in picks]
    whole = score(*columns)
    try:
        scores = np.asarray([whole, *found], dtype=float)
        finite = scores.ndim == 1 and np.isfinite(scores).all()
    except (TypeError, ValueError):  # None, or several numbers
        finite = False
    if not finite:
        raise ValueError("the score is not a number for all draws: it must be defined for every choice of items")
    return float(whole), *(float(end) for end in np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
