"""Precision: how much of the prediction is right."""

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts, count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask


def precision(reference: Mask, prediction: Mask) -> float:
    """Return the fraction of the prediction that is right, TP / (TP + FP).

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [0, 1], higher is better; the sensitivity with the masks exchanged. NaN if
        the prediction is empty.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    A. A. Taha and A. Hanbury, "Metrics for evaluating 3D medical image segmentation",
    BMC Medical Imaging 15, 2015.
    """
    return precision_of(count(reference, prediction))


def precision_of(counts: Counts) -> float:
    """Return precision of counted pixels."""
    return ratio(counts.tp, counts.prediction)


METRIC = Metric(
    key="precision",
    title="Precision",
    function=precision,
    family="overlap",
    shared="pixel counts",
    formula=precision_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="the prediction is empty",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    order=50,
    source="A. A. Taha and A. Hanbury, BMC Medical Imaging 15, 2015",
)
