"""Differences of methods on the same cases, measure by measure."""

import numpy as np
import pytest
from scipy import stats

from bratsfuse.results import Measure, Results
from bratsfuse.statistics import Criterion
from bratsfuse.statistics.intervals import mean_interval
from bratsfuse.statistics.paired import paired_differences, too_few_patients
from bratsfuse.statistics.significance import holm

DICE, HD = (Measure("segmentation", "WT", key) for key in ("dice", "hd95"))
CRITERIA = [Criterion(DICE, True), Criterion(HD, False)]
RNG = np.random.default_rng(3)


def table(values, patients=None):
    values = np.asarray(values, np.float64)
    ids = tuple(f"c{row:02}" for row in range(len(values)))
    return Results(
        unit="case",
        ids=ids,
        cases=ids,
        patients=ids if patients is None else tuple(patients),
        measures=(DICE, HD),
        values=values,
        status=np.where(np.isnan(values), 2, 0).astype(np.uint8),
    )


def test_differences_are_those_of_the_cases_with_exact_tests():
    one, other = RNG.random((2, 9, 2))
    rows = paired_differences({"a": table(one), "b": table(other)}, CRITERIA)
    assert [(row.first, row.second, row.measure) for row in rows] == [
        ("a", "b", DICE),
        ("a", "b", HD),
    ]
    for place, row in enumerate(rows):
        less = (one - other)[:, place]
        assert row.difference == pytest.approx(less.mean())
        interval = mean_interval(less, table(one).ids)
        assert (row.low, row.high) == (interval.low, interval.high)
        expected = stats.wilcoxon(less, method="exact").pvalue
        assert row.wilcoxon == pytest.approx(expected)
        flips = stats.permutation_test(
            (less,), np.sum, permutation_type="samples", n_resamples=np.inf
        )
        assert row.p == pytest.approx(flips.pvalue)
    assert [row.p_holm for row in rows] == holm([row.p for row in rows]).tolist()


def test_better_goes_by_the_direction():
    high = table([[0.9, 9.0]] * 8)
    low = table([[0.8, 8.0]] * 8)
    dice, hd = paired_differences({"high": high, "low": low}, CRITERIA)
    assert (dice.better, hd.better) == ("high", "low")
    assert dice.significant
    assert hd.significant
    same = paired_differences({"a": high, "b": high}, CRITERIA)[0]
    assert (same.better, same.significant, same.p) == ("", False, 1)


def test_cases_without_a_value_are_left_out_of_their_pair():
    one = np.array([[0.9, np.nan], [0.8, np.nan], [np.nan, np.nan]])
    dice, hd = paired_differences({"a": table(one), "b": table(one * 0.5)}, CRITERIA)
    assert (dice.n, hd.n) == (2, 0)
    assert dice.difference == pytest.approx(0.425)
    assert np.isnan([hd.difference, hd.p, hd.p_holm]).all()
    assert hd.better == ""
    assert not hd.significant
    assert dice.p_holm == dice.p  # what has no test counts for no correction


def test_cases_of_one_patient_are_flipped_together():
    patients = ["p"] * 6 + ["q"] * 2
    rows = paired_differences(
        {"a": table([[0.9, 1]] * 8, patients), "b": table([[0.8, 2]] * 8, patients)},
        CRITERIA,
    )
    assert rows[0].p == 0.5  # 2 of the 4 sign patterns of two patients


def test_too_few_patients_are_said():
    rows = paired_differences(
        {"a": table([[0.9, 1]] * 5), "b": table([[0.8, 2]] * 5)}, CRITERIA
    )
    warning = too_few_patients(rows, 5)
    assert "the smallest possible p is 0.0625, 0.125 after" in warning.message
    assert too_few_patients(rows, 7) is None
    assert too_few_patients((), 1) is None
