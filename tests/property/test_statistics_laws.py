"""Laws of intervals, ranks, p-values and letters."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bratsfuse.results import Measure, Results, Status
from bratsfuse.statistics import (
    compare,
    holm,
    mean_interval,
    mean_intervals,
    sign_flip_test,
    wilcoxon_test,
)
from bratsfuse.statistics.comparison import Criterion
from bratsfuse.statistics.letters import letters

CHECK = settings(max_examples=60)
FEW = settings(max_examples=25)
RESAMPLES = 199

scores = st.integers(0, 20).map(lambda twentieth: twentieth / 20)
whole = st.integers(-6, 6).map(float)
criteria = [
    Criterion(Measure("segmentation", "WT", "dice"), True),
    Criterion(Measure("segmentation", "WT", "hd95"), False),
]


@st.composite
def clustered(draw):
    """Draw scores of slices and the patient of each; two patients at least."""
    patients = draw(st.lists(st.integers(0, 7), min_size=2, max_size=30))
    patients += [0, 1]
    values = draw(st.lists(scores, min_size=len(patients), max_size=len(patients)))
    return np.array(values), [f"patient_{i}" for i in patients]


@st.composite
def tables(draw, undefined=True):
    """Draw the tables of a few submissions on the cases of a few patients."""
    cases, count = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    ids = tuple(f"case_{i}" for i in range(cases))
    patients = tuple(f"patient_{draw(st.integers(0, 5))}" for _ in ids)
    value = st.one_of(scores, st.just(math.nan)) if undefined else scores
    row = st.lists(value, min_size=2, max_size=2)
    found = {}
    for name in "abcde"[:count]:
        values = np.array(draw(st.lists(row, min_size=cases, max_size=cases)))
        values[0] = draw(st.lists(scores, min_size=2, max_size=2))
        found[name] = Results(
            unit="case",
            ids=ids,
            cases=ids,
            patients=patients,
            measures=tuple(one.measure for one in criteria),
            values=values,
            status=np.where(np.isnan(values), Status.UNDEFINED, 0).astype(np.uint8),
        )
    return found


def ranked(found):
    return compare(found, criteria, resamples=RESAMPLES)


# Intervals


@given(clustered(), st.randoms())
@CHECK
def test_the_order_of_rows_changes_nothing(rows, random):
    values, patients = rows
    order = list(range(len(values)))
    random.shuffle(order)
    shuffled = mean_interval(
        values[order], [patients[i] for i in order], resamples=RESAMPLES
    )
    assert shuffled == mean_interval(values, patients, resamples=RESAMPLES)


@given(clustered(), clustered())
@CHECK
def test_other_measures_change_nothing(rows, others):
    values, patients = rows
    other = np.resize(others[0], len(values))
    other[0] = math.nan
    table = np.stack([other, values, values, other / 3], axis=1)
    _, first, again, _ = mean_intervals(table, patients, resamples=RESAMPLES)
    assert first == again == mean_interval(values, patients, resamples=RESAMPLES)


@given(clustered(), st.integers(0, 5))
@CHECK
def test_the_interval_holds_the_mean_and_stays_within_the_values(rows, seed):
    values, patients = rows
    found = mean_interval(values, patients, seed=seed)
    assert values.min() <= found.low <= found.mean <= found.high <= values.max()
    assert found.t_low <= found.mean <= found.t_high
    assert found.mean == pytest.approx(values.mean())


@given(clustered(), st.floats(-2, 2), st.floats(0.5, 100))
@CHECK
def test_the_interval_moves_and_stretches_with_the_values(rows, shift, factor):
    values, patients = rows
    plain = mean_interval(values, patients, resamples=RESAMPLES)
    moved = mean_interval(shift + factor * values, patients, resamples=RESAMPLES)
    for name in ("mean", "low", "high", "t_low", "t_high"):
        expected = shift + factor * getattr(plain, name)
        assert getattr(moved, name) == pytest.approx(expected, abs=1e-9 * (1 + factor))


@given(clustered(), st.integers(2, 4))
@CHECK
def test_a_repeated_slice_adds_no_certainty(rows, times):
    values, patients = rows
    once = mean_interval(values, patients, resamples=RESAMPLES)
    repeated = mean_interval(
        np.repeat(values, times), np.repeat(patients, times), resamples=RESAMPLES
    )
    for name in ("mean", "low", "high", "t_low", "t_high"):
        assert getattr(repeated, name) == pytest.approx(getattr(once, name), abs=1e-9)


# Comparisons


@given(tables(), st.permutations("abcde"))
@FEW
def test_names_and_their_order_change_no_rank(found, names):
    """Renaming submissions renames their standings; the order given is no matter."""
    plain = {one.name: one for one in ranked(found).standings}
    renamed = dict(zip(found, names, strict=False))
    other = {renamed[name]: table for name, table in reversed(found.items())}
    for standing in ranked(other).standings:
        [name] = [old for old, new in renamed.items() if new == standing.name]
        for scheme in ("by_case", "by_mean"):
            before, after = getattr(plain[name], scheme), getattr(standing, scheme)
            assert after.mean_rank == pytest.approx(before.mean_rank)
            assert (after.rank, after.low, after.high, after.first) == (
                before.rank,
                before.low,
                before.high,
                before.first,
            )


@given(tables())
@FEW
def test_identical_submissions_share_rank_and_letters(found):
    twins = ranked(found | {"twin": found["a"]})
    first, second = (one for one in twins.standings if one.name in ("a", "twin"))
    assert (first.by_case, first.by_mean) == (second.by_case, second.by_mean)
    assert set(first.letters) & set(second.letters)
    [pair] = [one for one in twins.pairs if {one.first, one.second} == {"a", "twin"}]
    assert (pair.p, pair.p_holm, pair.wilcoxon, pair.difference) == (1, 1, 1, 0)


@given(tables())
@FEW
def test_a_comparison_is_whole_and_repeatable(found):
    first, again = ranked(found), ranked(found)
    assert (first.standings, first.pairs) == (again.standings, again.pairs)
    assert {one.name for one in first.standings} == set(found)
    assert len(first.pairs) == math.comb(len(found), 2)
    count = len(found)
    total = sum(one.by_case.mean_rank for one in first.standings)
    assert total == pytest.approx(count * (count + 1) / 2)
    shown = [one.by_case.rank for one in first.standings]
    assert shown == sorted(shown)
    assert shown[0] == 1
    for one in first.standings:
        for place in (one.by_case, one.by_mean):
            assert 1 <= place.rank <= count
            if place.low is not None:
                assert 1 <= place.low <= place.high <= count
    for pair in first.pairs:
        assert pair.difference <= 1e-9
        assert 0 < pair.p <= pair.p_holm <= 1
        assert pair.p <= 2 * min(pair.p_first_better, pair.p_second_better) + 1e-12


@given(tables(undefined=False), st.randoms())
@FEW
def test_the_order_of_cases_changes_no_place(found, random):
    order = list(range(len(found["a"])))
    random.shuffle(order)
    shuffled = {
        name: Results(
            unit="case",
            ids=tuple(table.ids[i] for i in order),
            cases=tuple(table.cases[i] for i in order),
            patients=tuple(table.patients[i] for i in order),
            measures=table.measures,
            values=table.values[order],
            status=table.status[order],
        )
        for name, table in found.items()
    }
    before, after = ranked(found), ranked(shuffled)
    for one, other in zip(before.standings, after.standings, strict=True):
        assert (one.name, one.letters) == (other.name, other.letters)
        assert one.by_case.mean_rank == pytest.approx(other.by_case.mean_rank)
        assert (one.by_case.rank, one.by_case.low, one.by_case.high) == (
            other.by_case.rank,
            other.by_case.low,
            other.by_case.high,
        )
    assert [one.p for one in before.pairs] == [one.p for one in after.pairs]


# p-values


@given(st.lists(whole, min_size=2, max_size=8))
@CHECK
def test_exact_flips_are_those_of_scipy(differences):
    found = sign_flip_test(np.array(differences)[:, None])
    sides = {"two_sided": "two-sided", "less": "less", "greater": "greater"}
    for side, alternative in sides.items():
        expected = stats.permutation_test(
            (differences,),
            np.sum,
            permutation_type="samples",
            n_resamples=np.inf,
            alternative=alternative,
        ).pvalue
        # SciPy doubles the smaller side, as is right for sums symmetrical about 0.
        assert getattr(found, side)[0] == pytest.approx(expected, rel=1e-9)


@given(st.lists(whole, min_size=1, max_size=30), st.floats(0.01, 100))
@CHECK
def test_p_is_symmetric_and_without_unit(differences, factor):
    column = np.array(differences)[:, None]
    for test in (sign_flip_test, wilcoxon_test):
        plain, mirrored, scaled = test(column), test(-column), test(factor * column)
        if len(column) <= 20:
            assert plain.less == pytest.approx(mirrored.greater)
        assert plain.two_sided == pytest.approx(mirrored.two_sided)
        assert plain.two_sided == pytest.approx(scaled.two_sided)


@given(st.lists(st.floats(0, 1), max_size=12))
@CHECK
def test_holm_is_its_definition(values):
    """The largest of (m - j + 1) p_(j) over all p that are not larger, at most 1."""
    ordered = sorted(values)
    expected = [
        min(
            1.0,
            max((len(values) - j) * p for j, p in enumerate(ordered) if p <= value),
        )
        for value in values
    ]
    assert holm(values).tolist() == pytest.approx(expected)


# Letters


@given(st.integers(1, 8), st.data())
@CHECK
def test_two_share_a_letter_unless_they_differ(count, data):
    pairs = list(itertools.combinations(range(count), 2))
    chosen = data.draw(
        st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs))
    )
    different = np.zeros((count, count), bool)
    for (first, second), differ in zip(pairs, chosen, strict=True):
        different[first, second] = different[second, first] = differ
    shown = letters(different)
    assert all(shown)
    assert "a" in shown[0]
    for (first, second), differ in zip(pairs, chosen, strict=True):
        assert bool(set(shown[first]) & set(shown[second])) != differ
