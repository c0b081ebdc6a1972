"""The lesion-wise rules: small cases by hand, and a slow restatement in plain SciPy."""

import math

import numpy as np
import pytest
from scipy import ndimage

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.segmentation import PRESETS, hausdorff_distance_95

LESION_KEYS = [key for key in segmentation.DEFAULT if key.startswith("lesion_")]
TISSUES = {"NETC": 1, "SNFH": 2, "ET": 3, "RC": 4}
REGIONS = {"WT": {1, 2, 3}, "TC": {1, 3}, **{name: {v} for name, v in TISSUES.items()}}
CROSS = {2: ndimage.generate_binary_structure(2, 2)}
CROSS[3] = ndimage.generate_binary_structure(3, 2)


def blank(shape=(60, 60)):
    return np.zeros(shape, np.uint8)


def square(row, column, side=8, shape=(60, 60)):
    image = blank(shape)
    image[row : row + side, column : column + side] = 1
    return image


def score(reference, prediction, preset="brats2023-gli", spacing_mm=None, region=None):
    return {
        key.removeprefix("lesion_"): value
        for key, value in segmentation.evaluate(
            reference,
            prediction,
            spacing_mm,
            region or {"lesion": {1}},
            metrics=LESION_KEYS,
            preset=preset,
        )[next(iter(region or ["lesion"]))].items()
    }


# By hand


def test_missed_lesion_costs_the_penalty():
    reference = square(5, 5) | square(40, 40)
    found = score(reference, square(5, 5))
    assert (found["tp"], found["fp"], found["fn"]) == (1, 0, 1)
    assert found["dice"] == 0.5
    assert found["hd95"] == pytest.approx(math.hypot(240, 240) / 2)


def test_invented_lesion_costs_as_much_as_a_missed_one_however_small():
    speck = blank()
    speck[40, 40] = 1
    found = score(square(5, 5), square(5, 5) | speck)
    assert (found["tp"], found["fp"], found["fn"]) == (1, 1, 0)
    assert found["dice"] == 0.5
    assert found["hd95"] == pytest.approx(math.hypot(240, 240) / 2)


@pytest.mark.parametrize(("side", "scored"), [(7, 0), (8, 1)])
def test_lesions_of_fifty_or_less_are_not_scored(side, scored):
    found = score(square(5, 5, side), blank())
    assert found["fn"] == scored
    assert found["dice"] == 1 - scored


def test_threshold_is_a_volume_and_not_a_count():
    found = score(square(5, 5, 7), blank(), spacing_mm=(1.0, 1.1))
    assert found["fn"] == 1


def test_component_on_an_ignored_lesion_is_not_invented():
    found = score(square(5, 5, 4), square(5, 5, 4))
    assert (found["tp"], found["fp"], found["fn"]) == (0, 0, 0)
    assert found["dice"] == 1
    assert found["hd95"] == 0
    assert math.isnan(found["f1"])


def test_near_miss_is_found_with_dice_zero():
    found = score(square(5, 5), square(5, 14))  # one column of background between
    assert (found["tp"], found["fp"], found["fn"]) == (1, 0, 0)
    assert found["dice"] == 0
    assert 0 < found["hd95"] < 20


@pytest.mark.parametrize(("gap", "lesions"), [(6, 1), (7, 2)])
def test_components_whose_dilations_touch_are_one_lesion(gap, lesions):
    reference = square(5, 5) | square(5, 13 + gap)
    assert score(reference, blank())["fn"] == lesions


def test_one_component_serves_every_lesion_that_it_meets():
    reference = square(5, 5) | square(5, 30)
    bridge = blank()
    bridge[5:13, 5:38] = 1
    found = score(reference, bridge)
    assert (found["tp"], found["fp"], found["fn"]) == (2, 0, 0)
    assert found["dice"] == pytest.approx(2 * 64 / (64 + 8 * 33))


def test_lesion_is_matched_with_all_its_components():
    halves = square(5, 5)
    halves[9] = 0
    found = score(square(5, 5), halves)
    assert (found["tp"], found["fp"]) == (1, 0)
    assert found["dice"] == pytest.approx(2 * 56 / (56 + 64))


def test_corners_touch():
    diagonal = square(5, 5) | square(13, 13)
    assert score(diagonal, diagonal, "brats2023-met")["tp"] == 1


def test_dilation_of_a_volume_leaves_out_the_corners_of_the_cube():
    def cubes(start):
        volume = np.zeros((20, 20, 20), np.uint8)
        volume[:5, :5, :5] = 1
        volume[(slice(start, start + 5),) * 3] = 1
        return volume

    assert score(cubes(6), cubes(6), "brats2023-men")["tp"] == 1
    assert score(cubes(7), cubes(7), "brats2023-men")["tp"] == 2


@pytest.mark.parametrize(
    ("preset", "shape", "penalty"),
    [
        ("brats2023-gli", (60, 60), 339.4112549695428),
        ("brats2023-gli", (9, 60, 60), 374.0),
        ("brats2023-met", (9, 60, 60), 374.0),
        ("brats2024-gli", (60, 60), math.hypot(218, 182)),
        ("brats2025-gli", (9, 60, 60), 337.0),
    ],
)
def test_penalty_is_the_challenges_and_not_the_images(preset, shape, penalty):
    reference = blank(shape)
    reference[..., 5:15, 5:15] = 1
    found = score(reference, blank(shape), preset, spacing_mm=[2.0] * len(shape))
    assert found["hd95"] == pytest.approx(penalty, rel=1e-12)


def test_small_predicted_lesions_are_deleted_in_2024_only():
    speck = blank()
    speck[40:44, 40:45] = 1
    both = square(5, 5) | speck
    assert score(square(5, 5), both, "brats2023-gli")["fp"] == 1
    assert score(square(5, 5), both, "brats2024-gli")["fp"] == 0
    speck[44, 40] = 1  # 21 pixels
    assert score(square(5, 5), square(5, 5) | speck, "brats2024-gli")["fp"] == 1


def test_presets_are_those_of_the_documentation():
    assert list(PRESETS) == [
        "brats2023-gli",
        "brats2023-men",
        "brats2023-met",
        "brats2023-ped",
        "brats2023-ssa",
        *(
            f"brats{year}-{track}"
            for year in (2024, 2025)
            for track in ("gli", "men", "men-rt", "met", "ped", "ssa")
        ),
    ]


def test_unknown_preset_is_refused():
    with pytest.raises(InvalidInputError, match=r"preset: found 'gli'.*brats2023-gli"):
        score(square(5, 5), square(5, 5), "gli")


# Restated


def components(mask):
    return ndimage.label(mask, np.ones((3,) * mask.ndim))[0]


def numbered_as_in_a_file(labels):
    """Number lesions as first met with x slowest, as in a file's (x, y, z) array."""
    order = dict.fromkeys(labels.T.ravel().tolist())
    order.pop(0, None)
    renumbered = np.zeros_like(labels)
    for number, label in enumerate(order, start=1):
        renumbered[labels == label] = number
    return renumbered


def grouped(mask, steps):
    dilated = ndimage.binary_dilation(mask, CROSS[mask.ndim], steps)
    return numbered_as_in_a_file(components(dilated) * mask)


def without_small(labels, threshold):
    for label in np.unique(labels)[1:]:
        if (labels == label).sum() <= threshold:
            labels = np.where(labels == label, 0, labels)
    return labels


def merged(labels, others):
    touching = []
    for label in np.unique(labels)[1:]:
        around = ndimage.binary_dilation(labels == label, CROSS[labels.ndim])
        touching += [(label, other) for other in np.unique(others[around]) if other]
    if len(touching) < 2:
        return labels
    new, start = {}, labels.max() + 1
    for _, other in sorted(touching):
        new.setdefault(other, start + len(new))
    result = labels.copy()
    for label, other in sorted(touching, reverse=True):
        result[labels == label] = new[other]  # the first pair is written last
    return result


def lesions_of_2024(label_map, region, *, is_prediction):
    def of(name):
        mask = np.isin(label_map, sorted(REGIONS[name]))
        labels = grouped(mask, 5 if name in ("NETC", "RC") else 3)
        threshold = 10 if name == "ET" else 20
        return without_small(labels, threshold) if is_prediction else labels

    neighbours = {
        "NETC": ["ET", "RC"],
        "ET": ["NETC", "RC"],
        "RC": ["ET", "NETC"],
        "SNFH": ["ET", "RC", "NETC"],
    }
    labels = of(region)
    for name in neighbours.get(region, []):
        labels = merged(labels, of(name))
    return labels


def restated(reference, prediction, region, preset):
    """Score one region of 1 mm label maps, lesion by lesion on the whole image."""
    if preset == "brats2024-gli":
        lesions = lesions_of_2024(reference, region, is_prediction=False)
        predicted = lesions_of_2024(prediction, region, is_prediction=True)
        steps = 5 if region in ("NETC", "RC") else 3
        threshold = 10 if region == "ET" else 20
        penalty = 337.0 if reference.ndim == 3 else math.hypot(182, 218)
    else:
        steps, threshold = {"gli": (3, 50), "men": (1, 50), "met": (1, 2)}[preset[-3:]]
        values = sorted(REGIONS[region])
        lesions = grouped(np.isin(reference, values), steps)
        predicted = components(np.isin(prediction, values))
        penalty = 374.0 if reference.ndim == 3 else math.hypot(240, 240)

    dice, hd95, matched, tp = [], [], set(), 0
    for label in np.unique(lesions)[1:]:
        lesion = lesions == label
        around = ndimage.binary_dilation(lesion, CROSS[lesion.ndim], steps)
        hits = set(np.unique(predicted[around]).tolist()) - {0}
        matched |= hits
        if lesion.sum() <= threshold:
            continue
        union = np.isin(predicted, sorted(hits))
        tp += bool(hits)
        dice.append(2 * (lesion & union).sum() / (lesion.sum() + union.sum()))
        hd95.append(hausdorff_distance_95(lesion, union) if hits else penalty)
    fp = len(set(np.unique(predicted).tolist()) - {0} - matched)
    n = len(dice) + fp
    return {
        "dice": sum(dice) / n if n else 1.0,
        "hd95": (sum(hd95) + fp * penalty) / n if n else 0.0,
        "f1": 2 * tp / (tp + len(dice) + fp) if n else math.nan,
        "tp": tp,
        "fp": fp,
        "fn": len(dice) - tp,
    }


def tissue_map(rng, shape):
    """Draw blobs of the four tissues that overlap or lie near each other."""
    label_map = np.zeros(shape, np.uint8)
    grid = np.indices(shape)
    for _ in range(int(np.prod(shape) ** 0.5 / 4)):
        centre = [rng.integers(0, n) for n in shape]
        squared = sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True))
        label_map[squared < rng.uniform(1.0, 4.5) ** 2] = rng.integers(0, 5)
    return label_map


@pytest.mark.parametrize("shape", [(80, 70), (24, 30, 26)])
@pytest.mark.parametrize(
    "preset", ["brats2023-gli", "brats2023-men", "brats2023-met", "brats2024-gli"]
)
def test_equals_the_rules_restated(preset, shape):
    rng = np.random.default_rng(7)
    n_lesions = 0
    for _ in range(12):
        reference = tissue_map(rng, shape)
        moved = np.roll(reference, rng.integers(0, 4), -1)
        prediction = np.where(rng.random(shape) < 0.9, moved, 0).astype(np.uint8)
        if rng.random() < 0.3:
            prediction = tissue_map(rng, shape)
        for region in REGIONS:
            expected = restated(reference, prediction, region, preset)
            found = score(reference, prediction, preset, region=[region])
            assert found == pytest.approx(expected, rel=1e-9, nan_ok=True), region
            n_lesions += expected["tp"]
    assert n_lesions >= 40  # the comparison has something to compare


def test_tissues_join_lesions_across_regions():
    # Two enhancing parts, far apart, hold on to one necrosis: 2024 calls them one.
    label_map = blank()
    label_map[20:24, 5:50] = 1
    label_map[24:30, 5:10] = 3
    label_map[24:30, 45:50] = 3
    apart = score(label_map, blank(), "brats2023-gli", region={"ET": {3}})
    joined = score(label_map, blank(), "brats2024-gli", region={"ET": {3}})
    assert apart["fn"] == 0  # 30 pixels each: ignored in 2023
    assert joined["fn"] == 1


def test_a_lesion_between_two_others_joins_the_first_of_them_only():
    label_map = blank((90, 90))
    label_map[60:66, 10:16] = 1  # necrosis, the first as x counts slowest
    label_map[20:26, 40:50] = 1  # necrosis, the second
    label_map[22:63, 16:18] = 3  # enhancing, from the one ...
    label_map[22:24, 16:40] = 3  # ... to the other
    label_map[20:26, 50:56] = 3  # enhancing, on the second only
    for turned, lesions in (
        (label_map, 2),
        (label_map[::-1], 2),
        (label_map[:, ::-1], 1),  # the second necrosis has become the first
    ):
        pair = np.ascontiguousarray(turned), blank((90, 90))
        assert score(*pair, "brats2024-gli", region=["ET"])["fn"] == lesions


def test_lesions_are_numbered_as_in_the_whole_image():
    # Dilated, both necroses reach beyond the tumour's box, the left one farther: it is
    # the first, though in the box alone both would begin in the same column.
    label_map = blank((80, 80))
    label_map[40:60, 10:16] = 1  # the left one
    label_map[10:16, 12:18] = 1  # the upper one
    label_map[12:44, 18:20] = label_map[42, 16:18] = 3  # enhancing, on both
    label_map[60:64, 10:14] = 3  # enhancing, on the left one only
    found = score(label_map, blank((80, 80)), "brats2024-gli", region=["ET"])
    assert found["fn"] == 1


def test_oedema_is_grouped_and_matched_within_three():
    # Five was meant, but the script writes SFNH wherever it chooses the dilation.
    near = square(5, 5) | square(5, 20)  # seven columns apart
    assert score(2 * near, blank(), "brats2024-gli", region=["SNFH"])["fn"] == 2
    assert score(near, blank(), "brats2024-gli", region=["NETC"])["fn"] == 1
    for column, found in ((15, (1, 0)), (16, (0, 1))):
        moved = 2 * square(5, column)
        row = score(2 * square(5, 5), moved, "brats2024-gli", region=["SNFH"])
        assert (row["tp"], row["fp"]) == found


def test_dilation_does_not_need_the_room_beyond_the_foreground():
    rng = np.random.default_rng(3)
    for _ in range(20):
        reference = rng.random((30, 30)) < 0.03
        prediction = rng.random((30, 30)) < 0.03
        scores = score(reference.astype(np.uint8), prediction.astype(np.uint8))
        wide = [np.pad(mask, 9).astype(np.uint8) for mask in (reference, prediction)]
        assert score(*wide) == pytest.approx(scores, nan_ok=True)


def test_a_hundred_lesions():
    reference = blank((70, 70))
    reference[3::7, 3::7] = 1
    reference[4::7, 3:-1:7] = 1
    reference[4::7, 4::7] = 1  # three pixels each, seven apart
    found = score(reference, reference, "brats2023-met")
    assert (found["tp"], found["fp"], found["fn"]) == (100, 0, 0)
    assert found["dice"] == 1.0
