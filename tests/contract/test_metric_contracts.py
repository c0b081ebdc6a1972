"""What evaluation builds on: how metrics are pooled, worst values, pixel sizes."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.cases import fusion_per_case, segmentation_per_case
from bratsfuse.evaluation.missing import worst_fusion, worst_segmentation
from bratsfuse.evaluation.slices import SliceScores, Task, score_rows
from bratsfuse.evaluation.tables import (
    Rows,
    fusion_per_slice,
    segmentation_per_slice,
)
from bratsfuse.metrics import METRICS, fusion, segmentation
from bratsfuse.metrics.empty_policy import image_diagonal_mm
from bratsfuse.report.records import Protocol

SHAPE = (60, 52)
SPACING = (1.0, 2.0)
DIAGONAL = image_diagonal_mm(SHAPE, SPACING)
PROTOCOL = Protocol(
    version=1,
    policy="brats",
    preset="brats2023-gli",
    regions={"WT": (1, 2, 3)},
    segmentation=tuple(segmentation.METRICS),
    fusion=tuple(fusion.METRICS),
    sources=("t1ce", "flair"),
)


def masks(seed):
    """Return reference and prediction: some blobs each, few of them the same."""
    rng = np.random.default_rng(seed)
    pair = np.zeros((2, *SHAPE), np.uint8)
    for top, left, height, width in rng.integers(
        (0, 0, 2, 2), (45, 40, 15, 12), (4, 4)
    ):
        shift = rng.integers(0, 4, 2)
        pair[0, top : top + height, left : left + width] = 1
        top, left = top + shift[0], left + shift[1]
        pair[1, top : top + height, left : left + width] = 1
    pair[1, 1:5, 45:50] = 1
    return pair[0], pair[1]


NOTHING = np.zeros(SHAPE, np.uint8)
PAIRS = {
    "blobs": masks(1),
    "other blobs": masks(2),
    "equal": (masks(3)[0],) * 2,
    "false positive": (NOTHING, masks(4)[1]),
    "false negative": (masks(5)[0], NOTHING),
    "nothing": (NOTHING, NOTHING),
}
PAIRS["disjoint"] = (masks(6)[0], np.where(masks(6)[0], 0, masks(7)[1]))


def tables(pairs, cases, missing=(), policy="brats", preset=PROTOCOL.preset):
    """Return the scores per slice and per case, rows by metric."""
    protocol = replace(PROTOCOL, policy=policy, preset=preset)
    references, predictions = (list(column) for column in zip(*pairs, strict=True))
    for row in missing:
        predictions[row] = NOTHING  # as reading leaves it
    task = Task(
        split=None,
        protocol=protocol,
        spacing_mm=(SPACING,) * len(pairs),
        fused=None,
        masks=predictions,
        references=references,
    )
    rows = rows_of(cases, missing)
    scores = score_rows(task, range(len(pairs)))
    slices = segmentation_per_slice(scores, rows, protocol)
    return slices, segmentation_per_case(scores, slices, rows, protocol)


def rows_of(cases, missing=()):
    return Rows(
        ids=tuple(f"{case}_z{i:03d}" for i, case in enumerate(cases)),
        cases=tuple(cases),
        patients=tuple(cases),
        diagonal_mm=(DIAGONAL,) * len(cases),
        missing=np.isin(np.arange(len(cases)), missing),
    )


def fusion_tables(values, cases):
    scores = SliceScores(
        fusion=values,
        fusers=np.empty((0, *values.shape)),
        segmentation=np.empty((len(values), 0, 0)),
        counts=np.empty((len(values), 0, 4), np.int64),
        lesions=np.empty((len(values), 0, 3), np.int64),
    )
    rows = rows_of(cases)
    slices = fusion_per_slice(scores, rows, PROTOCOL)
    return slices, fusion_per_case(slices, rows)


def images(seed):
    rng = np.random.default_rng(seed)
    sources = rng.integers(0, 256, (2, 180, 184), np.uint8)
    weight = rng.random()
    return sources, np.uint8(weight * sources[0] + (1 - weight) * sources[1])


# Pooling


@pytest.mark.parametrize("policy", ["brats", "skip", "nan"])
@pytest.mark.parametrize("name", PAIRS)
def test_a_case_of_one_slice_has_the_value_of_the_slice(name, policy):
    slices, cases = tables([PAIRS[name]], ["a"], policy=policy)
    assert {m.key for m in cases.measures} == set(segmentation.METRICS)
    for measure, one, pooled in zip(
        slices.measures, slices.values[0], cases.values[0], strict=True
    ):
        assert pooled == pytest.approx(one, rel=1e-15, nan_ok=True), measure.key
    np.testing.assert_array_equal(slices.status, cases.status)


def test_a_case_of_one_slice_has_the_fusion_scores_of_the_slice():
    values = np.array([list(fusion.evaluate(*images(1), "all").values())])
    slices, cases = fusion_tables(values, ["a"])
    np.testing.assert_array_equal(slices.values, values)
    np.testing.assert_array_equal(cases.values, values)


@pytest.mark.parametrize("policy", ["brats", "skip"])
def test_a_pooled_value_is_in_the_range_and_between_those_of_its_slices(policy):
    """An NSD that was pooled like lesions once gave an impossible number."""
    pairs = list(PAIRS.values())
    slices, cases = tables(pairs, ["a"] * len(pairs), policy=policy)
    for column, measure in enumerate(cases.measures):
        metric, value = segmentation.METRICS[measure.key], cases.values[0, column]
        if metric.undefined_when == "the masks are slices":
            assert math.isnan(value)
            continue
        assert metric.low <= value <= metric.high, measure.key
        if metric.unit != "lesions":
            seen = slices.values[:, column]
            assert np.nanmin(seen) <= value <= np.nanmax(seen), measure.key


def test_a_mean_over_lesions_weighs_a_slice_by_its_lesions():
    one, two = np.zeros((2, *SHAPE), np.uint8)
    one[5:15, 5:15] = two[5:15, 5:15] = two[40:50, 35:45] = 1
    _, cases = tables([(one, one), (two, NOTHING)], ["a", "a"])
    values = {m.key: cases.values[0, i] for i, m in enumerate(cases.measures)}
    penalty = segmentation.PRESETS[PROTOCOL.preset].penalty_2d_mm
    assert values["lesion_dice"] == pytest.approx(1 / 3)
    assert values["lesion_hd95"] == pytest.approx(2 * penalty / 3)


def test_a_mean_over_lesions_is_divided_as_the_preset_says():
    one, two = np.zeros((2, *SHAPE), np.uint8)
    one[5:15, 5:15] = two[5:15, 5:15] = two[40:50, 35:45] = 1
    pairs = [(one, one), (one, two), (NOTHING, one)]
    for preset, found in (("brats2024-men", 2 / 4), ("brats2024-men-rt", 1.0)):
        _, cases = tables(pairs, ["a"] * 3, preset=preset)
        values = {m.key: cases.values[0, i] for i, m in enumerate(cases.measures)}
        assert values["lesion_dice"] == pytest.approx(found)
        assert values["lesion_fp"] == 2


# Tolerance


@pytest.mark.parametrize("seed", range(4))
def test_nsd_grows_with_its_tolerance(seed):
    reference, prediction = (mask > 0 for mask in masks(seed))
    found = [
        segmentation.normalized_surface_dice(
            reference, prediction, SPACING, tolerance_mm=tolerance
        )
        for tolerance in (0.0, 0.5, 1.0, 2.0, 4.0, 1000.0)
    ]
    assert found == sorted(found)
    assert found[0] < found[3] < found[-1] == 1.0


def test_nsd_grows_with_its_tolerance_in_a_case_too():
    _, cases = tables([PAIRS["blobs"], PAIRS["other blobs"]], ["a", "a"])
    values = {m.key: cases.values[0, i] for i, m in enumerate(cases.measures)}
    assert 0 < values["nsd_1mm"] < values["nsd_2mm"] < 1


# The worst value


def is_worse(metric, value, than):
    return value < than if metric.higher_is_better else value > than


@pytest.mark.parametrize("key", segmentation.METRICS)
def test_the_worst_value_of_masks_is_worse_than_any_seen(key):
    metric = segmentation.METRICS[key]
    worst = worst_segmentation(key, diagonal_mm=DIAGONAL, preset=PROTOCOL.preset)
    if worst is None:
        # No end is the worst, or the empty mask that stands in has it already.
        assert metric.higher_is_better is None or metric.shared == "lesion counts"
        return
    slices, cases = tables(list(PAIRS.values()), list(PAIRS))
    for table in (slices, cases):
        column = [measure.key for measure in table.measures].index(key)
        seen = table.values[:, column]
        assert not any(is_worse(metric, value, worst) for value in seen)
        assert any(is_worse(metric, worst, value) for value in seen)


@pytest.mark.parametrize("key", segmentation.METRICS)
def test_what_is_missing_has_the_declared_worst_value(key):
    slices, cases = tables([PAIRS["equal"], PAIRS["nothing"]], ["a", "b"], [0, 1])
    column = [measure.key for measure in slices.measures].index(key)
    worst = worst_segmentation(key, diagonal_mm=DIAGONAL, preset=PROTOCOL.preset)
    if worst is not None:
        assert slices.values[:, column].tolist() == [worst, worst]
        assert cases.values[1, column] == worst  # the empty region is not rewarded


@pytest.mark.parametrize("key", fusion.METRICS)
def test_the_worst_value_of_images_is_worse_than_any_seen(key):
    metric, worst = fusion.METRICS[key], worst_fusion(key)
    seen = [metric.function(*images(seed)) for seed in range(2)]
    assert not any(is_worse(metric, value, worst) for value in seen)
    assert any(is_worse(metric, worst, value) for value in seen)
    if metric.headline:
        assert math.isfinite(worst)


# Empty masks


@pytest.mark.parametrize("key", segmentation.METRICS)
def test_empty_masks_are_worth_what_the_record_says(key):
    metric = segmentation.METRICS[key]
    slices, _ = tables([PAIRS["nothing"], PAIRS["false positive"]], ["a", "b"])
    column = [measure.key for measure in slices.measures].index(key)
    alone = [
        metric.function(NOTHING > 0, mask > 0)
        for mask in (NOTHING, PAIRS["false positive"][1])
    ]
    one_empty = DIAGONAL if metric.one_empty == "diagonal" else metric.one_empty
    for filled, raw, declared in zip(
        slices.values[:, column], alone, (metric.both_empty, one_empty), strict=True
    ):
        if math.isnan(raw) and declared is not None:
            assert filled == declared
        elif math.isnan(raw):
            assert math.isnan(filled)
    if metric.both_empty is not None and metric.higher_is_better is not None:
        assert metric.both_empty == (
            metric.high if metric.higher_is_better else metric.low
        )


# Pixels that are not square


@pytest.mark.parametrize("preset", ["brats2023-gli", "brats2024-gli"])
def test_spacing_goes_with_its_axis(preset):
    pair = [np.where(mask, 3, 0).astype(np.uint8) for mask in masks(2)]
    turned = [np.ascontiguousarray(mask.T) for mask in pair]
    right, same, swapped = (
        segmentation.evaluate(*maps, spacing, ["ET"], preset=preset, metrics="all")[
            "ET"
        ]
        for maps, spacing in ((pair, (1, 2)), (turned, (2, 1)), (pair, (2, 1)))
    )
    for key, metric in segmentation.METRICS.items():
        assert same[key] == pytest.approx(right[key], rel=1e-12, nan_ok=True), key
        if metric.family == "surface" and key != "hd_from_reference":  # both (1, 4)
            assert swapped[key] != pytest.approx(right[key], rel=1e-6), key


@pytest.mark.parametrize("key", ["hd", "hd95", "hd95_voxel", "lesion_hd95"])
@pytest.mark.parametrize(("axis", "expected"), [(0, 3.0), (1, 6.0)])
def test_a_shift_is_as_long_as_its_axis_says(key, axis, expected):
    reference = np.zeros(SHAPE, bool)
    reference[20:40, 15:35] = True
    shifted = np.roll(reference, 3, axis)
    assert segmentation.METRICS[key].function(reference, shifted, SPACING) == expected
    maps = reference.astype(np.uint8), shifted.astype(np.uint8)
    assert segmentation.evaluate(*maps, SPACING, ["WT"])["WT"][key] == expected


# The record


def test_a_record_that_contradicts_itself_is_refused():
    dice, en = segmentation.METRICS["dice"], fusion.METRICS["en"]
    for metric, wrong, told in (
        (dice, {"key": "Dice 2"}, "lower-case letters"),
        (dice, {"family": "overlaps"}, "family: found 'overlaps', expected one of"),
        (dice, {"pooling": "mean"}, "pooling: found 'mean', expected one of counts"),
        (dice, {"low": 1.0}, "low < high"),
        (dice, {"formula": None}, "both shared and formula"),
        (dice, {"shared": "scene"}, "'scene' is of no use to family 'overlap'"),
        (dice, {"shared": "surfels"}, "pooling by counts needs shared"),
        (dice, {"pooling": "lesion mean"}, "needs family 'lesion'"),
        (dice, {"higher_is_better": None}, "expected a direction"),
        (dice, {"worst": 1.0}, "worst: found 1.0, expected 0.0"),
        (en, {"worst": None}, "expected a number"),
        (en, {"pooling": "lesion mean"}, "needs family 'lesion'"),
        (en, {"shared": "pixel counts"}, "of no use to family 'fusion'"),
    ):
        with pytest.raises(InvalidInputError, match=f"metric '.*': .*{told}"):
            replace(metric, **wrong)


@pytest.mark.parametrize("kind", METRICS)
def test_a_metric_and_its_formula_are_in_the_file_of_its_name(kind):
    for key, metric in METRICS[kind].items():
        for part in filter(None, (metric.function, metric.formula)):
            assert part.__module__ == f"bratsfuse.metrics.of_{kind}.{key}"
