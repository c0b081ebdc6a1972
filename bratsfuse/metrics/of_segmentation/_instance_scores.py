"""What the BraTS evaluator of 2026 prints for one group, under its names.

The rules are those of the package BraTS-evaluation 0.0.10 on panoptica 2.1.7, its
oddities included; each oddity is named where it stands.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._boundary_scores import (
    nsd_between,
    pooled_hd95,
)
from bratsfuse.metrics.of_segmentation._instances import Instances
from bratsfuse.metrics.of_segmentation._surface import measure_boundaries

Scores = dict[str, float | list[dict[str, float]]]

LEAST_DICE: Final = 1e-6
"""The Dice from which two lesions may match: one shared voxel."""

WHOLE_TOLERANCE: Final = 0.5
"""The tolerance of the NSD of a whole group, in voxels and not in millimetres."""


def score_group(instances: Instances, spacing_mm: tuple[float, ...]) -> Scores:
    """Return the scores of one group.

    Parameters
    ----------
    instances
        The lesions of both masks.
    spacing_mm
        Two or three pixel sizes; two make it a slice.
    """
    rows = instances.matched(LEAST_DICE)
    n_reference = instances.reference.count
    n_prediction = instances.prediction.count
    tp = rows.size
    fp, fn = n_prediction - tp, n_reference - tp
    sizes = instances.reference.sizes
    scores: dict[str, float] = {
        "n_ref_instances": n_reference,
        "n_pred_instances": n_prediction,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "prec": _ratio(tp, tp + fp),
        "rec": _ratio(tp, tp + fn),
        "rq": _ratio(2 * tp, 2 * tp + fp + fn),
    }
    nothing = not n_reference and not n_prediction
    matched = _measure_matched(instances, rows, spacing_mm)
    for key, values in matched.items():
        scores[f"sq_{key}"] = (
            float(values.mean()) if tp else _without_overlap(key, nothing=nothing)
        )
        scores[f"sq_{key}_std"] = float(values.std()) if tp else math.nan
    scores["pq_dsc"] = scores["sq_dsc"] * scores["rq"]
    mean_size = float(sizes[instances.overlaps[rows, 0]].mean()) if tp else math.nan
    scores["instance_voxel_count_ref"] = mean_size
    scores["instance_volume_ref"] = mean_size * math.prod(spacing_mm)
    scores["global_bin_volume_pred"] = int(instances.prediction.sizes.sum())
    scores["global_bin_volume_ref"] = int(sizes.sum())
    whole = _measure_whole(instances)
    scores |= {
        f"global_bin_{key}": _without_overlap(key, nothing=nothing)
        if whole is None
        else whole[key]
        for key in matched
    }
    lesions = _list_lesions(instances, rows, matched, spacing_mm)
    return {**scores, "reference_instances": lesions}


def f1_area(instances: Instances, step: float) -> float:
    """Return the area under F1 over the least Dice of a match; NaN without lesions."""
    total = instances.reference.count + instances.prediction.count
    if not total:
        return math.nan
    ends = np.minimum(np.arange(step, 1 + step, step), 1.0)
    thresholds = np.unique(np.round(ends, 5))
    f1 = [2 * instances.matched(least).size / total for least in thresholds.tolist()]
    heights = np.array([f1[0], *f1])
    widths = np.diff(thresholds, prepend=0.0)
    return float(np.sum(widths * (heights[1:] + heights[:-1]) / 2))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _without_overlap(key: str, *, nothing: bool) -> float:
    """Return the score where no voxel is in both masks; NaN if both are empty."""
    if nothing:
        return math.nan
    return math.inf if key == "hd95" else 0.0


def _measure_matched(
    instances: Instances, rows: npt.NDArray[np.int64], spacing_mm: tuple[float, ...]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the Dice, NSD and HD95 of every matched lesion."""
    # The evaluator's tolerance for lesions is the smallest pixel size, whatever the
    # challenge's text says.
    tolerance = min(spacing_mm)
    surfaces = [instances.boundaries(row, spacing_mm) for row in rows.tolist()]
    return {
        "dsc": instances.dice[rows],
        "nsd": np.array([nsd_between(pair, tolerance) for pair in surfaces]),
        "hd95": np.array([pooled_hd95(pair) for pair in surfaces]),
    }


def _measure_whole(instances: Instances) -> dict[str, float] | None:
    """Return Dice, NSD and HD95 of the whole group; None if the masks share nothing."""
    both = int(instances.overlaps[:, 2].sum())
    if not both:
        return None
    total = int(instances.reference.sizes.sum() + instances.prediction.sizes.sum())
    # The evaluator forgets the spacing here: these distances are in voxels.
    surfaces = measure_boundaries(*instances.masks(), (1.0,) * instances.ndim)
    return {
        "dsc": 2 * both / total,
        "nsd": nsd_between(surfaces, WHOLE_TOLERANCE),
        "hd95": pooled_hd95(surfaces),
    }


def _list_lesions(
    instances: Instances,
    rows: npt.NDArray[np.int64],
    matched: dict[str, npt.NDArray[np.float64]],
    spacing_mm: tuple[float, ...],
) -> list[dict[str, float]]:
    """Return the lesions of the reference, those that match first."""
    pixel = math.prod(spacing_mm)
    sizes = instances.reference.sizes
    found = instances.overlaps[rows, 0]
    lesions: list[dict[str, float]] = [
        {
            **{f"sq_{key}": float(values[i]) for key, values in matched.items()},
            "voxel_count": int(sizes[lesion]),
            "volume": int(sizes[lesion]) * pixel,
            "is_matched": 1,
        }
        for i, lesion in enumerate(found)
    ]
    missed = np.setdiff1d(np.arange(1, sizes.size), found)
    return lesions + [
        {
            "voxel_count": int(sizes[lesion]),
            "volume": int(sizes[lesion]) * pixel,
            "is_matched": 0,
        }
        for lesion in missed
    ]
