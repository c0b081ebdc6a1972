"""NSD: how much of two contours lies within a tolerance of the other.

The files of the metrics name the tolerance, which is part of their key.
"""

import math
from collections.abc import Sequence

from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances, surfels_of


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
    surfels = surfels_of(reference, prediction, spacing_mm)
    return nsd_of(surfels, tolerance_mm) if surfels else math.nan


def nsd_of(surfels: SurfelDistances, tolerance_mm: float) -> float:
    """Return NSD of two contours."""
    within = 0.0
    for distances, sizes in (
        (surfels.from_reference, surfels.reference_size),
        (surfels.from_prediction, surfels.prediction_size),
    ):
        within += sizes[: distances.searchsorted(tolerance_mm, "right")].sum()
    return float(within / surfels.total_size())
