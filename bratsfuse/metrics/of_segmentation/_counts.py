"""Metrics of four counts: the pixels in both masks, in either alone, in neither.

The public names are those of `bratsfuse.metrics.segmentation`.
"""

import math
from dataclasses import dataclass

import numpy as np

from bratsfuse.metrics.of_segmentation._masks import Mask, check_masks


@dataclass(frozen=True, slots=True)
class Counts:
    """The confusion of a mask pair, in pixels."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def reference(self) -> int:
        """Pixels of the reference."""
        return self.tp + self.fn

    @property
    def prediction(self) -> int:
        """Pixels of the prediction."""
        return self.tp + self.fp

    def dice(self) -> float:
        """Return the Dice coefficient."""
        return _ratio(2 * self.tp, self.reference + self.prediction)

    def iou(self) -> float:
        """Return intersection over union."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)

    def sensitivity(self) -> float:
        """Return the found fraction of the reference."""
        return _ratio(self.tp, self.reference)

    def specificity(self) -> float:
        """Return the spared fraction of what lies outside the reference."""
        return _ratio(self.tn, self.tn + self.fp)

    def precision(self) -> float:
        """Return the correct fraction of the prediction."""
        return _ratio(self.tp, self.prediction)

    def volume_error(self) -> float:
        """Return the signed relative difference of the volumes."""
        return _ratio(self.prediction - self.reference, self.reference)


def _ratio(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else math.nan


def count(reference: Mask, prediction: Mask) -> Counts:
    """Return the four counts of two boolean masks of equal shape.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.
    """
    check_masks(reference, prediction)
    tp = int(np.count_nonzero(reference & prediction))
    in_reference = int(np.count_nonzero(reference))
    in_prediction = int(np.count_nonzero(prediction))
    return Counts(
        tp=tp,
        fp=in_prediction - tp,
        fn=in_reference - tp,
        tn=reference.size - in_reference - in_prediction + tp,
    )


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
    return count(reference, prediction).dice()


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
    return count(reference, prediction).iou()


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
    return count(reference, prediction).sensitivity()


def specificity(reference: Mask, prediction: Mask) -> float:
    """Return the fraction outside the reference that is spared, TN / (TN + FP).

    The image's empty margin counts, so a wider image scores higher with the same
    masks; on a brain slice the value is close to 1 whatever is predicted.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [0, 1], higher is better. NaN if the reference fills the image.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    A. A. Taha and A. Hanbury, "Metrics for evaluating 3D medical image segmentation",
    BMC Medical Imaging 15, 2015.
    """
    return count(reference, prediction).specificity()


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
    return count(reference, prediction).precision()


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
    return count(reference, prediction).volume_error()
