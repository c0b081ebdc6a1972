"""Write the golden vectors that the package carries, from those of the tests.

    python tests/golden/regenerate_segmentation.py

Six slices and two small volumes. Nothing is computed here but the volume error, from
the golden counts; the values are those of ``segmentation/values.json``.
"""

import json
from pathlib import Path

import numpy as np

from bratsfuse.metrics import golden

SOURCE = Path(__file__).parent / "segmentation"
TARGET = Path(golden.__file__).parent
CASES = (
    "2d_real_WT",
    "2d_aniso",
    "2d_concentric_squares",
    "2d_five_lesions",
    "2d_pred_empty",
    "2d_small_7x5",
    "3d_aniso",
    "3d_four_lesions",
)
TOLERANCE = {"": 1e-12, "mm": 1e-9, "lesions": 0}


def main() -> None:
    cases = json.loads((SOURCE / "values.json").read_text())["cases"]
    with np.load(SOURCE / "inputs.npz") as arrays:
        masks = {
            f"{name}__{of}": arrays[f"{name}/{golden_of}"].astype(np.uint8)
            for name in CASES
            for of, golden_of in (("reference", "gt"), ("prediction", "pred"))
        }
    np.savez_compressed(TARGET / "segmentation.npz", **masks)
    content = {
        "tolerance": TOLERANCE,
        "spacing_mm": {name: cases[name]["spacing"] for name in CASES},
        "values": {name: values_of(cases[name]) for name in CASES},
    }
    text = json.dumps(content, indent=1)
    (TARGET / "segmentation.json").write_text(text + "\n")


def values_of(case):
    """Return the golden value of every metric by our key; None where undefined."""
    overlap, lesions = case["overlap"], case["lesionwise"]["GLI2023"]
    surfel, voxel = case["surfel"] or {}, case["voxel"] or {}
    in_reference = overlap["tp"] + overlap["fn"]
    keys = ("dice", "iou", "sensitivity", "specificity", "precision")
    return {key: overlap[key] for key in keys} | {
        "hd": surfel.get("hd"),
        "hd95": surfel.get("hd95"),
        "hd95_voxel": voxel.get("hd95_max_of_directed"),
        "assd": surfel.get("assd_pooled"),
        "nsd_1mm": surfel.get("nsd_1.0"),
        "nsd_2mm": surfel.get("nsd_2.0"),
        "asd_from_reference": surfel.get("avg_gt_to_pred"),
        "asd_from_prediction": surfel.get("avg_pred_to_gt"),
        "masd": (surfel and (surfel["avg_gt_to_pred"] + surfel["avg_pred_to_gt"]) / 2)
        or None,
        "volume_error": (overlap["fp"] - overlap["fn"]) / in_reference,
        "lesion_dice": lesions["lesion_dice"],
        "lesion_hd95": lesions["lesion_hd95_surfel"],
        "lesion_f1": lesions["lesion_f1"],
        "lesion_tp": lesions["tp"],
        "lesion_fp": lesions["fp"],
        "lesion_fn": lesions["fn"],
    }


if __name__ == "__main__":
    main()
