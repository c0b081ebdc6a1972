"""Lesions of the reference that the prediction meets."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import LesionCounts, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask


def lesion_true_positives(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return how many scored lesions have at least one predicted component.

    A component that meets only the dilated margin counts, although its Dice is 0.

    Parameters
    ----------
    reference, prediction, spacing_mm, preset
        As `lesion_dice`.

    Returns
    -------
    float
        A whole number, in [0, inf), higher is better; never NaN.

    Raises
    ------
    InvalidInputError
        As `lesion_dice`.
    """
    lesions = lesions_of(reference, prediction, spacing_mm, preset)
    return lesion_tp_of(lesions.counts)


def lesion_tp_of(counts: LesionCounts) -> float:
    """Return the number as a score."""
    return float(counts.tp)


METRIC = Metric(
    key="lesion_tp",
    title="True-positive lesions",
    function=lesion_true_positives,
    family="lesion",
    shared="lesion counts",
    formula=lesion_tp_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=math.inf,
    unit="lesions",
    undefined_when="never",
    # With an empty mask every lesion is a false negative, which is counted.
    worst=None,
    order=160,
    source="R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics",
)
