"""Segmentation metrics: values by hand, what is refused, and what is not touched."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from bratsfuse.errors import BratsfuseError, InvalidInputError
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.empty_policy import (
    POLICIES,
    fill_undefined,
    image_diagonal_mm,
)
from bratsfuse.metrics.segmentation import METRICS

CONTRACT = [
    "dice",
    "iou",
    "sensitivity",
    "specificity",
    "precision",
    "hd",
    "hd95",
    "hd95_voxel",
    "assd",
    "nsd_1mm",
    "nsd_2mm",
    "volume_error",
    "lesion_dice",
    "lesion_hd95",
    "lesion_f1",
    "lesion_tp",
    "lesion_fp",
    "lesion_fn",
]


def square(row, column, side=10, shape=(60, 60)):
    mask = np.zeros(shape, np.bool_)
    mask[row : row + side, column : column + side] = True
    return mask


def as_labels(mask, label=1):
    return mask.astype(np.uint8) * np.uint8(label)


# Values


@pytest.mark.parametrize("apart", [1, 3, 7])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 2.0)])
def test_distances_of_shifted_squares_are_the_shift(apart, spacing):
    pair = square(20, 20), square(20, 20 + apart)
    assert segmentation.hausdorff_distance(*pair, spacing) == apart * spacing[1]
    assert segmentation.hausdorff_distance_95_voxel(*pair, spacing) == (
        apart * spacing[1]
    )


def test_three_four_five():
    pair = square(10, 10, side=1), square(13, 14, side=1)
    for function in (
        segmentation.hausdorff_distance,
        segmentation.hausdorff_distance_95,
        segmentation.hausdorff_distance_95_voxel,
    ):
        assert function(*pair) == 5.0


def test_counts_by_hand():
    reference, prediction = square(0, 0, 4), square(0, 2, 4)  # 16 pixels, 8 in common
    assert segmentation.dice(reference, prediction) == 0.5
    assert segmentation.intersection_over_union(reference, prediction) == 1 / 3
    assert segmentation.sensitivity(reference, prediction) == 0.5
    assert segmentation.precision(reference, prediction) == 0.5
    assert segmentation.specificity(reference, prediction) == 3576 / 3584
    assert segmentation.volume_error(reference, prediction) == 0.0
    assert segmentation.volume_error(reference, square(0, 0, 2)) == -0.75


def test_percentile_is_weighted_by_length_and_not_interpolated():
    # A square of 10 has 36 surfels of length 1 and 4 corners of half a diagonal.
    # One stray pixel adds 4 surfels of half a diagonal, 2.83 mm in 41.66 or 6.8 %, two
    # at a distance of 20 mm and two at 21 mm.
    stray = square(20, 20)
    stray[20, 50] = True
    assert segmentation.hausdorff_distance_95(square(20, 20), stray) == 20
    # On a square of 20 the same pixel is 3.5 % of the contour.
    stray = square(20, 20, 20)
    stray[20, 50] = True
    assert segmentation.hausdorff_distance_95(square(20, 20, 20), stray) == 0


def test_a_slice_is_not_a_volume_of_one_slice():
    reference = np.zeros((64, 64), np.bool_)
    reference[20:40, 20:40] = True
    prediction = np.roll(reference, (3, 3), (0, 1))
    flat = segmentation.hausdorff_distance_95(reference, prediction)
    thick = segmentation.hausdorff_distance_95(reference[None], prediction[None])
    assert thick == 3.0 < flat
    assert segmentation.surface_dice_1mm(reference, prediction) < 0.1
    assert segmentation.surface_dice_1mm(reference[None], prediction[None]) > 0.5


def test_masks_on_the_edge_of_the_image_have_a_surface_there():
    everything = np.ones((12, 9), np.bool_)
    inner = np.zeros_like(everything)
    inner[3:-3, 3:-3] = True
    assert segmentation.hausdorff_distance(everything, inner) == math.hypot(3, 3)
    assert segmentation.hausdorff_distance(everything, everything) == 0


def test_surface_dice_counts_the_tolerance_itself():
    pair = square(20, 20), square(20, 22)
    exactly = segmentation.normalized_surface_dice(*pair, tolerance_mm=2.0)
    below = segmentation.normalized_surface_dice(*pair, tolerance_mm=1.999)
    assert exactly == 1.0
    assert below < 1.0
    assert segmentation.surface_dice_2mm(*pair) == exactly
    assert segmentation.surface_dice_1mm(*pair) < below + 1e-12


# Evaluate


def test_keys_are_those_of_the_contract():
    assert [key for key in METRICS if key in CONTRACT] == CONTRACT
    scores = segmentation.evaluate(*[as_labels(square(5, 5), 3)] * 2)
    assert list(scores) == ["WT", "TC", "ET"]
    for values in scores.values():
        assert list(values) == list(segmentation.DEFAULT)
    assert {type(value) for values in scores.values() for value in values.values()} == {
        float
    }


def test_records_are_complete():
    for key, metric in METRICS.items():
        assert metric.key == key
        assert metric.kind == "segmentation"
        assert metric.low < metric.high
        assert metric.title
        assert metric.source
        assert metric.undefined_when
        assert metric.function.__doc__.startswith("Return ")
        assert getattr(segmentation, metric.function.__name__) is metric.function
    titles = [metric.title for metric in METRICS.values()]
    assert len(titles) == len(set(titles))


def test_regions_nest():
    label_map = np.zeros((40, 40), np.uint8)
    label_map[5:35, 5:35] = 2
    label_map[10:30, 10:30] = 1
    label_map[15:25, 15:25] = 3
    prediction = np.where(label_map == 3, 1, label_map).astype(np.uint8)
    dice = segmentation.evaluate(label_map, prediction, metrics=["dice"])
    assert dice == {"WT": {"dice": 1.0}, "TC": {"dice": 1.0}, "ET": {"dice": 0.0}}


def test_resection_cavity_lies_outside_the_whole_tumour():
    cavity = as_labels(square(5, 5), 4)
    scores = segmentation.evaluate(cavity, cavity, None, ["WT", "RC"], "bratsfuse")
    assert math.isnan(scores["WT"]["dice"])
    assert scores["RC"]["dice"] == 1.0


def test_labels_of_no_region_are_background():
    reference = as_labels(square(5, 5), 3)
    prediction = np.where(square(5, 5), 3, 4).astype(np.uint8)
    for scores in segmentation.evaluate(reference, prediction).values():
        assert scores["dice"] == scores["specificity"] == 1.0
        assert scores["hd"] == scores["lesion_fp"] == 0.0


def test_region_of_ones_own():
    label_map = as_labels(square(5, 5), 200)
    scores = segmentation.evaluate(
        label_map, label_map, None, {"liver": [200], "none": (7, 9)}, metrics=["iou"]
    )
    assert scores["liver"] == {"iou": 1.0}
    assert math.isnan(scores["none"]["iou"])


def test_keys_and_regions_come_in_the_order_asked():
    label_map = as_labels(square(5, 5), 3)
    scores = segmentation.evaluate(
        label_map,
        label_map,
        regions=("ET", "WT"),
        metrics=("hd95", "lesion_f1", "dice", "hd95"),
    )
    assert list(scores) == ["ET", "WT"]
    assert list(scores["ET"]) == ["hd95", "lesion_f1", "dice"]


def test_all_metrics_by_name():
    label_map = as_labels(square(5, 5), 3)
    everything = segmentation.evaluate(label_map, label_map, metrics="all")
    unasked = segmentation.evaluate(label_map, label_map)
    assert list(everything["ET"]) == list(METRICS)
    assert set(unasked["ET"].items()) <= set(everything["ET"].items())


def test_memory_order_does_not_matter():
    rng = np.random.default_rng(0)
    pair = [rng.integers(0, 4, (9, 14, 11), dtype=np.uint8) for _ in range(2)]
    expected = segmentation.evaluate(*pair)
    fortran = [np.asfortranarray(array) for array in pair]
    strided = [np.repeat(array, 2, axis=1)[:, ::2] for array in pair]
    assert segmentation.evaluate(*fortran) == expected
    assert segmentation.evaluate(*strided) == expected
    masks = [array > 1 for array in pair]
    assert segmentation.hausdorff_distance(
        *[np.asfortranarray(mask) for mask in masks]
    ) == segmentation.hausdorff_distance(*masks)


def test_64_regions_in_one_pass():
    label_map = np.arange(64, dtype=np.uint8).reshape(8, 8) + np.uint8(1)
    regions = {f"label {n}": [n] for n in range(1, 65)}
    scores = segmentation.evaluate(label_map, label_map, None, regions, metrics="dice")
    assert {values["dice"] for values in scores.values()} == {1.0}


# Refusals

LABELS = as_labels(square(5, 5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("labels.nii.gz", LABELS), "reference: found str, expected an array"),
        ((None, LABELS), "reference: found NoneType, expected an array"),
        ((LABELS, LABELS > 0), "prediction: found dtype bool.*segmentation.dice"),
        ((LABELS.astype(float), LABELS), "reference: found dtype float64"),
        ((LABELS.astype(np.int64) + 255, LABELS), "int64 values from 255 to 256"),
        ((LABELS.astype(np.int16) - 1, LABELS), "int16 values from -1 to 0"),
        ((LABELS, LABELS[:-1]), r"prediction: found shape \(59, 60\).*\(60, 60\)"),
        ((LABELS[0], LABELS[0]), r"found shape \(60,\), expected \(H, W\)"),
        ((LABELS[None, None], LABELS[None, None]), r"found shape \(1, 1, 60, 60\)"),
        ((LABELS[:0], LABELS[:0]), r"found shape \(0, 60\).*no empty axis"),
        ((LABELS, LABELS, (1, 1, 1)), r"spacing_mm: found \(1, 1, 1\), expected 2"),
        ((LABELS, LABELS, (1, 0)), "expected 2 positive numbers"),
        ((LABELS, LABELS, (1, math.nan)), "expected 2 positive numbers"),
        ((LABELS, LABELS, (1, -1)), "expected 2 positive numbers"),
        ((LABELS, LABELS, "ab"), "spacing_mm: found 'ab'"),
        ((LABELS, LABELS, 1.0), "spacing_mm: found 1.0"),
        ((LABELS, LABELS, None, ["WTT"]), "'WTT'.*did you mean 'WT'"),
        ((LABELS, LABELS, None, ["liver"]), r"'liver', .*WT.*\. A region of your own"),
        ((LABELS, LABELS, None, []), "found 0 regions"),
        ((LABELS, LABELS, None, {"a": []}), r"regions\['a'\]: found labels \[\]"),
        ((LABELS, LABELS, None, {"a": [0, 1]}), "0 is background"),
        ((LABELS, LABELS, None, {"a": [256]}), "from 1 to 255"),
        ((LABELS, LABELS, None, {"a": ["b", 1.5]}), "expected integers"),
        ((LABELS, LABELS, None, {str(n): [1] for n in range(65)}), "found 65 regions"),
    ],
)
def test_evaluate_refuses(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        segmentation.evaluate(*arguments)


@pytest.mark.parametrize("metrics", [["dice", "hd96"], [], "hd96"])
def test_unknown_metric_is_refused(metrics):
    with pytest.raises(InvalidInputError, match=r"metrics: found .*expected keys"):
        segmentation.evaluate(LABELS, LABELS, metrics=metrics)


@pytest.mark.parametrize("key", METRICS)
def test_functions_refuse_what_is_no_mask(key):
    function = METRICS[key].function
    with pytest.raises(
        InvalidInputError, match=r"reference: found dtype uint8.*labels"
    ):
        function(LABELS, LABELS > 0)
    with pytest.raises(BratsfuseError, match=r"prediction: found shape"):
        function(LABELS > 0, LABELS[1:] > 0)
    with pytest.raises(ValueError, match=r"found shape \(60,\)"):
        function(LABELS[0] > 0, LABELS[0] > 0)


@pytest.mark.parametrize(
    "key", [key for key, one in METRICS.items() if one.family in {"surface", "lesion"}]
)
def test_functions_refuse_a_spacing_of_another_dimension(key):
    with pytest.raises(InvalidInputError, match="spacing_mm"):
        METRICS[key].function(LABELS > 0, LABELS > 0, (1.0, 1.0, 1.0))


# Empty masks


def region_scores(reference, prediction):
    return segmentation.evaluate(
        as_labels(reference), as_labels(prediction), None, {"mask": [1]}
    )["mask"]


def undefined(scores):
    return {key for key, value in scores.items() if math.isnan(value)}


SURFACES = {"hd", "hd95", "hd95_voxel", "assd", "nsd_1mm", "nsd_2mm"}
NOTHING = np.zeros((60, 60), np.bool_)


def test_both_empty():
    scores = region_scores(NOTHING, NOTHING)
    assert undefined(scores) == SURFACES | {
        "dice",
        "iou",
        "sensitivity",
        "precision",
        "volume_error",
        "lesion_f1",
    }
    assert scores["specificity"] == 1.0
    assert (scores["lesion_dice"], scores["lesion_hd95"]) == (1.0, 0.0)


def test_reference_empty():
    scores = region_scores(NOTHING, square(5, 5))
    assert undefined(scores) == SURFACES | {"sensitivity", "volume_error"}
    assert scores["dice"] == scores["precision"] == scores["lesion_dice"] == 0.0
    assert scores["lesion_hd95"] == pytest.approx(math.hypot(240, 240))


def test_prediction_empty():
    scores = region_scores(square(5, 5), NOTHING)
    assert undefined(scores) == SURFACES | {"precision"}
    assert scores["sensitivity"] == scores["lesion_dice"] == 0.0
    assert scores["volume_error"] == -1.0


def filled(reference, prediction, policy="brats"):
    return fill_undefined(
        region_scores(reference, prediction),
        reference_is_empty=not reference.any(),
        prediction_is_empty=not prediction.any(),
        diagonal_mm=image_diagonal_mm(reference.shape),
        policy=policy,
    )


def test_brats_policy_rewards_silence_about_nothing():
    scores = filled(NOTHING, NOTHING)
    assert not undefined(scores)
    for key in CONTRACT[:5]:
        assert scores[key] == 1.0
    assert [scores[key] for key in ("hd", "hd95", "hd95_voxel", "assd")] == [0.0] * 4
    assert scores["nsd_1mm"] == scores["nsd_2mm"] == scores["lesion_f1"] == 1.0
    assert scores["volume_error"] == 0.0


@pytest.mark.parametrize("reference_is_empty", [True, False])
def test_brats_policy_punishes_the_rest_by_the_images_own_diagonal(reference_is_empty):
    pair = [NOTHING, square(5, 5)]
    scores = filled(*(pair if reference_is_empty else pair[::-1]))
    assert undefined(scores) == ({"volume_error"} if reference_is_empty else set())
    for key in ("hd", "hd95", "hd95_voxel", "assd"):
        assert scores[key] == math.hypot(60, 60)
    for key in ("dice", "iou", "sensitivity", "precision", "nsd_1mm", "nsd_2mm"):
        assert scores[key] == 0.0


@pytest.mark.parametrize("policy", ["skip", "nan"])
def test_other_policies_leave_values_undefined(policy):
    scores = filled(NOTHING, square(5, 5), policy)
    assert undefined(scores) == SURFACES | {"sensitivity", "volume_error"}


def test_policies_differ_in_what_a_mean_does():
    assert {
        name: policy.undefined_is_left_out for name, policy in POLICIES.items()
    } == {
        "brats": True,
        "skip": True,
        "nan": False,
    }


def test_policy_leaves_defined_values_alone():
    pair = square(5, 5), square(6, 5)
    assert filled(*pair) == region_scores(*pair)
    full = np.ones_like(NOTHING)
    assert undefined(filled(full, full)) == {"specificity"}


def test_unknown_policy_is_refused():
    with pytest.raises(InvalidInputError, match=r"policy: found 'zero'.*brats"):
        filled(NOTHING, NOTHING, "zero")


def test_diagonal_uses_the_spacing():
    assert image_diagonal_mm((3, 4), (2.0, 2.0)) == 10.0
    with pytest.raises(InvalidInputError, match="spacing_mm"):
        image_diagonal_mm((3, 4), (2.0,))


# Cost


def test_import_is_cheap():
    script = (
        "import sys; import bratsfuse.metrics.segmentation as s; s.METRICS; "
        "print([m for m in ('numba', 'scipy', 'skimage', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_first_compilation_says_so_and_the_next_start_is_silent(tmp_path):
    script = (
        "import numpy as np; from bratsfuse.metrics import segmentation; "
        "nothing = np.zeros((9, 9), np.uint8); "
        "segmentation.evaluate(nothing, nothing, metrics=['dice'])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ
            | {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0"},
        ).stderr
        for _ in range(2)
    ]
    assert said[0].startswith("compiling the metrics for this computer")
    assert said[0].count("\n") == 1
    assert said[1] == ""
