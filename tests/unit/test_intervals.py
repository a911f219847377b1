import numpy as np
import pytest
from scipy import stats

from utils.intervals import interval


def test_ends_equal_scipys():
    values = np.random.default_rng(3).exponential(size=80)
    draws = np.random.default_rng(0).integers(80, size=(2000, 80))
    theirs = np.quantile(values[draws].mean(1), [0.025, 0.975])
    assert interval(np.mean, values) == pytest.approx((values.mean(), *theirs), abs=1e-12)
    options = {"method": "percentile", "n_resamples": 20_000, "rng": np.random.default_rng(1)}
    library = stats.bootstrap((values,), np.mean, **options).confidence_interval
    _, low, high = interval(np.mean, values, n_resamples=20_000)
    assert (low, high) == pytest.approx((library.low, library.high), abs=0.01)


def test_columns_are_drawn_together():
    a = np.random.default_rng(0).normal(size=50)
    difference, low, high = interval(lambda x, y: np.mean(x - y), a + 1, a)
    assert (difference, low, high) == pytest.approx((1, 1, 1), abs=1e-12), "a constant gain has no spread, if paired"


def test_clusters_are_drawn_as_a_whole():
    values, clusters = np.repeat([0.0, 1.0, 2.0, 3.0], 25), np.repeat(list("abcd"), 25)
    _, low, high = interval(np.mean, values, clusters=clusters)
    _, low_alone, high_alone = interval(np.mean, values)
    assert high - low > 3 * (high_alone - low_alone)
    unequal = interval(np.mean, [5.0, 1.0, 1.0, 1.0], clusters=[7, 8, 8, 8], n_resamples=400)
    assert unequal == pytest.approx((2, 1, 5)), "each draw has one or both of two clusters, with all their items"


def test_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(5)
    ends = [interval(np.mean, rng.normal(size=60), n_resamples=300)[1:] for _ in range(300)]
    assert 0.90 <= np.mean([low <= 0 <= high for low, high in ends]) <= 0.98


def test_the_same_seed_gives_the_same_ends():
    values = np.random.default_rng(0).normal(size=30)
    assert interval(np.mean, values) == interval(np.mean, values, seed=0) != interval(np.mean, values, seed=1)


def test_one_item_has_no_spread():
    assert interval(np.mean, [3.0]) == (3, 3, 3)


def test_clusters_that_stand_apart_are_put_together():
    values, clusters = [0.0, 4.0, 0.0, 4.0, 0.0, 4.0], list("ababab")
    assert interval(np.mean, values, clusters=clusters, n_resamples=400) == pytest.approx((2, 0, 4))


@pytest.mark.parametrize("columns", [(), ([],), ([1, 2], [1, 2, 3])])
def test_columns_that_do_not_fit_are_refused(columns):
    with pytest.raises(ValueError, match="columns of one length"):
        interval(lambda *x: 0.0, *columns)


def test_clusters_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"lengths are \[2, 3\]"):
        interval(np.mean, [1, 2, 3], clusters=["a", "b"])


@pytest.mark.parametrize("score", [lambda x: None, lambda x: x, lambda x: "a", lambda x: 1j])
def test_a_score_that_is_no_single_number_is_refused(score):
    with pytest.raises(ValueError, match="the score is not a number"):
        interval(score, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("n", [0, -1])
def test_without_a_resample_there_is_no_interval(n):
    with pytest.raises(ValueError, match=f"n_resamples must be at least 1, but is {n}"):
        interval(np.mean, [1.0, 2.0], n_resamples=n)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        interval(np.mean, [1.0, np.nan])
    with pytest.raises(ValueError, match="for every choice of items"):
        interval(lambda x: 1.0 if x.any() else np.nan, [0, 0, 1])
