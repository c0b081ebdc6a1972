import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Severity
from bratsfuse.results import Measure, Results, Status
from bratsfuse.statistics import compare
from bratsfuse.statistics.comparison import Criterion

DICE = Measure("segmentation", "WT", "dice")
HD95 = Measure("segmentation", "WT", "hd95")
BY_DICE = [Criterion(DICE, higher_is_better=True)]
BY_BOTH = [*BY_DICE, Criterion(HD95, higher_is_better=False)]
NAN = np.nan


def table(dice, hd95=None, patients=None, unit="case", ids=None):
    """Return a table of two measures; one patient per case unless told otherwise."""
    ids = ids or tuple(f"case_{i:02d}" for i in range(len(dice)))
    columns = [dice, np.ones(len(dice)) if hd95 is None else hd95]
    values = np.array(columns, np.float64).T
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    return Results(
        unit=unit,
        ids=ids,
        cases=ids,
        patients=tuple(patients or ids),
        measures=(DICE, HD95),
        values=values,
        status=status.astype(np.uint8),
    )


def ranks(comparison):
    return {one.name: one.by_case.rank for one in comparison.standings}


def mean_ranks(comparison):
    return {one.name: one.by_case.mean_rank for one in comparison.standings}


def codes(comparison):
    return [issue.code for issue in comparison.warnings]


def noisy(mean, cases=12, seed=0, **told):
    rng = np.random.default_rng([seed, int(1000 * mean)])
    return table(mean + rng.normal(0, 0.01, cases), **told)


def test_equal_mean_ranks_share_a_place():
    tables = {"best": [0.9, 0.9], "x": [0.8, 0.7], "y": [0.7, 0.8], "last": [0.1, 0.1]}
    found = compare({name: table(dice) for name, dice in tables.items()}, BY_DICE)
    assert ranks(found) == {"best": 1, "x": 2, "y": 2, "last": 4}
    assert [one.name for one in found.standings] == ["best", "x", "y", "last"]
    assert mean_ranks(found) == {"best": 1.0, "x": 2.5, "y": 2.5, "last": 4.0}


def test_values_that_differ_in_their_last_bit_are_equal():
    found = compare({"x": table([0.3] * 3), "y": table([0.1 + 0.2] * 3)}, BY_DICE)
    assert ranks(found) == {"x": 1, "y": 1}
    [pair] = found.pairs
    assert (pair.difference, pair.p, pair.wilcoxon) == (0.0, 1.0, 1.0)


def test_each_criterion_has_its_direction():
    tables = {"x": table([0.9], [2.0]), "y": table([0.8], [1.0])}
    assert ranks(compare(tables, BY_DICE)) == {"x": 1, "y": 2}
    assert ranks(compare(tables, BY_BOTH[1:])) == {"y": 1, "x": 2}
    assert ranks(compare(tables, BY_BOTH)) == {"x": 1, "y": 1}


def test_one_failed_case_divides_the_schemes():
    """Usually better, but once without any overlap."""
    tables = {
        "steady": table([0.80] * 8),
        "brittle": table([0.82] * 7 + [0.0]),
    }
    found = compare(tables, BY_DICE)
    by_name = {one.name: one for one in found.standings}
    assert by_name["brittle"].by_case.rank == by_name["steady"].by_mean.rank == 1
    assert by_name["brittle"].by_mean.rank == by_name["steady"].by_case.rank == 2
    assert found.kendall_tau == pytest.approx(-1.0)
    [disagreement] = [one for one in found.warnings if one.code == "schemes-disagree"]
    assert "brittle is first by rank-then-aggregate" in disagreement.message
    assert "steady by aggregate-then-rank" in disagreement.message


def test_clear_differences_show():
    tables = {"good": noisy(0.9), "fair": noisy(0.7), "poor": noisy(0.5)}
    found = compare(tables, BY_DICE)
    assert [one.letters for one in found.standings] == ["a", "b", "c"]
    assert all(pair.significant for pair in found.pairs)
    assert [pair.p for pair in found.pairs] == pytest.approx([2 / 2**12] * 3)
    assert [pair.p_holm for pair in found.pairs] == pytest.approx([6 / 2**12] * 3)
    for place, standing in enumerate(found.standings, start=1):
        for scheme in (standing.by_case, standing.by_mean):
            assert (scheme.low, scheme.rank, scheme.high) == (place, place, place)
            assert scheme.first == (1.0 if place == 1 else 0.0)
    assert found.friedman.p < 0.001
    assert codes(found) == []


def test_pairs_name_the_better_first():
    tables = {"a": noisy(0.5), "b": noisy(0.9), "c": noisy(0.7)}
    pairs = compare(tables, BY_DICE).pairs
    assert [(pair.first, pair.second) for pair in pairs] == [
        ("b", "c"),
        ("b", "a"),
        ("c", "a"),
    ]
    assert [pair.difference for pair in pairs] == [-1.0, -2.0, -1.0]
    assert all(pair.p_first_better < 0.001 < pair.p_second_better for pair in pairs)


def test_close_submissions_share_a_letter_and_their_places():
    rng = np.random.default_rng(1)
    level = rng.uniform(0.6, 0.9, 12)
    tables = {name: table(level + rng.normal(0, 0.02, 12)) for name in "xyz"}
    found = compare(tables, BY_DICE)
    assert {one.letters for one in found.standings} == {"a"}
    winner = found.standings[0].by_case
    assert winner.low == 1 < winner.high
    assert 0.2 < winner.first < 1


def test_cases_of_a_patient_are_flipped_together():
    """Sixteen cases of eight patients have the p of eight, not of sixteen."""
    patients = [f"patient_{i % 8}" for i in range(16)]
    good, poor = (noisy(mean, 16, patients=patients) for mean in (0.9, 0.5))
    found = compare({"good": good, "poor": poor}, BY_DICE)
    assert found.n_patients == 8
    assert found.pairs[0].p == found.pairs[0].wilcoxon == 2 / 2**8


def test_patients_are_drawn_whole():
    """x wins all cases of one patient and loses all of the other two."""
    dice = np.array([1.0] * 8 + [0.0] * 2)
    patients = ["p"] * 8 + ["q", "r"]
    tables = {
        "x": table(dice, patients=patients),
        "y": table(1 - dice, patients=patients),
    }
    x = next(one for one in compare(tables, BY_DICE).standings if one.name == "x")
    # Patient p is drawn at least once in 1 - (2/3)^3 of the resamples, and then wins.
    assert x.by_case.first == pytest.approx(1 - (2 / 3) ** 3, abs=0.02)
    assert x.by_mean.first == pytest.approx(1 - (2 / 3) ** 3, abs=0.02)


def test_many_patients_are_tested_by_drawn_flips():
    found = compare({"good": noisy(0.9, 40), "poor": noisy(0.5, 40)}, BY_DICE)
    assert found.pairs[0].p == 1 / 100_001


def test_what_none_has_is_left_out():
    tables = {"x": table([0.9, NAN, 0.9]), "y": table([0.8, NAN, 0.8])}
    found = compare(tables, BY_DICE)
    assert found.cases == ("case_00", "case_02")
    assert (found.n_left_out, found.n_ranked_last) == (1, 0)
    assert mean_ranks(found) == {"x": 1.0, "y": 2.0}
    [told] = [one for one in found.warnings if one.code == "undefined-left-out"]
    assert told.severity is Severity.NOTE


def test_a_case_keeps_the_criteria_that_it_has():
    tables = {"x": table([0.9, NAN], [2, 2]), "y": table([0.8, NAN], [1, 3])}
    found = compare(tables, BY_BOTH)
    assert len(found.cases) == 2
    assert found.case_ranks["x"].tolist() == [1.5, 1.0]
    assert mean_ranks(found) == {"x": 1.25, "y": 1.75}


def test_what_one_lacks_ranks_last():
    tables = {
        "whole": table([0.5, 0.5, 0.5]),
        "worst": table([0.2, 0.2, 0.2]),
        "holes": table([0.9, NAN, NAN]),
    }
    found = compare(tables, BY_DICE)
    assert found.case_ranks["holes"].tolist() == [1.0, 3.0, 3.0]
    assert found.n_ranked_last == 2
    assert "undefined-ranked-last" in codes(found)


def test_what_one_lacks_is_the_worst_seen_in_a_mean():
    """0.9 and twice the worst Dice, 0.2, mean 0.433: behind 0.5, before 0.4."""
    tables = {
        "first": table([0.5, 0.5, 0.5]),
        "holes": table([0.9, NAN, NAN]),
        "third": table([0.2, 0.5, 0.5]),
    }
    places = {one.name: one.by_mean for one in compare(tables, BY_DICE).standings}
    assert {name: place.rank for name, place in places.items()} == {
        "first": 1,
        "holes": 2,
        "third": 3,
    }


def test_a_criterion_without_values_changes_nothing():
    """Kept cases, since Dice is there; no warning from a mean of nothing."""
    nothing = [NAN] * 8
    tables = {
        "x": table([0.9] * 8, nothing),
        "y": table([0.8] * 8, nothing),
    }
    found = compare(tables, BY_BOTH)
    plain = compare(tables, BY_DICE)
    assert found.standings == plain.standings
    assert found.n_left_out == 8


def test_one_submission_is_first():
    found = compare({"alone": noisy(0.9)}, BY_BOTH)
    [standing] = found.standings
    for place in (standing.by_case, standing.by_mean):
        assert (place.rank, place.low, place.high, place.first) == (1, 1, 1, 1.0)
    assert standing.letters == "a"
    assert (found.pairs, found.kendall_tau, found.friedman) == ((), None, None)
    assert codes(found) == []


def test_one_patient_gives_no_intervals():
    tables = {
        name: noisy(0.5, 3, seed, patients="ppp") for seed, name in enumerate("xyz")
    }
    found = compare(tables, BY_DICE)
    place = found.standings[0].by_case
    assert (place.low, place.high, place.first) == (None, None, None)
    assert found.friedman is None
    assert codes(found)[0] == "too-few-patients"


@pytest.mark.parametrize(("patients", "told"), [(5, True), (6, False)])
def test_two_submissions_take_six_patients(patients, told):
    found = compare({"x": noisy(0.9, patients), "y": noisy(0.5, patients)}, BY_DICE)
    assert ("too-few-patients" in codes(found)) == told
    assert found.pairs[0].significant != told


def test_too_few_patients_are_told_how_many_it_takes():
    tables = {f"s{i}": noisy(0.9 - i / 10, 6) for i in range(4)}
    [told] = compare(tables, BY_DICE).warnings
    assert told.message == (
        "found 6 patients: the smallest possible p is 0.0312, 0.188 after Holm's "
        "correction for 6 pairs; a significant difference takes at least 8 patients; "
        "read the ranks as a description"
    )


def test_two_that_always_tie_have_no_tau():
    found = compare({"x": table([0.5] * 6), "y": table([0.5] * 6)}, BY_DICE)
    assert found.kendall_tau is None
    assert {one.letters for one in found.standings} == {"a"}
    assert all(one.by_case.first == 1.0 for one in found.standings)


def test_the_seed_decides_the_draws():
    tables = {"x": noisy(0.7, seed=1), "y": noisy(0.7, seed=2)}
    once = compare(tables, BY_DICE, seed=4)
    assert compare(tables, BY_DICE, seed=4).standings == once.standings
    assert compare(tables, BY_DICE, seed=5).standings != once.standings


GOOD = table([0.5, 0.6])


@pytest.mark.parametrize(
    ("tables", "criteria", "message"),
    [
        ({}, BY_DICE, "found 0 tables and 1 criteria"),
        ({"x": GOOD}, [], "found 1 tables and 0 criteria"),
        ({"x": GOOD}, BY_DICE * 2, "criteria: found WT dice twice"),
        (
            {"x": GOOD},
            [Criterion(Measure("segmentation", "ET", "dice"), True)],
            "x: has no ET dice",
        ),
        ({"x": table([0.5], unit="slice")}, BY_DICE, "x: found rows per slice"),
        ({"x": GOOD, "y": table([0.5])}, BY_DICE, "y: has 1 case, but there are 2"),
        (
            {"x": GOOD, "y": table([0.5, 0.6], ids=("case_00", "case_07"))},
            BY_DICE,
            "y: has case case_07, where case_01 is in x",
        ),
        (
            {"x": GOOD, "y": table([0.5, 0.6], patients=("case_00", "p"))},
            BY_DICE,
            "y: has patient p of case case_01, who is case_01 in x",
        ),
        ({"x": table([0.5, np.inf])}, BY_DICE, "x: WT dice has an infinite value"),
        ({"x": table([NAN, NAN])}, BY_DICE, "found no value of any criterion"),
    ],
)
def test_refuses_what_cannot_be_compared(tables, criteria, message):
    with pytest.raises(InvalidInputError, match=message):
        compare(tables, criteria)
