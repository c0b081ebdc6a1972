"""SQ, of panoptic segmentation: how well found lesions are outlined."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._panoptic import matches_of


def segmentation_quality(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return SQ, the mean IoU of the matched lesions.

    Lesions are the components of 8 (volume: 26) neighbours, none too small, and match
    where their IoU exceeds 0.5. PQ = SQ * RQ.

    False positives and false negatives do not count.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).
    spacing_mm
        Not looked at.

    Returns
    -------
    float
        In [0, 1], higher is better; symmetric. NaN if no lesion is matched.

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
    return float(matches.iou.mean()) if matches.iou.size else math.nan


METRIC = Metric(
    key="sq",
    title="SQ",
    function=segmentation_quality,
    family="lesion",
    pooling="slice mean",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="no lesion is matched",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    on_request=True,
    order=290,
    source="A. Kirillov et al., CVPR 2019",
)
