"""Lesions of the reference that the prediction does not meet."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import LesionCounts, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask


def lesion_false_negatives(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return how many scored lesions have no predicted component.

    Parameters
    ----------
    reference, prediction, spacing_mm, preset
        As `lesion_dice`.

    Returns
    -------
    float
        A whole number, in [0, inf), lower is better; never NaN.

    Raises
    ------
    InvalidInputError
        As `lesion_dice`.
    """
    lesions = lesions_of(reference, prediction, spacing_mm, preset)
    return lesion_fn_of(lesions.counts)


def lesion_fn_of(counts: LesionCounts) -> float:
    """Return the number as a score."""
    return float(counts.fn)


METRIC = Metric(
    key="lesion_fn",
    title="False-negative lesions",
    function=lesion_false_negatives,
    family="lesion",
    shared="lesion counts",
    formula=lesion_fn_of,
    pooling="counts",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="lesions",
    undefined_when="never",
    # With an empty mask every lesion is a false negative, which is counted.
    worst=None,
    order=180,
    source="R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics",
)
