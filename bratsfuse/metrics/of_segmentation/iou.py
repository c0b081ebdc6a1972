"""IoU: the common pixels over all pixels of either mask."""

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts, count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask


def intersection_over_union(reference: Mask, prediction: Mask) -> float:
    """Return the Jaccard index TP / (TP + FP + FN).

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [0, 1], higher is better; symmetric; D / (2 - D) for a Dice of D. NaN if both
        masks are empty.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11,
    1912.
    """
    return iou_of(count(reference, prediction))


def iou_of(counts: Counts) -> float:
    """Return IoU of counted pixels."""
    return ratio(counts.tp, counts.tp + counts.fp + counts.fn)


METRIC = Metric(
    key="iou",
    title="IoU",
    function=intersection_over_union,
    family="overlap",
    shared="pixel counts",
    formula=iou_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="both masks are empty",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    order=20,
    source="P. Jaccard, New Phytologist 11, 1912",
)
