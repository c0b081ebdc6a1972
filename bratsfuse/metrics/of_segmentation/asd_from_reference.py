"""ASD from reference: a false negative raises it."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances, surfels_of


def average_surface_distance_from_reference(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the mean distance of the reference's surface to the other.

    Weighted by surfel size. `mean_average_surface_distance` is the mean of the two
    directions, `average_symmetric_surface_distance` pools them.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millimetres, in [0, inf), lower is better; not symmetric. NaN if either mask is
        empty.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.
    """
    surfels = surfels_of(reference, prediction, spacing_mm)
    return asd_from_reference_of(surfels) if surfels else math.nan


def asd_from_reference_of(surfels: SurfelDistances) -> float:
    """Return the distance of two contours in this direction."""
    weighted = (surfels.from_reference * surfels.reference_size).sum()
    return float(weighted / surfels.reference_size.sum())


METRIC = Metric(
    key="asd_from_reference",
    title="ASD from reference",
    function=average_surface_distance_from_reference,
    family="surface",
    shared="surfels",
    formula=asd_from_reference_of,
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
    order=250,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
