"""Segmentation metrics that are asked for by key: literal versions and edges."""

import math

import numpy as np
import pytest
from scipy import ndimage

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import segmentation

RNG = np.random.default_rng(2)


def square(top, left, side=10, shape=(60, 70)):
    mask = np.zeros(shape, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def blobs(shape=(60, 70)):
    noise = ndimage.gaussian_filter(RNG.standard_normal(shape), 2.0)
    return noise > np.quantile(noise, 0.8)


def scores(reference, prediction, keys, **options):
    maps = (mask.astype(np.uint8) for mask in (reference, prediction))
    options = {"regions": {"mask": {1}}, "metrics": keys} | options
    return segmentation.evaluate(*maps, **options)["mask"]


# Keys


def test_only_what_is_not_on_request_is_given_unasked():
    unasked = scores(square(5, 5), square(6, 6), None)
    assert list(unasked) == list(segmentation.DEFAULT)
    assert "masd" in segmentation.METRICS
    assert not {"masd", "pq", "reference_ml"} & set(unasked)


@pytest.mark.parametrize("key", ["nsd_1mm", "nsd_1.0mm", "nsd_1.00mm"])
def test_a_tolerance_can_be_written_in_several_ways(key):
    expected = segmentation.surface_dice_1mm(square(5, 5), square(6, 7))
    assert scores(square(5, 5), square(6, 7), [key]) == {key: expected}


def test_a_key_with_a_tolerance_has_a_record():
    metric = segmentation.METRICS["nsd_0.5mm"]
    assert (metric.key, metric.title, metric.worst) == ("nsd_0.5mm", "NSD 0.5 mm", 0.0)
    assert segmentation.METRICS["lesion_nsd_0.5mm"].pooling == "lesion mean"
    assert metric is segmentation.METRICS["nsd_0.5mm"]


@pytest.mark.parametrize(
    "key",
    ["nsd_mm", "nsd_-1mm", "nsd_1", "nsd_1e3mm", "NSD_1mm", "nsd_\u0661mm", "nsd"],
)
def test_other_keys_are_no_tolerances(key):
    with pytest.raises(InvalidInputError, match="nsd_<number>mm"):
        scores(square(5, 5), square(6, 6), [key])
    with pytest.raises(KeyError):
        segmentation.METRICS[key]


def test_a_tolerance_that_no_number_holds_is_refused():
    with pytest.raises(InvalidInputError, match="expected keys out of"):
        scores(square(5, 5), square(6, 6), [f"nsd_{'9' * 400}mm"])


# Distances


def test_directions_tell_what_was_missed_from_what_was_made_up():
    reference, prediction = square(5, 5), square(5, 5) | square(40, 50)
    found = scores(reference, prediction, "all")
    assert found["hd_from_reference"] == found["asd_from_reference"] == 0
    assert found["hd_from_prediction"] == found["hd"] > 30
    assert found["hd95_from_prediction"] == found["hd95"]
    assert found["masd"] == found["asd_from_prediction"] / 2
    assert found["masd"] != found["assd"]


# Boundary IoU


def literal_rim(mask, steps):
    wide = np.pad(mask, 1)
    inner = ndimage.binary_erosion(wide, np.ones((3,) * mask.ndim), iterations=steps)
    return mask & ~inner[(slice(1, -1),) * mask.ndim]


@pytest.mark.parametrize("shape", [(60, 70), (240, 240), (20, 40, 50)])
def test_boundary_iou_erodes_step_by_step(shape):
    reference, prediction = blobs(shape), blobs(shape) | blobs(shape)
    reference[:9] = True  # touches the edge
    steps = max(1, round(0.02 * math.dist((0,) * len(shape), shape)))
    one, other = literal_rim(reference, steps), literal_rim(prediction, steps)
    expected = (one & other).sum() / (one | other).sum()
    found = segmentation.boundary_intersection_over_union(reference, prediction)
    assert found == expected < 1


def test_boundary_iou_of_a_240_slice_is_seven_pixels_wide():
    big = square(50, 50, 100, (240, 240))
    hole = big.copy()
    hole[57:143, 57:143] = False
    assert segmentation.boundary_intersection_over_union(big, hole) == 1
    hole[56, 100] = False
    assert segmentation.boundary_intersection_over_union(big, hole) < 1


# Lesions


def test_panoptic_quality_is_the_product_of_its_parts():
    reference = square(5, 5) | square(40, 50) | square(5, 50)
    prediction = square(6, 6) | square(40, 52) | square(30, 20)
    found = scores(reference, prediction, ["pq", "sq", "rq"])
    assert found["rq"] == pytest.approx(4 / 6)
    assert found["sq"] == pytest.approx((81 / 119 + 80 / 120) / 2)
    assert found["pq"] == pytest.approx(found["sq"] * found["rq"])


def test_half_of_the_union_is_no_match():
    reference = np.zeros((9, 9), bool)
    reference[2, 2:4] = True
    prediction = reference.copy()
    prediction[2, 3] = False
    found = scores(reference, prediction, ["pq", "sq", "rq"])
    assert found["pq"] == found["rq"] == 0
    assert math.isnan(found["sq"])


def test_lesion_nsd_counts_missed_and_made_up_lesions_as_zero():
    reference = square(5, 5) | square(40, 50)
    prediction = square(6, 6) | square(5, 50, 3)
    alone = segmentation.surface_dice_1mm(square(5, 5), square(6, 6))
    found = scores(reference, prediction, ["lesion_nsd_1mm"])
    assert found == {"lesion_nsd_1mm": pytest.approx(alone / 3)}


@pytest.mark.parametrize("preset", ["brats2023-gli", "brats2024-gli"])
def test_lesion_nsd_of_one_lesion_is_that_of_the_mask(preset):
    reference, prediction = square(5, 5, 14), square(7, 6, 14)
    found = scores(
        reference, prediction, ["nsd_1.5mm", "lesion_nsd_1.5mm"], preset=preset
    )
    assert found["nsd_1.5mm"] == found["lesion_nsd_1.5mm"]
    function = segmentation.METRICS["lesion_nsd_1.5mm"].function
    assert function(reference, prediction, preset=preset) == found["nsd_1.5mm"]


def test_lesion_nsd_of_nothing_is_one():
    nothing = np.zeros((20, 20), bool)
    assert scores(nothing, nothing, ["lesion_nsd_1mm"]) == {"lesion_nsd_1mm": 1.0}


# Volumes


def test_volumes_are_voxels_times_their_size():
    reference = np.zeros((10, 20, 20), bool)
    reference[2:4, 5:15, 5:15] = True
    found = scores(
        reference,
        ~reference,
        ["reference_ml", "prediction_ml"],
        spacing_mm=(5.0, 0.5, 0.5),
    )
    assert found == {"reference_ml": 0.25, "prediction_ml": 4.75}


def test_a_slice_has_no_volume():
    found = scores(square(5, 5), square(5, 5), ["reference_ml", "prediction_ml"])
    assert all(map(math.isnan, found.values()))
