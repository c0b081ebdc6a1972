"""The surface metrics as functions of two masks.

The public names are those of `bratsfuse.metrics.segmentation`.
"""

import math
from collections.abc import Sequence

from bratsfuse.metrics.of_segmentation._masks import Mask, check_masks, check_spacing
from bratsfuse.metrics.of_segmentation._surface import (
    SurfelDistances,
    crop_pair,
    measure_hd95_voxel,
    measure_surfels,
)


def _surfels(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None
) -> SurfelDistances | None:
    check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    pair = crop_pair(reference, prediction)
    return measure_surfels(*pair, spacing) if pair else None


def hausdorff_distance(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the largest distance from a surfel of one mask to the other's surface.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millimetres, in [0, inf), lower is better; symmetric. NaN if either mask is
        empty.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, the shapes differ, or the spacing is
        not one positive number per axis.

    Notes
    -----
    Surfels lie at pixel corners (S. Nikolov et al., JMIR 2021), so the value may differ
    by up to a pixel diagonal from the distance of pixel centres. A slice has a contour;
    it is not the same as a volume of one slice, whose faces are surface too.
    """
    surfels = _surfels(reference, prediction, spacing_mm)
    return surfels.hd() if surfels else math.nan


def hausdorff_distance_95(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the distance within which 95 % of each surface lies, the larger of two.

    Each direction gives the smallest distance that at least 95 % of the contour length
    (slice) or surface area (volume) does not exceed; nothing is interpolated. This is
    what BraTS reports since 2023.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millimetres, in [0, inf), lower is better; symmetric. NaN if either mask is
        empty.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.

    References
    ----------
    S. Nikolov et al., "Clinically applicable segmentation of head and neck anatomy for
    radiotherapy", Journal of Medical Internet Research 23, 2021.
    """
    surfels = _surfels(reference, prediction, spacing_mm)
    return surfels.hd95() if surfels else math.nan


def hausdorff_distance_95_voxel(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the larger of the two 95th percentiles between boundary pixel centres.

    A boundary pixel is one that erosion with the 4- or 6-neighbour cross removes; the
    image's edge counts as background. Percentiles are interpolated linearly. MONAI's
    ``compute_hausdorff_distance(percentile=95)`` gives this value.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millimetres, in [0, inf), lower is better; symmetric. NaN if either mask is
        empty.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.
    """
    check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    pair = crop_pair(reference, prediction)
    return measure_hd95_voxel(*pair, spacing) if pair else math.nan


def average_symmetric_surface_distance(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the mean distance between the two surfaces, weighted by surfel size.

    The distances of both directions are pooled before the mean; the mean of the two
    directed means is another number.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millimetres, in [0, inf), lower is better; symmetric. NaN if either mask is
        empty.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.
    """
    surfels = _surfels(reference, prediction, spacing_mm)
    return surfels.assd() if surfels else math.nan


def normalized_surface_dice(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None = None,
    *,
    tolerance_mm: float = 1.0,
) -> float:
    """Return the fraction of both surfaces that lies within the tolerance.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.
    tolerance_mm
        The distance, itself included, that still counts as agreement.

    Returns
    -------
    float
        In [0, 1], higher is better; symmetric. NaN if either mask is empty.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.

    References
    ----------
    S. Nikolov et al., "Clinically applicable segmentation of head and neck anatomy for
    radiotherapy", Journal of Medical Internet Research 23, 2021.
    """
    surfels = _surfels(reference, prediction, spacing_mm)
    return surfels.nsd(tolerance_mm) if surfels else math.nan
