"""Lesion F1: how well lesions are detected, whatever their shape."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import LesionCounts, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask


def lesion_f1(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return the detection score 2 TP / (2 TP + FP + FN), counted in lesions.

    Parameters
    ----------
    reference, prediction, spacing_mm, preset
        As `lesion_dice`.

    Returns
    -------
    float
        In [0, 1], higher is better. NaN if there is no lesion to find and none is
        false positive. Not symmetric.

    Raises
    ------
    InvalidInputError
        As `lesion_dice`.
    """
    lesions = lesions_of(reference, prediction, spacing_mm, preset)
    return lesion_f1_of(lesions.counts)


def lesion_f1_of(counts: LesionCounts) -> float:
    """Return 2 TP / (2 TP + FP + FN) over lesions."""
    total = 2 * counts.tp + counts.fp + counts.fn
    return 2 * counts.tp / total if total else math.nan


METRIC = Metric(
    key="lesion_f1",
    title="Lesion F1",
    function=lesion_f1,
    family="lesion",
    shared="lesion counts",
    formula=lesion_f1_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="neither mask has a lesion",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    order=150,
    source="R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics",
)
