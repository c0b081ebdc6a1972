"""Boundary IoU: IoU of the pixels near the two contours."""

import math
from collections.abc import Sequence

import numpy as np

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask, check_masks, check_spacing

SHARE_OF_DIAGONAL = 0.02
"""How wide a contour is, as a share of the image's diagonal in pixels."""


def boundary_intersection_over_union(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the IoU of the pixels of either mask within a distance of its contour.

    The distance is 2 % of the image's diagonal, rounded, at least 1, in pixels and not
    in millimetres, counted in steps to all 8 (26) neighbours: 7 of a 240 x 240 slice.
    The image's edge is contour. A mask without an inner part has its IoU. Volumes are
    outside the source; they are scored by the same rule.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Not looked at.

    Returns
    -------
    float
        In [0, 1], higher is better; symmetric. NaN if both masks are empty.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, the shapes differ, or the spacing is
        not one positive number per axis.

    References
    ----------
    B. Cheng et al., "Boundary IoU: improving object-centric image segmentation
    evaluation", CVPR 2021.
    """
    reference, prediction = check_masks(reference, prediction)
    check_spacing(spacing_mm, reference.ndim)
    counts = count(_rim(reference), _rim(prediction))
    return ratio(counts.tp, counts.tp + counts.fp + counts.fn)


def _rim(mask: Mask) -> Mask:
    """Return the pixels of a mask that so many erosions remove."""
    from scipy import ndimage

    steps = max(1, round(SHARE_OF_DIAGONAL * math.hypot(*mask.shape)))
    inner = mask.view(np.uint8)
    for axis in range(mask.ndim):
        inner = ndimage.minimum_filter1d(
            inner, 2 * steps + 1, axis, mode="constant", cval=0
        )
    return np.asarray(mask & (inner == 0))


METRIC = Metric(
    key="boundary_iou",
    title="Boundary IoU",
    function=boundary_intersection_over_union,
    family="overlap",
    pooling="slice mean",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="both masks are empty",
    both_empty=1.0,
    worst=0.0,
    on_request=True,
    order=270,
    source="B. Cheng et al., CVPR 2021",
)
