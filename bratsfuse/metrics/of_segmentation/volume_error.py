"""Volume error: how much too large or too small the prediction is."""

import math

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts, count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask


def volume_error(reference: Mask, prediction: Mask) -> float:
    """Return (predicted volume - reference volume) / reference volume.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [-1, inf), best at 0; negative where too little is predicted. Volumes only:
        two disjoint masks of one size score 0. NaN if the reference is empty.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    T. Heimann et al., "Comparison and evaluation of methods for liver segmentation from
    CT datasets", IEEE Transactions on Medical Imaging 28, 2009 (there in per cent).
    """
    return volume_error_of(count(reference, prediction))


def volume_error_of(counts: Counts) -> float:
    """Return the relative error of counted pixels."""
    return ratio(counts.prediction - counts.reference, counts.reference)


METRIC = Metric(
    key="volume_error",
    title="Volume error",
    function=volume_error,
    family="overlap",
    shared="pixel counts",
    formula=volume_error_of,
    pooling="counts",
    higher_is_better=None,
    low=-1.0,
    high=math.inf,
    unit="",
    undefined_when="the reference is empty",
    both_empty=0.0,
    # No number is the worst relative error, nor that of a volume of zero.
    worst=None,
    order=120,
    source="T. Heimann et al., IEEE Transactions on Medical Imaging 28, 2009",
)
