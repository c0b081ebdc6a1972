"""Dice: twice the common pixels over the pixels of both masks."""

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts, count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask


def dice(reference: Mask, prediction: Mask) -> float:
    """Return the Dice coefficient 2 TP / (2 TP + FP + FN).

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [0, 1], higher is better; symmetric. 0 if exactly one mask is empty, NaN if
        both are.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    L. R. Dice, "Measures of the amount of ecologic association between species",
    Ecology 26, 1945.

    Examples
    --------
    >>> import numpy as np
    >>> dice(np.array([[True, True]]), np.array([[True, False]]))
    0.6666666666666666
    """
    return dice_of(count(reference, prediction))


def dice_of(counts: Counts) -> float:
    """Return Dice of counted pixels."""
    return ratio(2 * counts.tp, counts.reference + counts.prediction)


METRIC = Metric(
    key="dice",
    title="Dice",
    function=dice,
    family="overlap",
    shared="pixel counts",
    formula=dice_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="both masks are empty",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    headline=True,
    order=10,
    source="L. R. Dice, Ecology 26, 1945",
)
