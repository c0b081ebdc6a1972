"""HD95 between pixel centres: the larger of two 95th percentiles."""

import math
from collections.abc import Sequence

import numpy as np

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import (
    Boundaries,
    FloatArray,
    boundaries_of,
)


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
    boundaries = boundaries_of(reference, prediction, spacing_mm)
    return hd95_voxel_of(boundaries) if boundaries else math.nan


def hd95_voxel_of(boundaries: Boundaries) -> float:
    """Return HD95 of the distances between boundary pixels, of both directions."""
    return max(_percentile(distances, 0.95) for distances in boundaries)


def _percentile(values: FloatArray, fraction: float) -> float:
    """Return what ``numpy.quantile`` returns, without its fixed cost."""
    place = fraction * (values.size - 1)
    below = math.floor(place)
    above = min(below + 1, values.size - 1)
    parted = np.partition(values, (below, above))
    low, high = float(parted[below]), float(parted[above])
    weight = place - below
    if weight >= 0.5:
        return high - (high - low) * (1 - weight)
    return low + (high - low) * weight


METRIC = Metric(
    key="hd95_voxel",
    title="HD95 (voxel centres)",
    function=hausdorff_distance_95_voxel,
    family="surface",
    shared="boundaries",
    formula=hd95_voxel_of,
    pooling="slice mean",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="mm",
    undefined_when="either mask is empty",
    both_empty=0.0,
    one_empty=DIAGONAL,
    worst=DIAGONAL,
    order=80,
    source="D. P. Huttenlocher et al., IEEE TPAMI 15, 1993; computed as MONAI does",
)
