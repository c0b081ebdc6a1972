"""The volume of the reference in millilitres."""

import math
from collections.abc import Sequence

import numpy as np

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._masks import Mask, check_masks, check_spacing

MM3_PER_ML = 1000


def reference_volume(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the volume of the reference in millilitres.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (D, H, W).
    spacing_mm
        Voxel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millilitres, in [0, inf). NaN for a slice, whose thickness is not known.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.
    """
    reference, prediction = check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    if reference.ndim == 2:
        return math.nan
    return np.count_nonzero(reference) * math.prod(spacing) / MM3_PER_ML


METRIC = Metric(
    key="reference_ml",
    title="Volume of the reference",
    function=reference_volume,
    family="overlap",
    pooling="slice mean",
    higher_is_better=None,
    low=0.0,
    high=math.inf,
    unit="ml",
    undefined_when="the masks are slices",
    worst=None,
    on_request=True,
    order=310,
    source="voxels times their size",
)
