"""Lesions matched one to one, as the BraTS evaluator of 2026 matches them.

Each connected component is a lesion, without dilation and whatever its size. Pairs are
those of the assignment with the largest sum of Dice (H. W. Kuhn, "The Hungarian method
for the assignment problem", Naval Research Logistics Quarterly 2, 1955).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._surface import Boundaries, margin
from bratsfuse.metrics.of_segmentation._surface import measure_boundaries as measure

Labels = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

_NO_OVERLAP = 1.0 + 1e-6
"""The cost of a pair that may not match: just above that of a Dice of 0."""


@dataclass(frozen=True, slots=True)
class _Components:
    """Components numbered from 1 as they are met in memory; row 0 is background."""

    labels: Labels
    sizes: Integers
    boxes: Integers

    @property
    def count(self) -> int:
        return self.sizes.size - 1


class Instances:
    """The lesions of two masks, and which of them overlap.

    Attributes
    ----------
    reference, prediction
        The components of both, with their sizes and boxes.
    overlaps
        Rows of (lesion of the reference, of the prediction, pixels in both).
    dice
        The Dice of each row.
    """

    def __init__(self, reference: Bytes, prediction: Bytes, ndim: int) -> None:
        """Find the lesions of two cropped masks of 0 and 1, (D, H, W)."""
        self.ndim = ndim
        self.reference = _find(reference)
        self.prediction = _find(prediction)
        self.overlaps = self._count_overlaps()
        lesion, component, both = self.overlaps.T
        total = self.reference.sizes[lesion] + self.prediction.sizes[component]
        self.dice: Floats = 2 * both / total

    def _count_overlaps(self) -> Integers:
        from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

        pixels = kernels.overlapping_pixels(
            self.reference.labels, self.prediction.labels
        )
        pair = pixels[:, 0] * (self.prediction.count + 1) + pixels[:, 1]
        pairs, both = np.unique(pair, return_counts=True)
        return np.stack([*np.divmod(pairs, self.prediction.count + 1), both], axis=1)

    def matched(self, threshold: float) -> Integers:
        """Return the rows of `overlaps` that match, by lesion of the reference.

        Parameters
        ----------
        threshold
            The least Dice of a match.
        """
        rows = np.flatnonzero(self.dice >= threshold)
        pairs = self.overlaps[rows, :2]
        if all(np.unique(side).size == rows.size for side in pairs.T):
            return rows  # no lesion has a choice
        from scipy.optimize import linear_sum_assignment  # slow to import, seldom used

        # All lesions are in the matrix, those without overlap too: which of several
        # equally good assignments the solver returns depends on them.
        cost = np.full((self.reference.count, self.prediction.count), _NO_OVERLAP)
        first, second = pairs.T - 1
        cost[first, second] = 1.0 - self.dice[rows]
        chosen = np.ravel_multi_index(linear_sum_assignment(cost), cost.shape)
        places = np.ravel_multi_index((first, second), cost.shape)
        return rows[np.isin(places, chosen)]

    def boundaries(self, row: int, spacing_mm: tuple[float, ...]) -> Boundaries:
        """Return the boundary distances of the two lesions of a row of `overlaps`."""
        from bratsfuse.metrics.of_segmentation import _surface_kernels as kernels

        sides = (self.reference, self.prediction)
        numbers = self.overlaps[row, :2].tolist()
        boxes = np.stack(
            [side.boxes[n] for side, n in zip(sides, numbers, strict=True)]
        )
        box = np.where(np.arange(6) % 2, boxes.max(axis=0), boxes.min(axis=0))
        cropped = []
        for side, number in zip(sides, numbers, strict=True):
            member = np.zeros(side.sizes.size, np.bool_)
            member[number] = True
            cropped.append(kernels.crop(side.labels, member, box, margin(self.ndim)))
        return measure(cropped[0], cropped[1], spacing_mm)


def _find(mask: Bytes) -> _Components:
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    labels, n = kernels.label_in_memory_order(mask)
    return _Components(labels, *kernels.measure(labels, n))
