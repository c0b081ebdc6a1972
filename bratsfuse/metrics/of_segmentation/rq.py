"""RQ, of panoptic segmentation: how many lesions are found."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._panoptic import matches_of


def recognition_quality(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return RQ, the F1 of the matched lesions.

    Lesions are the components of 8 (volume: 26) neighbours, none too small, and match
    where their IoU exceeds 0.5. PQ = SQ * RQ.

    `lesion_f1` takes any touch for a match and follows the rules of a challenge.

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
    return float(matches.iou.size / matches.divisor) if matches.divisor else math.nan


METRIC = Metric(
    key="rq",
    title="RQ",
    function=recognition_quality,
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
    order=300,
    source="A. Kirillov et al., CVPR 2019",
)
