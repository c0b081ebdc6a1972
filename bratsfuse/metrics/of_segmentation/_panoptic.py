"""Lesions matched one to one where they overlap by more than half.

More than half of a union can belong to one partner only, so no assignment is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._masks import (
    Mask,
    as_volume,
    check_masks,
    check_spacing,
)

THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Matches:
    """The IoU of every matched pair, and how many lesions are left on either side."""

    iou: npt.NDArray[np.float64]
    fp: int
    fn: int

    @property
    def divisor(self) -> float:
        """Return the matched pairs, and half of all that is unmatched."""
        return self.iou.size + (self.fp + self.fn) / 2


def matches_of(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None
) -> Matches:
    """Return the lesions of two masks, matched; refuse what is no mask."""
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    reference, prediction = check_masks(reference, prediction)
    check_spacing(spacing_mm, reference.ndim)
    one, n = kernels.label_components(as_volume(reference))
    other, m = kernels.label_components(as_volume(prediction))
    joint = np.bincount(
        (one.astype(np.int64) * (m + 1) + other).ravel(), minlength=(n + 1) * (m + 1)
    ).reshape(n + 1, m + 1)
    shared = joint[1:, 1:]
    union = joint.sum(1)[1:, np.newaxis] + joint.sum(0)[1:] - shared
    iou = shared / np.maximum(union, 1)
    found = iou[iou > THRESHOLD]
    return Matches(iou=found, fp=m - found.size, fn=n - found.size)
