"""HD: the largest distance between two contours."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances, surfels_of


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
    surfels = surfels_of(reference, prediction, spacing_mm)
    return hd_of(surfels) if surfels else math.nan


def hd_of(surfels: SurfelDistances) -> float:
    """Return HD of two contours."""
    return float(max(surfels.from_reference[-1], surfels.from_prediction[-1]))


METRIC = Metric(
    key="hd",
    title="HD",
    function=hausdorff_distance,
    family="surface",
    shared="surfels",
    formula=hd_of,
    pooling="slice mean",
    higher_is_better=False,
    low=0.0,
    high=math.inf,
    unit="mm",
    undefined_when="either mask is empty",
    both_empty=0.0,
    one_empty=DIAGONAL,
    worst=DIAGONAL,
    order=60,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
