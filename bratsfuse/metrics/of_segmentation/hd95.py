"""HD95: the distance within which 95 % of each contour lies."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import (
    FloatArray,
    SurfelDistances,
    surfels_of,
)


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
    surfels = surfels_of(reference, prediction, spacing_mm)
    return hd95_of(surfels) if surfels else math.nan


def hd95_of(surfels: SurfelDistances) -> float:
    """Return HD95 of two contours: the larger of the two weighted percentiles."""
    return max(
        reached(surfels.from_reference, surfels.reference_size, 0.95),
        reached(surfels.from_prediction, surfels.prediction_size, 0.95),
    )


def reached(distances: FloatArray, sizes: FloatArray, fraction: float) -> float:
    """Return the smallest distance within which the fraction of the surface lies."""
    reached = sizes.cumsum() / sizes.sum()
    # Rounding can leave the last entry a little below 1.
    return float(distances[min(reached.searchsorted(fraction), distances.size - 1)])


METRIC = Metric(
    key="hd95",
    title="HD95",
    function=hausdorff_distance_95,
    family="surface",
    shared="surfels",
    formula=hd95_of,
    pooling="slice mean",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="mm",
    undefined_when="either mask is empty",
    both_empty=0.0,
    one_empty=DIAGONAL,
    worst=DIAGONAL,
    headline=True,
    order=70,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
