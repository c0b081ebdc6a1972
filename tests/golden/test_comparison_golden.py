"""A golden comparison: four submissions on six synthetic cases, from masks to ranks.

Scores and p-values to 1e-9, bootstrap bounds to 0.004, as the values declare. The masks
are scored here, so that the whole way from pixels to p is pinned.
"""

import json
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bratsfuse.metrics import segmentation
from bratsfuse.metrics.empty_policy import fill_undefined, image_diagonal_mm
from bratsfuse.results import Measure, Results, Status
from bratsfuse.statistics import compare, holm, mean_interval, wilcoxon_test
from bratsfuse.statistics.comparison import Criterion

FOLDER = Path(__file__).parent / "segmentation"
GOLDEN = json.loads((FOLDER / "values.json").read_text())["dataset"]
RANKING = GOLDEN["ranking"]

SUBMISSIONS = "ABCD"
REGIONS = ("WT", "TC", "ET")
CASES = tuple(GOLDEN["per_case"]["A"])
LABELS = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}
KEYS = ("dice", "hd95_voxel")
GOLDEN_KEYS = {"dice": "dice_brats", "hd95_voxel": "stack_hd95_voxel_max"}

MEASURES = tuple(
    Measure("segmentation", region, key) for region in REGIONS for key in KEYS
)
CRITERIA = [Criterion(one, higher_is_better=one.key == "dice") for one in MEASURES]


@cache
def stored():
    with np.load(FOLDER / "inputs.npz") as arrays:
        return {
            name.removeprefix("dataset/"): arrays[name]
            for name in arrays.files
            if name.startswith("dataset/")
        }


def score(reference, prediction, keys):
    """Return the scores of each region under the brats policy."""
    scores = segmentation.evaluate(reference, prediction, None, REGIONS, metrics=keys)
    return {
        region: fill_undefined(
            scores[region],
            reference_is_empty=not np.isin(reference, LABELS[region]).any(),
            prediction_is_empty=not np.isin(prediction, LABELS[region]).any(),
            diagonal_mm=image_diagonal_mm(reference.shape),
        )
        for region in REGIONS
    }


@cache
def case_table(submission):
    rows = []
    for case in CASES:
        reference, prediction = stored()[f"gt/{case}"], stored()[f"{submission}/{case}"]
        scores = score(reference, prediction, KEYS)
        rows.append([scores[one.region][one.key] for one in MEASURES])
    values = np.array(rows)
    return Results(
        unit="case",
        ids=CASES,
        cases=CASES,
        patients=CASES,
        measures=MEASURES,
        values=values,
        status=np.full(values.shape, Status.SCORED, np.uint8),
    )


@cache
def slice_dice(submission):
    """Return the Dice of every slice, shape (cases, slices, regions)."""
    rows = []
    for case in CASES:
        pairs = zip(
            stored()[f"gt/{case}"], stored()[f"{submission}/{case}"], strict=True
        )
        scores = [score(*pair, ["dice"]) for pair in pairs]
        rows.append([[one[region]["dice"] for region in REGIONS] for one in scores])
    return np.array(rows)


def case_dice(submission, region):
    return case_table(submission).column(Measure("segmentation", region, "dice"))


@cache
def comparison():
    return compare({name: case_table(name) for name in SUBMISSIONS}, CRITERIA)


def by_name():
    return {standing.name: standing for standing in comparison().standings}


@pytest.mark.parametrize("submission", SUBMISSIONS)
def test_scores_per_case(submission):
    golden = [
        [
            GOLDEN["per_case"][submission][case][one.region][GOLDEN_KEYS[one.key]]
            for one in MEASURES
        ]
        for case in CASES
    ]
    np.testing.assert_allclose(case_table(submission).values, golden, rtol=1e-9)


@pytest.mark.parametrize("submission", SUBMISSIONS)
@pytest.mark.parametrize("region", REGIONS)
def test_summary_of_cases(submission, region):
    golden = GOLDEN["summary"][submission][region]
    dice = case_dice(submission, region)
    distances = case_table(submission).column(
        Measure("segmentation", region, "hd95_voxel")
    )
    assert np.median(dice) == pytest.approx(golden["median_case_dice"], rel=1e-12)
    assert np.std(dice, ddof=1) == pytest.approx(golden["sd_case_dice_ddof1"])
    assert distances.mean() == pytest.approx(golden["mean_case_stack_hd95"], rel=1e-9)
    interval = mean_interval(dice, CASES)
    assert interval.mean == pytest.approx(golden["mean_case_dice"], rel=1e-12)
    half_width = pytest.approx(golden["t95_half_width"], rel=1e-9)
    assert interval.t_high - interval.mean == half_width
    assert interval.mean - interval.t_low == half_width


@pytest.mark.parametrize("submission", SUBMISSIONS)
@pytest.mark.parametrize("region", REGIONS)
def test_bootstrap_bounds(submission, region):
    golden = GOLDEN["bootstrap_percentile_95_ci_of_mean_case_dice"]
    interval = mean_interval(
        case_dice(submission, region),
        CASES,
        resamples=golden["resamples"],
        method="percentile",
    )
    expected = golden["values"][submission][region]
    assert [interval.low, interval.high] == pytest.approx(
        expected, abs=golden["tolerance"]
    )


@pytest.mark.parametrize("submission", SUBMISSIONS)
@pytest.mark.parametrize("region", REGIONS)
def test_means_of_slices(submission, region):
    dice = slice_dice(submission)[..., REGIONS.index(region)]
    references = np.stack([stored()[f"gt/{case}"] for case in CASES])
    shown = np.isin(references, LABELS[region]).any(axis=(2, 3))
    for i, case in enumerate(CASES):
        golden = GOLDEN["per_case"][submission][case][region]
        assert dice[i].mean() == pytest.approx(golden["mean_slice_dice_empty1"])
        if shown[i].any():
            found = dice[i, shown[i]].mean()
            assert found == pytest.approx(golden["mean_slice_dice_gt_nonempty"])
    golden = GOLDEN["summary"][submission][region]
    assert dice.mean() == pytest.approx(golden["mean_slice_dice_all_empty1"])
    assert dice[shown].mean() == pytest.approx(golden["mean_slice_dice_gt_nonempty"])


def test_cases_and_slices_disagree_on_enhancing_tumour():
    """A is better by case, B by slice: slices without the region weigh like any."""
    et = REGIONS.index("ET")
    assert case_dice("A", "ET").mean() > case_dice("B", "ET").mean() + 0.2
    assert slice_dice("A")[..., et].mean() < slice_dice("B")[..., et].mean() - 0.02


@pytest.mark.parametrize("i", range(len(CASES)))
def test_ranks_within_each_case(i):
    """One criterion on one case at a time, so that every row of ranks shows."""
    for criterion in CRITERIA:
        tables = {}
        for name in SUBMISSIONS:
            table = case_table(name)
            one_case = (table.ids[i],)
            tables[name] = Results(
                unit="case",
                ids=one_case,
                cases=one_case,
                patients=one_case,
                measures=MEASURES,
                values=table.values[i : i + 1],
                status=table.status[i : i + 1],
            )
        [golden] = [
            row["ranks"]
            for row in RANKING["rows"]
            if row["case"] == CASES[i]
            and row["region"] == criterion.measure.region
            and row["metric"] == GOLDEN_KEYS[criterion.measure.key]
        ]
        ranked = compare(tables, [criterion]).standings
        assert {one.name: one.by_case.mean_rank for one in ranked} == golden


def test_rank_then_aggregate():
    standings = comparison().standings
    assert [one.name for one in standings] == RANKING["order_rank_then_aggregate"]
    assert [one.by_case.rank for one in standings] == [1, 2, 3, 4]
    golden = RANKING["mean_rank_rank_then_aggregate"]
    assert {one.name: one.by_case.mean_rank for one in standings} == pytest.approx(
        golden
    )


@pytest.mark.parametrize("submission", SUBMISSIONS)
def test_mean_rank_in_each_case(submission):
    golden = RANKING["mean_rank_per_case"][submission]
    ranks = comparison().case_ranks[submission]
    assert dict(zip(comparison().cases, ranks, strict=True)) == pytest.approx(golden)


def test_aggregate_then_rank():
    golden = RANKING["mean_rank_aggregate_then_rank"]
    places = {name: one.by_mean for name, one in by_name().items()}
    assert {name: place.mean_rank for name, place in places.items()} == golden
    assert {name: place.rank for name, place in places.items()} == golden
    assert comparison().kendall_tau == pytest.approx(1.0)


def test_sign_flips():
    golden = RANKING["pairwise"]
    assert len(comparison().pairs) == len(golden) == 6
    for pair in comparison().pairs:
        first, second = sorted((pair.first, pair.second))
        expected = golden[f"{first}-{second}"]
        assert pair.p == pytest.approx(expected["rank_signflip_two_sided"], abs=1e-9)
        p = pair.p_first_better if pair.first == first else pair.p_second_better
        assert p == pytest.approx(expected["rank_signflip_first_better"], abs=1e-9)


def test_wilcoxon_of_whole_tumour_dice():
    pairs = list(combinations(SUBMISSIONS, 2))
    differences = [case_dice(a, "WT") - case_dice(b, "WT") for a, b in pairs]
    p = wilcoxon_test(np.transpose(differences)).two_sided
    golden = [RANKING["pairwise"][f"{a}-{b}"] for a, b in pairs]
    assert p == pytest.approx([one["wilcoxon_WT_dice_two_sided"] for one in golden])
    assert holm(p) == pytest.approx([one["wilcoxon_WT_dice_holm"] for one in golden])


def test_friedman():
    golden, found = RANKING["friedman_on_mean_ranks"], comparison().friedman
    assert found.statistic == pytest.approx(golden["statistic"], abs=1e-9)
    assert found.p == pytest.approx(golden["p"], abs=1e-9)


def test_six_cases_tell_nothing_apart():
    assert {one.letters for one in comparison().standings} == {"a"}
    assert [issue.code for issue in comparison().warnings] == ["too-few-patients"]
