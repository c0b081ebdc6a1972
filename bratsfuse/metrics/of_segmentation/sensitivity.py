"""Sensitivity: how much of the reference the prediction contains."""

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts, count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask


def sensitivity(reference: Mask, prediction: Mask) -> float:
    """Return the fraction of the reference that the prediction holds, TP / (TP + FN).

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [0, 1], higher is better. NaN if the reference is empty, where the BraTS
        script prints 1 (both empty) or 0.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    A. A. Taha and A. Hanbury, "Metrics for evaluating 3D medical image segmentation",
    BMC Medical Imaging 15, 2015.
    """
    return sensitivity_of(count(reference, prediction))


def sensitivity_of(counts: Counts) -> float:
    """Return sensitivity of counted pixels."""
    return ratio(counts.tp, counts.reference)


METRIC = Metric(
    key="sensitivity",
    title="Sensitivity",
    function=sensitivity,
    family="overlap",
    shared="pixel counts",
    formula=sensitivity_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="the reference is empty",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    order=30,
    source="A. A. Taha and A. Hanbury, BMC Medical Imaging 15, 2015",
)
