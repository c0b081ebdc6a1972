"""HD from reference: a false negative raises it."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import DIAGONAL, Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances, surfels_of


def hausdorff_distance_from_reference(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the largest distance from a surfel of the reference to the prediction.

    `hausdorff_distance` is the larger of the two directions.

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
    return hd_from_reference_of(surfels) if surfels else math.nan


def hd_from_reference_of(surfels: SurfelDistances) -> float:
    """Return the distance of two contours in this direction."""
    return float(surfels.from_reference[-1])


METRIC = Metric(
    key="hd_from_reference",
    title="HD from reference",
    function=hausdorff_distance_from_reference,
    family="surface",
    shared="surfels",
    formula=hd_from_reference_of,
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
    order=210,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
