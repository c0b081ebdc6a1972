"""Lesions matched one to one, as the BraTS evaluator of 2026 matches them.

Each connected component is a lesion, without dilation and whatever its size. Pairs are
those of the assignment with the largest sum of Dice (H. W. Kuhn, "The Hungarian method
for the assignment problem", Naval Research Logistics Quarterly 2, 1955).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._masks import LabelMap
from bratsfuse.metrics.of_segmentation._surface import (
    Boundaries,
    Region,
    margin,
    measure_boundaries,
)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Runs = npt.NDArray[np.int32]

_NO_OVERLAP = 1.0 + 1e-6
"""The cost of a pair that may not match: just above that of a Dice of 0."""

_CLEAR = 2e-6
"""By how much a pair's Dice has to be better, beyond `_NO_OVERLAP` and rounding."""


@dataclass(frozen=True, slots=True)
class _Components:
    """Components numbered from 1 as they are met in memory; row 0 is background."""

    runs: Runs
    numbers: Runs
    sizes: Integers

    @property
    def count(self) -> int:
        return self.sizes.size - 1

    def runs_of(self, number: int) -> Runs:
        return np.asarray(self.runs[self.numbers == number])


class Instances:
    """The lesions of two masks, and which of them overlap.

    Attributes
    ----------
    reference, prediction
        The components of both, with their sizes.
    overlaps
        Rows of (lesion of the reference, of the prediction, pixels in both).
    dice
        The Dice of each row.
    """

    def __init__(
        self, reference: _Components, prediction: _Components, ndim: int
    ) -> None:
        """Take the components of two masks; see `find_instances`."""
        self.ndim = ndim
        self.reference = reference
        self.prediction = prediction
        self.overlaps = self._count_overlaps()
        lesion, component, both = self.overlaps.T
        total = self.reference.sizes[lesion] + self.prediction.sizes[component]
        self.dice: Floats = 2 * both / total

    def _count_overlaps(self) -> Integers:
        from bratsfuse.metrics.of_segmentation import _run_kernels as kernels

        one, other = self.reference, self.prediction
        pieces = kernels.overlapping_runs(
            one.runs, one.numbers, other.runs, other.numbers
        )
        pair = pieces[:, 0] * (other.count + 1) + pieces[:, 1]
        pairs, piece_of = np.unique(pair, return_inverse=True)
        both = np.zeros(pairs.size, np.int64)
        np.add.at(both, piece_of, pieces[:, 2])
        return np.stack([*np.divmod(pairs, other.count + 1), both], axis=1)

    def matched(self, threshold: float) -> Integers:
        """Return the rows of `overlaps` that match, by lesion of the reference.

        Parameters
        ----------
        threshold
            The least Dice of a match.
        """
        rows = np.flatnonzero(self.dice >= threshold)
        clear = clear_pairs(self.overlaps[rows, :2].tolist(), self.dice[rows].tolist())
        if clear is not None:
            return rows[clear]
        from scipy.optimize import linear_sum_assignment  # slow to import, seldom used

        # All lesions are in the matrix, those without overlap too: which of several
        # equally good assignments the solver returns depends on them.
        cost = np.full((self.reference.count, self.prediction.count), _NO_OVERLAP)
        first, second = self.overlaps[rows, :2].T - 1
        cost[first, second] = 1.0 - self.dice[rows]
        chosen = np.ravel_multi_index(linear_sum_assignment(cost), cost.shape)
        places = np.ravel_multi_index((first, second), cost.shape)
        return rows[np.isin(places, chosen)]

    def masks(self) -> tuple[Region, Region]:
        """Return both masks on their joint box, with a margin of background."""
        return self._fill(self.reference.runs, self.prediction.runs)

    def boundaries(self, row: int, spacing_mm: tuple[float, ...]) -> Boundaries:
        """Return the boundary distances of the two lesions of a row of `overlaps`."""
        lesion, component = self.overlaps[row, :2].tolist()
        pair = self.reference.runs_of(lesion), self.prediction.runs_of(component)
        return measure_boundaries(*self._fill(*pair), spacing_mm)

    def _fill(self, first: Runs, second: Runs) -> tuple[Region, Region]:
        from bratsfuse.metrics.of_segmentation import _run_kernels as kernels

        box = kernels.joint_box(first, second)
        pad = margin(self.ndim)
        return kernels.fill(first, box, pad), kernels.fill(second, box, pad)


def clear_pairs(
    pairs: Sequence[tuple[int, int]], dice: Sequence[float]
) -> list[int] | None:
    """Return the pairs of the best assignment where it is plain to see, else None.

    A pair that is better than the best others of its two lesions together is part of
    every best assignment: to put it in their place always gains.
    """
    sides: tuple[dict[int, list[int]], ...] = ({}, {})
    for row, pair in enumerate(pairs):
        for side, lesion in zip(sides, pair, strict=True):
            side.setdefault(lesion, []).append(row)
    open_rows = set(range(len(pairs)))
    found = []
    for row in sorted(open_rows, key=lambda row: -dice[row]):
        if row not in open_rows:
            continue
        rivals = 0.0
        for side, lesion in zip(sides, pairs[row], strict=True):
            others = open_rows.intersection(side[lesion]) - {row}
            rivals += max((dice[other] + _CLEAR for other in others), default=0.0)
            open_rows -= others
        if rivals >= dice[row]:
            return None
        found.append(row)
    return sorted(found)


def find_instances(
    reference: LabelMap,
    prediction: LabelMap,
    groups: Iterable[Iterable[int]],
    ndim: int,
) -> Iterator[Instances]:
    """Yield the lesions of each group of labels of two label maps.

    Parameters
    ----------
    reference, prediction
        uint8, contiguous, (D, H, W), D = 1 for a slice.
    groups
        The labels of each group.
    ndim
        2 for a slice, else 3.
    """
    from bratsfuse.metrics.of_segmentation import _run_kernels as kernels

    runs = [
        kernels.find_runs(volume, np.flatnonzero(volume.max(axis=2)))
        for volume in (reference, prediction)
    ]
    for labels in groups:
        member = np.zeros(256, np.bool_)
        member[list(labels)] = True
        first, second = (
            _find(kernels.select_runs(labelled, member)) for labelled in runs
        )
        yield Instances(first, second, ndim)


def _find(runs: Runs) -> _Components:
    from bratsfuse.metrics.of_segmentation import _run_kernels as kernels

    numbers, n = kernels.number_runs(runs)
    return _Components(runs, numbers, kernels.measure_runs(runs, numbers, n))
