"""Lesion-wise HD95: the mean over the lesions of a reference."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import PENALTY, Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import Lesions, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask


def lesion_hausdorff_distance_95(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return the mean HD95 over lesions; false ones cost the penalty.

    Lesions are found as in `lesion_dice`, and HD95 is `hausdorff_distance_95`. The
    penalty is the preset's constant, the diagonal of the challenge's image.

    Parameters
    ----------
    reference, prediction, spacing_mm, preset
        As `lesion_dice`.

    Returns
    -------
    float
        Millimetres, in [0, inf), lower is better; never NaN: 0 if there is nothing to
        score, as in the official script. Not symmetric.

    Raises
    ------
    InvalidInputError
        As `lesion_dice`.
    """
    lesions = lesions_of(reference, prediction, spacing_mm, preset)
    return lesion_hd95_of(lesions)


def lesion_hd95_of(lesions: Lesions) -> float:
    """Return the mean HD95 of lesions in mm; 0 if there is nothing to score."""
    n = lesions.divisor
    false_positive = lesions.n_false_positives * lesions.penalty_mm
    return float((lesions.hd95.sum() + false_positive) / n) if n else 0.0


METRIC = Metric(
    key="lesion_hd95",
    title="Lesion-wise HD95",
    function=lesion_hausdorff_distance_95,
    family="lesion",
    shared="lesions",
    formula=lesion_hd95_of,
    pooling="lesion mean",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="mm",
    undefined_when="never",
    worst=PENALTY,
    order=140,
    source="R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics",
)
