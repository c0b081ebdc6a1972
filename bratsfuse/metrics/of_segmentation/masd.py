"""MASD: the mean of the two directed mean distances."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances, surfels_of
from bratsfuse.metrics.of_segmentation.asd_from_prediction import asd_from_prediction_of
from bratsfuse.metrics.of_segmentation.asd_from_reference import asd_from_reference_of


def mean_average_surface_distance(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the mean of the mean distances of both directions.

    Either surface has half of the weight, however small it is; `assd` weights them by
    their size. Both are printed as "ASD" and "ASSD".

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
    return masd_of(surfels) if surfels else math.nan


def masd_of(surfels: SurfelDistances) -> float:
    """Return MASD of two contours."""
    return (asd_from_reference_of(surfels) + asd_from_prediction_of(surfels)) / 2


METRIC = Metric(
    key="masd",
    title="MASD",
    function=mean_average_surface_distance,
    family="surface",
    shared="surfels",
    formula=masd_of,
    pooling="slice mean",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="mm",
    undefined_when="either mask is empty",
    both_empty=0.0,
    one_empty=DIAGONAL,
    worst=DIAGONAL,
    on_request=True,
    order=200,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
