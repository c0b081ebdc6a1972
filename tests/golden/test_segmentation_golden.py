"""Golden values: synthetic masks, scored once by brute force and by the public tools.

Integers exactly, ratios to 1e-12, distances to 1e-9 relative. A value that moves is a
change of convention and belongs into the change log.
"""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bratsfuse.metrics import segmentation
from bratsfuse.metrics.empty_policy import fill_undefined, image_diagonal_mm
from bratsfuse.metrics.of_segmentation import count

FOLDER = Path(__file__).parent / "segmentation"
GOLDEN = json.loads((FOLDER / "values.json").read_text())
PANOPTIC = json.loads((FOLDER / "panoptic.json").read_text())["cases"]

RATIO = {"rel": 1e-12, "abs": 1e-12}
DISTANCE = {"rel": 1e-9, "abs": 1e-12}
LESION_PRESETS = {"GLI2023": "brats2023-gli", "MET2023": "brats2023-met"}


@cache
def stored():
    with np.load(FOLDER / "inputs.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


def masks(case):
    return stored()[f"{case}/gt"], stored()[f"{case}/pred"]


def approx(golden, tolerance):
    return pytest.approx(
        math.nan if golden is None else golden, nan_ok=True, **tolerance
    )


def score(case, keys, preset="brats2023-gli"):
    """Score a case through evaluate, as the one region of two label maps."""
    reference, prediction = (mask.astype(np.uint8) for mask in masks(case))
    return segmentation.evaluate(
        reference,
        prediction,
        GOLDEN["cases"][case]["spacing"],
        {"mask": {1}},
        metrics=keys,
        preset=preset,
    )["mask"]


def test_holds_all_cases():
    assert len(GOLDEN["cases"]) == 36
    assert sum(len(case["shape"]) == 2 for case in GOLDEN["cases"].values()) == 27


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_overlap(case):
    golden = GOLDEN["cases"][case]["overlap"]
    counts = count(*masks(case))
    assert [counts.tp, counts.fp, counts.fn, counts.tn] == [
        golden[key] for key in ("tp", "fp", "fn", "tn")
    ]
    keys = ["dice", "iou", "sensitivity", "specificity", "precision"]
    assert score(case, keys) == {key: approx(golden[key], RATIO) for key in keys}


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_surfaces(case):
    surfel = GOLDEN["cases"][case]["surfel"] or {}
    voxel = GOLDEN["cases"][case]["voxel"] or {}
    expected = {
        "hd": approx(surfel.get("hd"), DISTANCE),
        "hd95": approx(surfel.get("hd95"), DISTANCE),
        "assd": approx(surfel.get("assd_pooled"), DISTANCE),
        "asd_from_reference": approx(surfel.get("avg_gt_to_pred"), DISTANCE),
        "asd_from_prediction": approx(surfel.get("avg_pred_to_gt"), DISTANCE),
        "nsd_1mm": approx(surfel.get("nsd_1.0"), RATIO),
        "nsd_2mm": approx(surfel.get("nsd_2.0"), RATIO),
        "hd95_voxel": approx(voxel.get("hd95_max_of_directed"), DISTANCE),
    }
    assert score(case, list(expected)) == expected


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_surface_dice_at_half_a_millimetre(case):
    golden = (GOLDEN["cases"][case]["surfel"] or {}).get("nsd_0.5")
    spacing = GOLDEN["cases"][case]["spacing"]
    found = segmentation.normalized_surface_dice(
        *masks(case), spacing, tolerance_mm=0.5
    )
    assert found == approx(golden, RATIO)
    assert score(case, ["nsd_0.5mm"]) == {"nsd_0.5mm": approx(golden, RATIO)}


@pytest.mark.parametrize("case", PANOPTIC)
def test_panoptic_quality_is_that_of_panoptica(case):
    golden = PANOPTIC[case]
    found = score(case, ["pq", "sq", "rq"])
    if case == "2d_salt_noise":
        # Pairs of two pixels and one: panoptica takes an IoU of 0.5 for a match.
        assert found["pq"] < golden["pq"]
        return
    assert found["pq"] == approx(golden["pq"], RATIO)
    assert found["rq"] == approx(golden["rq"], RATIO)
    # It gives 0 for the mean IoU of no lesion.
    assert found["sq"] == approx(golden["sq"] if golden["tp"] else None, RATIO)


@pytest.mark.parametrize("rules", LESION_PRESETS)
@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_lesions(case, rules):
    golden = GOLDEN["cases"][case]["lesionwise"][rules]
    expected = {
        "lesion_tp": golden["tp"],
        "lesion_fp": golden["fp"],
        "lesion_fn": golden["fn"],
        "lesion_dice": approx(golden["lesion_dice"], RATIO),
        "lesion_f1": approx(golden["lesion_f1"], RATIO),
        "lesion_hd95": approx(golden["lesion_hd95_surfel"], DISTANCE),
    }
    assert score(case, list(expected), LESION_PRESETS[rules]) == expected


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_brats_policy(case):
    golden = GOLDEN["cases"][case]["brats_policy"]
    reference, prediction = masks(case)
    diagonal = image_diagonal_mm(reference.shape, GOLDEN["cases"][case]["spacing"])
    assert diagonal == approx(golden["penalty_image_diagonal_mm"], DISTANCE)
    filled = fill_undefined(
        score(case, ["dice", "hd95", "hd95_voxel"]),
        reference_is_empty=not reference.any(),
        prediction_is_empty=not prediction.any(),
        diagonal_mm=diagonal,
        policy="brats",
    )
    assert filled == {
        "dice": approx(golden["dice"], RATIO),
        "hd95": approx(golden["hd95_surfel"], DISTANCE),
        "hd95_voxel": approx(golden["hd95_voxel_max"], DISTANCE),
    }


def test_volume_equals_the_official_brats2023_script():
    found = segmentation.evaluate(stored()["volume/gt"], stored()["volume/pred"])
    for row in GOLDEN["volume_official_brats2023"]["rows"]:
        scores = found[row["Labels"]]
        assert scores["lesion_tp"] == row["Num_TP"]
        assert scores["lesion_fp"] == row["Num_FP"]
        assert scores["lesion_fn"] == row["Num_FN"]
        assert scores["lesion_dice"] == approx(row["LesionWise_Score_Dice"], RATIO)
        assert scores["lesion_hd95"] == approx(row["LesionWise_Score_HD95"], DISTANCE)
        assert scores["sensitivity"] == approx(row["Sensitivity"], RATIO)
        assert scores["specificity"] == approx(row["Specificity"], RATIO)
        assert scores["dice"] == approx(row["Legacy_Dice"], RATIO)
        assert scores["hd95"] == approx(row["Legacy_HD95"], DISTANCE)


@pytest.mark.parametrize("submission", ["A", "B", "C", "D"])
def test_dataset_per_case(submission):
    keys = ["dice", "iou", "sensitivity", "specificity", "precision"]
    for case, regions in GOLDEN["dataset"]["per_case"][submission].items():
        reference = stored()[f"dataset/gt/{case}"]
        prediction = stored()[f"dataset/{submission}/{case}"]
        found = segmentation.evaluate(
            reference, prediction, metrics=[*keys, "hd95", "hd95_voxel"]
        )
        for region, golden in regions.items():
            labels = sorted({"WT": {1, 2, 3}, "TC": {1, 3}, "ET": {3}}[region])
            for key in keys:
                assert found[region][key] == approx(golden[key], RATIO)
            filled = fill_undefined(
                found[region],
                reference_is_empty=not np.isin(reference, labels).any(),
                prediction_is_empty=not np.isin(prediction, labels).any(),
                diagonal_mm=image_diagonal_mm(reference.shape),
            )
            assert filled["dice"] == approx(golden["dice_brats"], RATIO)
            assert filled["hd95"] == approx(golden["stack_hd95_surfel"], DISTANCE)
            assert filled["hd95_voxel"] == approx(
                golden["stack_hd95_voxel_max"], DISTANCE
            )
