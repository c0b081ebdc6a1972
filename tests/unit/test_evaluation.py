"""From slices to cases to means, on masks small enough to count by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.evaluation.cases import fusion_per_case, segmentation_per_case
from bratsfuse.evaluation.missing import worst_fusion
from bratsfuse.evaluation.slices import SliceScores, Task, score_rows
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.evaluation.tables import (
    Rows,
    beside,
    fusion_per_slice,
    segmentation_per_slice,
)
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Status

SHAPE = (12, 16)
DIAGONAL = math.hypot(*SHAPE)
PROTOCOL = Protocol(
    version=1,
    policy="brats",
    preset="brats2023-gli",
    regions={"WT": (1, 2, 3), "ET": (3,)},
    segmentation=tuple(segmentation.METRICS),
    fusion=("en", "nabf"),
    sources=("t1ce", "flair"),
)


class NoSplit:
    """Stands in for a release's file where only masks are scored."""


def scored(references, predictions, protocol=PROTOCOL):
    task = Task(
        split=NoSplit(),
        protocol=protocol,
        spacing_mm=((1.0, 1.0),) * len(references),
        fused=None,
        masks=list(predictions),
        references=list(references),
    )
    return score_rows(task, range(len(references)))


def rows_of(cases, missing=()):
    n = len(cases)
    return Rows(
        ids=tuple(f"{case}_z{i:03d}" for i, case in enumerate(cases)),
        cases=tuple(cases),
        patients=tuple(cases),
        diagonal_mm=(DIAGONAL,) * n,
        missing=np.isin(np.arange(n), missing),
    )


def tables(references, predictions, cases, missing=(), protocol=PROTOCOL):
    predictions = np.array(predictions)
    predictions[list(missing)] = 0  # as reading leaves them
    scores, rows = scored(references, predictions, protocol), rows_of(cases, missing)
    slices = segmentation_per_slice(scores, rows, protocol)
    return slices, segmentation_per_case(scores, slices, rows, protocol)


def value(results, row, region, key):
    return results.column(Measure("segmentation", region, key))[row]


def status(results, row, region, key):
    column = results.measures.index(Measure("segmentation", region, key))
    return Status(results.status[row, column])


def square(top, left, side, label=3):
    mask = np.zeros(SHAPE, np.uint8)
    mask[top : top + side, left : left + side] = label
    return mask


EMPTY = np.zeros(SHAPE, np.uint8)
stacks = arrays.arrays(np.uint8, (3, *SHAPE), elements=st.integers(0, 3))


@settings(max_examples=25)
@given(stacks, stacks)
def test_overlap_of_a_case_is_that_of_its_slices_stacked(references, predictions):
    _, cases = tables(references, predictions, ["a"] * 3)
    keys = ["dice", "iou", "sensitivity", "specificity", "precision", "volume_error"]
    whole = segmentation.evaluate(
        references, predictions, regions=PROTOCOL.regions, metrics=keys
    )
    for region, by_key in whole.items():
        for key, expected in by_key.items():
            if not math.isnan(expected):
                assert value(cases, 0, region, key) == expected


def test_surface_metrics_are_means_over_slices_that_hold_the_region():
    references = [square(2, 2, 4), square(2, 2, 4), EMPTY]
    predictions = [square(3, 2, 4), square(2, 5, 4), EMPTY]
    _, cases = tables(references, predictions, ["a"] * 3)
    assert value(cases, 0, "WT", "hd") == 2.0  # of 1 and 3; the empty one is left out
    assert status(cases, 0, "WT", "hd") is Status.SCORED


def test_a_slice_with_one_empty_mask_costs_the_diagonal_and_is_told():
    _, cases = tables(
        [square(2, 2, 4), square(2, 2, 4)], [square(2, 2, 4), EMPTY], ["a"] * 2
    )
    assert value(cases, 0, "WT", "hd95") == DIAGONAL / 2
    assert status(cases, 0, "WT", "hd95") is Status.POLICY
    assert value(cases, 0, "WT", "nsd_1mm") == 0.5
    assert value(cases, 0, "WT", "dice") == 2 / 3  # counts need no policy
    assert status(cases, 0, "WT", "dice") is Status.SCORED


def test_a_case_without_the_region_is_perfect_by_the_brats_policy():
    both = [square(2, 2, 4, label=2)]
    slices, cases = tables(both, both, ["a"])
    for table in (slices, cases):
        assert value(table, 0, "ET", "dice") == 1.0
        assert value(table, 0, "ET", "hd95") == 0.0
        assert status(table, 0, "ET", "dice") is Status.POLICY


@pytest.mark.parametrize("policy", ["skip", "nan"])
def test_other_policies_leave_an_absent_region_undefined(policy):
    both = [square(2, 2, 4, label=2), square(2, 2, 4)]
    protocol = replace(PROTOCOL, policy=policy)
    _, cases = tables(both, both, ["a", "b"], protocol=protocol)
    assert status(cases, 0, "ET", "dice") is Status.UNDEFINED
    score = by_region(summarise(cases, policy=policy, seed=0))["ET"]["dice"]
    assert (score.n, score.n_undefined) == (1, 1)
    assert score.mean == (1.0 if policy == "skip" else None)


def test_under_nan_one_undefined_slice_leaves_the_case_undefined():
    masks = [square(2, 2, 4), square(2, 2, 4)], [square(2, 2, 4), EMPTY]
    for policy, expected in (("skip", 0.0), ("nan", math.nan)):
        protocol = replace(PROTOCOL, policy=policy)
        _, cases = tables(*masks, ["a"] * 2, protocol=protocol)
        np.testing.assert_equal(value(cases, 0, "WT", "hd95"), expected)


def test_lesions_are_counted_over_all_slices_of_a_case():
    two = square(0, 0, 8) + square(0, 8, 8, label=2)
    references = [square(0, 0, 9), two]
    predictions = [square(0, 0, 9), EMPTY]
    scores = scored(references, predictions)
    _, cases = tables(references, predictions, ["a"] * 2)
    keys = list(PROTOCOL.segmentation)
    tp, fp, fn = (
        scores.segmentation[:, 0, keys.index(f"lesion_{what}")].sum()
        for what in ("tp", "fp", "fn")
    )
    assert (tp, fp, fn) == (1, 0, 1)
    assert value(cases, 0, "WT", "lesion_dice") == 0.5
    assert value(cases, 0, "WT", "lesion_f1") == pytest.approx(2 / 3)
    assert value(cases, 0, "WT", "lesion_fn") == 1


def test_cases_are_pooled_apart():
    references = [square(2, 2, 4), square(2, 2, 4)]
    predictions = [square(2, 2, 4), EMPTY]
    _, cases = tables(references, predictions, ["a", "b"])
    assert cases.ids == ("a", "b")
    assert [value(cases, row, "WT", "dice") for row in (0, 1)] == [1.0, 0.0]


@settings(max_examples=25)
@given(stacks, st.integers(0, 2))
def test_what_is_missing_has_the_worst_score_and_says_so(masks, gone):
    slices, _ = tables(masks, masks, ["a"] * 3, missing=[gone])
    for region in PROTOCOL.regions:
        for key, worst in (("dice", 0.0), ("nsd_1mm", 0.0), ("hd95", DIAGONAL)):
            assert value(slices, gone, region, key) == worst
            assert status(slices, gone, region, key) is Status.MISSING


@settings(max_examples=25)
@given(stacks, st.integers(0, 2))
def test_leaving_a_right_slice_out_never_helps_its_case(masks, gone):
    _, complete = tables(masks, masks, ["a"] * 3)
    _, partial = tables(masks, masks, ["a"] * 3, missing=[gone])
    records = segmentation.METRICS
    for measure in complete.measures:
        before = complete.column(measure)[0]
        after = partial.column(measure)[0]
        if records[measure.key].higher_is_better and measure.key != "lesion_tp":
            assert after <= before or math.isnan(before)
        elif records[measure.key].higher_is_better is False:
            assert after >= before


def test_leaving_out_a_case_without_the_region_is_not_rewarded():
    absent = [square(2, 2, 4, label=2)]
    _, cases = tables(absent, absent, ["a"], missing=[0])
    assert value(cases, 0, "ET", "dice") == 0.0
    assert value(cases, 0, "ET", "hd95") == DIAGONAL
    assert value(cases, 0, "ET", "specificity") == 0.0
    assert status(cases, 0, "ET", "dice") is Status.MISSING


def test_a_missing_slice_brings_no_true_negatives():
    references = [square(2, 2, 4), EMPTY]
    predictions = [square(2, 2, 5), EMPTY]
    _, cases = tables(references, predictions, ["a"] * 2, missing=[1])
    outside, spared = 12 * 16 - 16, 12 * 16 - 25  # of the first slice alone
    assert value(cases, 0, "WT", "specificity") == spared / outside
    assert status(cases, 0, "WT", "specificity") is Status.MISSING


def test_a_missing_slice_costs_its_distance_even_where_the_region_is_absent():
    references = [square(2, 2, 4), EMPTY]
    _, cases = tables(references, references, ["a"] * 2, missing=[1])
    assert value(cases, 0, "WT", "hd95") == DIAGONAL / 2


def fusion_scores(values):
    values = np.array(values, float)
    return SliceScores(
        fusion=values,
        fusers=np.empty((0, *values.shape)),
        segmentation=np.empty((len(values), 0, 0)),
        counts=np.empty((len(values), 0, 4), np.int64),
        lesions=np.empty((len(values), 0, 3), np.int64),
    )


def test_fusion_is_scored_per_slice_and_averaged_per_case():
    rows = rows_of(["a", "a", "b"], missing=[2])
    slices = fusion_per_slice(
        fusion_scores([[2, 0.5], [4, math.nan], [0, 0]]), rows, PROTOCOL
    )
    assert slices.values[2].tolist() == [0.0, 1.0]  # nabf: the lower the better
    assert slices.status.tolist() == [
        [Status.SCORED, Status.SCORED],
        [Status.SCORED, Status.UNDEFINED],
        [Status.MISSING, Status.MISSING],
    ]
    cases = fusion_per_case(slices, rows)
    assert cases.values.tolist() == [[3.0, 0.5], [0.0, 1.0]]
    assert cases.status[1].tolist() == [Status.MISSING, Status.MISSING]


def test_an_image_that_cannot_be_scored_does_not_pay():
    rows = rows_of(["a", "a"])
    scores = fusion_scores([[3, math.nan], [4, math.nan]])
    products = np.array([[[5, 0.5], [5, math.nan]]])  # undefined in the second anyway
    slices = fusion_per_slice(replace(scores, fusers=products), rows, PROTOCOL)
    np.testing.assert_equal(slices.values, [[3, 1.0], [4, math.nan]])
    assert slices.status[:, 1].tolist() == [Status.POLICY, Status.UNDEFINED]
    cases = fusion_per_case(slices, rows)
    assert cases.status[0, 1] == Status.POLICY


def test_a_case_tells_that_slices_were_left_out_of_it():
    protocol = replace(PROTOCOL, policy="skip")
    masks = [square(2, 2, 4), square(2, 2, 4)], [square(2, 2, 4), EMPTY]
    _, cases = tables(*masks, ["a"] * 2, protocol=protocol)
    assert value(cases, 0, "WT", "hd95") == 0.0
    assert status(cases, 0, "WT", "hd95") is Status.POLICY


@pytest.mark.parametrize("key", fusion.DEFAULT)
def test_every_default_fusion_metric_has_a_worst_value(key):
    assert math.isfinite(worst_fusion(key))


@settings(max_examples=25)
@given(stacks, stacks, st.sets(st.integers(0, 2)))
def test_accounts_are_closed(references, predictions, missing):
    slices, cases = tables(references, predictions, ["a", "a", "b"], missing)
    for table in (slices, cases):
        for score in summarise(table, policy="brats", seed=0).values():
            assert score.n + score.n_undefined == len(table)
            assert score.n_missing + score.n_policy <= score.n
        undefined = table.status == Status.UNDEFINED
        assert (np.isnan(table.values) == undefined).all()


def test_tables_stand_beside_each_other():
    both = [square(2, 2, 4)]
    slices, _ = tables(both, both, ["a"])
    wide = beside(slices, slices)
    assert len(wide.measures) == 2 * len(slices.measures)
    assert wide.values.shape == wide.status.shape == (1, 2 * slices.values.shape[1])
