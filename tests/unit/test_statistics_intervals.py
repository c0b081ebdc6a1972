import math

import numpy as np
import pytest
from scipy import stats

from bratsfuse.errors import InvalidInputError
from bratsfuse.statistics import Interval, mean_interval, mean_intervals

DICE = np.array([0.91, 0.84, 0.88, 0.42, 0.93, 0.79, 0.86, 0.9])
PATIENTS = [f"patient_{i}" for i in range(len(DICE))]


def bounds(interval):
    return [interval.low, interval.high, interval.t_low, interval.t_high]


def test_one_row_per_patient_is_the_ordinary_t():
    interval = mean_interval(DICE, PATIENTS)
    expected = stats.ttest_1samp(DICE, 0).confidence_interval(0.95)
    assert [interval.t_low, interval.t_high] == pytest.approx(list(expected))
    assert interval.mean == pytest.approx(DICE.mean())


@pytest.mark.parametrize("method", ["BCa", "percentile"])
def test_one_row_per_patient_is_the_ordinary_bootstrap(method):
    interval = mean_interval(DICE, PATIENTS, seed=3, method=method)
    expected = stats.bootstrap(
        (DICE,), np.mean, method=method, random_state=np.random.default_rng(3)
    ).confidence_interval
    # A mean that equals the observed one may fall on its other side by rounding.
    assert [interval.low, interval.high] == pytest.approx(list(expected), abs=2e-3)


def test_unequal_patients_have_the_cluster_robust_t():
    """Residual sums -0.1, 0.2 and -0.1 of six rows; two degrees of freedom."""
    values = [0.4, 0.6, 0.4, 0.6, 0.7, 0.3]
    interval = mean_interval(values, ["a", "b", "a", "b", "b", "c"])
    residuals = np.array([0.8 - 2 * 0.5, 1.9 - 3 * 0.5, 0.3 - 0.5])
    error = math.sqrt(3 / 2 * (residuals**2).sum()) / 6
    half = stats.t.ppf(0.975, 2) * error
    assert interval.mean == pytest.approx(0.5)
    assert interval.t_high - interval.mean == pytest.approx(half)
    assert interval.mean - interval.t_low == pytest.approx(half)


def test_more_slices_of_the_same_patients_tell_nothing_new():
    once = mean_interval(DICE, PATIENTS)
    tenfold = mean_interval(np.repeat(DICE, 10), np.repeat(PATIENTS, 10))
    assert bounds(tenfold) == pytest.approx(bounds(once))
    alone = mean_interval(np.repeat(DICE, 10), [str(i) for i in range(80)])
    assert alone.high - alone.low < 0.5 * (tenfold.high - tenfold.low)


def test_the_bootstrap_draws_whole_patients():
    """Two patients, all slices 0 or all 1: a resample has one of three means."""
    interval = mean_interval(
        [0.0] * 5 + [1.0] * 5, ["a"] * 5 + ["b"] * 5, method="percentile"
    )
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_skewed_scores_get_a_skewed_interval():
    interval = mean_interval(DICE, PATIENTS)
    assert interval.mean - interval.low > 1.5 * (interval.high - interval.mean)
    plain = mean_interval(DICE, PATIENTS, method="percentile")
    assert interval.low < plain.low


def test_one_patient_has_no_interval():
    interval = mean_interval([0.8, 0.9], ["a", "a"])
    assert interval.mean == pytest.approx(0.85)
    assert all(map(math.isnan, bounds(interval)))


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_no_value_has_no_mean(values):
    interval = mean_interval(values, ["a", "b"][: len(values)])
    assert math.isnan(interval.mean)
    assert all(map(math.isnan, bounds(interval)))


def test_equal_patients_have_an_interval_of_no_width():
    assert mean_interval([0.1] * 3, list("abc")) == Interval(0.1, 0.1, 0.1, 0.1, 0.1)
    swapped = mean_interval([0.1, 0.3, 0.3, 0.1], ["a", "a", "b", "b"])
    assert swapped == Interval(0.2, 0.2, 0.2, 0.2, 0.2)


def test_undefined_values_are_left_out_of_their_measure():
    table = np.stack([DICE, DICE], axis=1)
    table[3, 1] = np.nan
    whole, partial = mean_intervals(table, PATIENTS)
    kept = np.arange(8) != 3
    assert whole == mean_interval(DICE, PATIENTS)
    assert partial == mean_interval(DICE[kept], np.array(PATIENTS)[kept])


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([1.0, math.inf, 2.0], math.inf),
        ([1.0, -math.inf, 2.0], -math.inf),
        ([math.inf, -math.inf, 2.0], math.nan),
    ],
)
def test_an_infinite_mean_has_no_interval(values, mean):
    interval = mean_interval(values, list("abc"))
    assert interval.mean == pytest.approx(mean, nan_ok=True)
    assert all(map(math.isnan, bounds(interval)))


def test_percentiles_stand_in_where_bca_is_undefined():
    """With two resamples, both may lie on one side of the mean."""
    fallen_back = 0
    for seed in range(30):
        bca = mean_interval(DICE, PATIENTS, seed=seed, resamples=2)
        plain = mean_interval(
            DICE, PATIENTS, seed=seed, resamples=2, method="percentile"
        )
        assert bca.low <= bca.high
        if plain.low > plain.mean or plain.high < plain.mean:
            fallen_back += 1
            assert bounds(bca) == pytest.approx(bounds(plain))
    assert fallen_back > 3


def test_more_confidence_is_wider():
    narrow = mean_interval(DICE, PATIENTS, confidence=0.8)
    wide = mean_interval(DICE, PATIENTS, confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.t_low < narrow.t_low < narrow.t_high < wide.t_high


def test_other_seeds_draw_other_patients():
    first = mean_interval(DICE, PATIENTS, seed=0, resamples=99)
    second = mean_interval(DICE, PATIENTS, seed=1, resamples=99)
    assert first.low != second.low
    assert first.t_low == second.t_low


@pytest.mark.parametrize(
    ("values", "groups"),
    [([[0.1, 0.2]], ["a"]), (0.5, ["a"]), ([0.1, 0.2], ["a"]), ([0.1], ["a", "b"])],
)
def test_refuses_wrong_shapes(values, groups):
    with pytest.raises(InvalidInputError, match="values: found shape"):
        mean_interval(values, groups)


def test_refuses_a_table_that_is_none():
    with pytest.raises(InvalidInputError, match="expected \\(2, measures\\)"):
        mean_intervals([0.1, 0.2], ["a", "b"])


def test_no_measure_depends_on_its_neighbours_to_the_last_digit():
    """Sums of floating point depend on their order, and that on the memory layout."""
    patients = [f"patient_{i % 8}" for i in range(11)]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        table = rng.integers(0, 20, (11, 6)) / 20 * (rng.random((11, 6)) < 0.4)
        together = mean_intervals(table, patients, resamples=199)
        alone = [mean_interval(column, patients, resamples=199) for column in table.T]
        assert together == alone
