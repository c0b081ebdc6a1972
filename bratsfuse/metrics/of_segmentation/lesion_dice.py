"""Lesion-wise Dice: the mean over the lesions of a reference."""

from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import Lesions, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask


def lesion_dice(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return the mean Dice over lesions, where a false positive counts as 0.

    Components of the reference that touch after dilation are one lesion; every
    predicted component that meets its dilated extent belongs to it. The sum of the
    lesions' Dice is divided by the lesions scored plus the predicted components that
    belong to none.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W): one region.
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.
    preset
        The challenge whose rules hold, one of ``segmentation.PRESETS``. Two masks do
        not say which region they are: the preset's rules for WT are used, and tissues
        are not joined across regions. ``evaluate`` does both.

    Returns
    -------
    float
        In [0, 1], higher is better; never NaN: 1 if there is nothing to score, as in
        the official script. Not symmetric.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`, or if the preset is unknown.

    References
    ----------
    R. Saluja, BraTS-2023-Metrics; A. Moawad et al., "The Brain Tumor Segmentation
    (BraTS-METS) Challenge 2023", arXiv:2306.00838.
    """
    lesions = lesions_of(reference, prediction, spacing_mm, preset)
    return lesion_dice_of(lesions)


def lesion_dice_of(lesions: Lesions) -> float:
    """Return the mean Dice of lesions; 1 if there is nothing to score."""
    n = lesions.divisor
    return float(lesions.dice.sum() / n) if n else 1.0


METRIC = Metric(
    key="lesion_dice",
    title="Lesion-wise Dice",
    function=lesion_dice,
    family="lesion",
    shared="lesions",
    formula=lesion_dice_of,
    pooling="lesion mean",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="never",
    worst=0.0,
    order=130,
    source="R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics",
)
