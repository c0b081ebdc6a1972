"""ASSD: the mean distance between two contours."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances, surfels_of


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
    surfels = surfels_of(reference, prediction, spacing_mm)
    return assd_of(surfels) if surfels else math.nan


def assd_of(surfels: SurfelDistances) -> float:
    """Return ASSD of two contours."""
    # A dot product would start the threads of the linear algebra library.
    weighted = (surfels.from_reference * surfels.reference_size).sum()
    weighted += (surfels.from_prediction * surfels.prediction_size).sum()
    return float(weighted / surfels.total_size())


METRIC = Metric(
    key="assd",
    title="ASSD",
    function=average_symmetric_surface_distance,
    family="surface",
    shared="surfels",
    formula=assd_of,
    pooling="slice mean",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="mm",
    undefined_when="either mask is empty",
    both_empty=0.0,
    one_empty=DIAGONAL,
    worst=DIAGONAL,
    order=90,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
