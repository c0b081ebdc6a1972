"""The four counts of two masks: the pixels in both, in either alone, in neither."""

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


def ratio(numerator: int, denominator: int) -> float:
    """Return a ratio of counts; NaN for 0/0 and the like."""
    return numerator / denominator if denominator else math.nan


def count(reference: Mask, prediction: Mask) -> Counts:
    """Return the four counts of two boolean masks of equal shape.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.
    """
    reference, prediction = check_masks(reference, prediction)
    tp = int(np.count_nonzero(reference & prediction))
    in_reference = int(np.count_nonzero(reference))
    in_prediction = int(np.count_nonzero(prediction))
    return Counts(
        tp=tp,
        fp=in_prediction - tp,
        fn=in_reference - tp,
        tn=reference.size - in_reference - in_prediction + tp,
    )
