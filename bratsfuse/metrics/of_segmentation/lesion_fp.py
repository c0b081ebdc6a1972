"""Lesions of the prediction that meet none of the reference."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import LesionCounts, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask


def lesion_false_positives(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return how many predicted components belong to no lesion, however small they are.

    Parameters
    ----------
    reference, prediction, spacing_mm, preset
        As `lesion_dice`.

    Returns
    -------
    float
        A whole number, in [0, inf), lower is better; never NaN. The presets of 2024
        and 2025 first delete small predicted lesions.

    Raises
    ------
    InvalidInputError
        As `lesion_dice`.
    """
    lesions = lesions_of(reference, prediction, spacing_mm, preset)
    return lesion_fp_of(lesions.counts)


def lesion_fp_of(counts: LesionCounts) -> float:
    """Return the number as a score."""
    return float(counts.fp)


METRIC = Metric(
    key="lesion_fp",
    title="False-positive lesions",
    function=lesion_false_positives,
    family="lesion",
    shared="lesion counts",
    formula=lesion_fp_of,
    pooling="counts",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="lesions",
    undefined_when="never",
    # An image that is missing has no false positives.
    worst=None,
    order=170,
    source="R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics",
)
