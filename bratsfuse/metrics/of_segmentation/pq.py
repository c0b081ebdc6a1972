"""PQ, of panoptic segmentation: lesions found and outlined, in one."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._panoptic import matches_of


def panoptic_quality(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return PQ, the overlap of matched lesions, less for every one that is not.

    Lesions are the components of 8 (volume: 26) neighbours, none too small, and match
    where their IoU exceeds 0.5. PQ = SQ * RQ.

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
    A. Kirillov et al., "Panoptic segmentation", CVPR 2019.
    """
    matches = matches_of(reference, prediction, spacing_mm)
    return float(matches.iou.sum() / matches.divisor) if matches.divisor else math.nan


METRIC = Metric(
    key="pq",
    title="PQ",
    function=panoptic_quality,
    family="lesion",
    pooling="slice mean",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="both masks are empty",
    both_empty=1.0,
    worst=0.0,
    on_request=True,
    order=280,
    source="A. Kirillov et al., CVPR 2019",
)
