"""The lesion-wise metrics as functions of two masks.

The public names are those of `bratsfuse.metrics.segmentation`.
"""

from collections.abc import Sequence

from bratsfuse.metrics.of_segmentation._lesion_presets import (
    DEFAULT_PRESET,
    find_preset,
)
from bratsfuse.metrics.of_segmentation._lesions import LesionScores, score_lesions
from bratsfuse.metrics.of_segmentation._masks import (
    Mask,
    as_volume,
    check_masks,
    check_spacing,
)


def _scores(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None,
    preset: str,
) -> LesionScores:
    check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    rules = find_preset(preset)
    volumes = as_volume(reference), as_volume(prediction)
    return score_lesions(*volumes, "", frozenset({1}), spacing, rules)


def lesion_dice(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return the mean Dice over lesions, where an invented lesion counts as 0.

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
    return _scores(reference, prediction, spacing_mm, preset).dice


def lesion_hausdorff_distance_95(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> float:
    """Return the mean HD95 over lesions; missed and invented ones cost the penalty.

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
    return _scores(reference, prediction, spacing_mm, preset).hd95


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
        invented. Not symmetric.

    Raises
    ------
    InvalidInputError
        As `lesion_dice`.
    """
    return _scores(reference, prediction, spacing_mm, preset).f1()


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
    return float(_scores(reference, prediction, spacing_mm, preset).tp)


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
    return float(_scores(reference, prediction, spacing_mm, preset).fp)


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
    return float(_scores(reference, prediction, spacing_mm, preset).fn)
