"""Laws that every segmentation metric obeys on every mask."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.metrics import segmentation

METRICS = {key: segmentation.METRICS[key] for key in segmentation.DEFAULT}
"""Those on request have laws of their own, in test_requested_segmentation.py."""

LESION_KEYS = [key for key, metric in METRICS.items() if metric.family == "lesion"]
SURFACE_KEYS = ["hd", "hd95", "hd95_voxel", "assd", "nsd_1mm", "nsd_2mm"]
SYMMETRIC_KEYS = ["dice", "iou", *SURFACE_KEYS]
CHECK = settings(max_examples=60)

shapes = st.one_of(
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    arrays.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=7),
)
sizes_mm = st.sampled_from([0.5, 0.7, 1.0, 1.3, 3.0])
presets = st.sampled_from(sorted(segmentation.PRESETS))


@st.composite
def masks(draw, shape):
    """Draw noise, a union of boxes, or both; empty and full masks among them."""
    density = draw(st.sampled_from([0.0, 0.02, 0.2, 0.6, 1.0]))
    noise = np.random.default_rng(draw(st.integers(0, 2**32))).random(shape)
    mask = noise < density
    for _ in range(draw(st.integers(0, 2))):
        ends = [
            sorted((draw(st.integers(0, n)), draw(st.integers(0, n)))) for n in shape
        ]
        mask[tuple(slice(*pair) for pair in ends)] = True
    return mask


@st.composite
def mask_pairs(draw):
    """Draw two masks of one shape and a spacing."""
    shape = draw(shapes)
    return (
        draw(masks(shape)),
        draw(masks(shape)),
        tuple(draw(sizes_mm) for _ in shape),
    )


def evaluate(reference, prediction, spacing_mm=None, preset="brats2023-met"):
    """Score masks as the one region of two label maps."""
    return segmentation.evaluate(
        reference.astype(np.uint8),
        prediction.astype(np.uint8),
        spacing_mm,
        {"mask": {1}},
        preset=preset,
    )["mask"]


def approx(scores):
    return pytest.approx(scores, rel=1e-9, abs=1e-9, nan_ok=True)


@CHECK
@given(pair=mask_pairs(), preset=presets)
def test_never_crashes_and_stays_in_its_range(pair, preset):
    scores = evaluate(*pair, preset=preset)
    assert list(scores) == list(METRICS)
    for key, value in scores.items():
        assert isinstance(value, float)
        if not math.isnan(value):
            assert METRICS[key].low <= value <= METRICS[key].high, key


@CHECK
@given(pair=mask_pairs())
def test_is_undefined_only_as_declared(pair):
    reference, prediction, spacing_mm = pair
    scores = evaluate(reference, prediction, spacing_mm)
    undefined = {
        "never": False,
        "both masks are empty": not (reference.any() or prediction.any()),
        "either mask is empty": not (reference.any() and prediction.any()),
        "the reference is empty": not reference.any(),
        "the prediction is empty": not prediction.any(),
        "the reference fills the image": reference.all(),
        "neither mask has a lesion": (
            scores["lesion_tp"] + scores["lesion_fp"] + scores["lesion_fn"] == 0
        ),
    }
    for key, metric in METRICS.items():
        assert math.isnan(scores[key]) == undefined[metric.undefined_when], key


@CHECK
@given(pair=mask_pairs(), preset=presets)
def test_functions_give_what_evaluate_gives(pair, preset):
    reference, prediction, spacing_mm = pair
    scores = evaluate(*pair, preset=preset)
    for key, metric in METRICS.items():
        if key in LESION_KEYS:
            alone = metric.function(reference, prediction, spacing_mm, preset=preset)
        elif key in SURFACE_KEYS:
            alone = metric.function(reference, prediction, spacing_mm)
        else:
            alone = metric.function(reference, prediction)
        assert alone == pytest.approx(scores[key], abs=0, rel=0, nan_ok=True), key


@CHECK
@given(pair=mask_pairs(), preset=presets)
def test_perfect_prediction_scores_perfect(pair, preset):
    reference, _, spacing_mm = pair
    rules = segmentation.PRESETS[preset]
    if rules.groups_predictions and not rules.deletes_by_volume:
        # These scripts delete predicted lesions by their voxels, and measure those of
        # the reference in mm^3: the law holds on the 1 mm images that they are for.
        spacing_mm = None
    perfect = {"lesion_fp": 0, "lesion_fn": 0, "lesion_dice": 1, "lesion_hd95": 0}
    for key, value in evaluate(reference, reference, spacing_mm, preset).items():
        metric = METRICS[key]
        if math.isnan(value) or key == "lesion_tp":
            continue
        best = 0 if metric.higher_is_better is not True else 1
        assert value == pytest.approx(perfect.get(key, best), abs=1e-12), key


@CHECK
@given(pair=mask_pairs())
def test_symmetric_metrics_do_not_mind_the_order(pair):
    reference, prediction, spacing_mm = pair
    scores = evaluate(reference, prediction, spacing_mm)
    swapped = evaluate(prediction, reference, spacing_mm)
    for key in SYMMETRIC_KEYS:
        assert scores[key] == pytest.approx(swapped[key], rel=1e-12, nan_ok=True), key
    assert scores["sensitivity"] == pytest.approx(swapped["precision"], nan_ok=True)


@CHECK
@given(pair=mask_pairs(), data=st.data())
def test_flips_and_quarter_turns_change_nothing(pair, data):
    reference, prediction, spacing_mm = pair
    axes = data.draw(st.permutations(range(reference.ndim)))
    flips = data.draw(st.lists(st.sampled_from(range(reference.ndim)), unique=True))

    def turned(mask):
        return np.flip(np.transpose(mask, axes), flips)

    moved = evaluate(
        turned(reference), turned(prediction), [spacing_mm[axis] for axis in axes]
    )
    assert moved == approx(evaluate(*pair))


@CHECK
@given(pair=mask_pairs(), data=st.data())
def test_place_in_the_image_matters_only_to_specificity(pair, data):
    reference, prediction, spacing_mm = pair
    padding = [
        (1 + data.draw(st.integers(0, 6)), 1 + data.draw(st.integers(0, 6)))
        for _ in reference.shape
    ]
    # Even without a margin the image's edge counts as background.
    scores = evaluate(*pair)
    padded = np.pad(reference, padding), np.pad(prediction, padding)
    moved = evaluate(*padded, spacing_mm)
    for key in METRICS.keys() - {"specificity"}:
        assert moved[key] == pytest.approx(scores[key], rel=1e-12, nan_ok=True), key


@CHECK
@given(pair=mask_pairs(), factor=st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_distances_scale_with_the_spacing(pair, factor):
    reference, prediction, spacing_mm = pair
    scores = evaluate(*pair)
    scaled = evaluate(reference, prediction, [factor * size for size in spacing_mm])
    for key in ("hd", "hd95", "hd95_voxel", "assd"):
        expected = pytest.approx(factor * scores[key], rel=1e-12, nan_ok=True)
        assert scaled[key] == expected, key
    for key in ("dice", "iou", "sensitivity", "specificity", "precision"):
        assert scaled[key] == pytest.approx(scores[key], rel=0, abs=0, nan_ok=True)


@CHECK
@given(pair=mask_pairs())
def test_distances_are_ordered(pair):
    reference, prediction, spacing_mm = pair
    scores = evaluate(*pair)
    if not (reference.any() and prediction.any()):
        return
    assert scores["hd95"] <= scores["hd"]
    assert scores["assd"] <= scores["hd"] * (1 + 1e-12)
    assert scores["nsd_1mm"] <= scores["nsd_2mm"]
    if scores["hd"] <= 1.0:
        assert scores["nsd_1mm"] == pytest.approx(1)
    diagonal = math.hypot(
        *(n * size for n, size in zip(reference.shape, spacing_mm, strict=True))
    )
    assert scores["hd"] <= diagonal * (1 + 1e-12)


@CHECK
@given(pair=mask_pairs(), preset=presets)
def test_lesions_found_and_missed_are_all_lesions(pair, preset):
    reference, prediction, spacing_mm = pair
    scores = evaluate(*pair, preset=preset)
    lesions = scores["lesion_tp"] + scores["lesion_fn"]
    missed = evaluate(reference, np.zeros_like(reference), spacing_mm, preset)
    assert missed["lesion_fn"] == lesions
    assert missed["lesion_tp"] == missed["lesion_fp"] == 0
    assert scores["lesion_dice"] <= 1.0
    if prediction.any() and not reference.any():
        assert scores["lesion_tp"] == scores["lesion_fn"] == 0


@CHECK
@given(pair=mask_pairs())
def test_inputs_are_not_modified(pair):
    reference, prediction, spacing_mm = pair
    labels = [mask.astype(np.uint8) for mask in (reference, prediction)]
    before = [array.copy() for array in labels]
    for array in labels:
        array.flags.writeable = False
    segmentation.evaluate(*labels, spacing_mm, preset="brats2024-gli")
    for array, copy in zip(labels, before, strict=True):
        np.testing.assert_array_equal(array, copy)
