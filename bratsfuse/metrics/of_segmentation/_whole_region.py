"""The scores of a whole region that the BraTS scripts of 2023 to 2025 print.

The scripts that group predicted components take some of them on *numbered* lesions, so
that they are right for one lesion and wrong for more. They are rebuilt as printed; the
keys ``sensitivity``, ``specificity`` and ``hd95`` are the true values.
"""

import sys
from functools import cached_property
from typing import Final

import numpy as np

from bratsfuse.metrics.of_segmentation._boundary_scores import nsd_between
from bratsfuse.metrics.of_segmentation._lesion_grouping import Numbered
from bratsfuse.metrics.of_segmentation._lesion_presets import LesionPreset
from bratsfuse.metrics.of_segmentation._surface import (
    Boundaries,
    Region,
    margin,
    measure_boundaries,
    measure_surfels,
)
from bratsfuse.metrics.of_segmentation.hd95 import hd95_of

AVOIDS_ZERO: Final = 1e-8
"""What nnU-Net, whose NSD the scripts use, adds to a divisor of 2."""


class WholeRegion:
    """One region of a case, after the preset has deleted small predicted lesions."""

    def __init__(
        self,
        lesions: Numbered,
        components: Numbered,
        n_pixels: int,
        spacing_mm: tuple[float, ...],
        preset: LesionPreset,
    ) -> None:
        """Take the lesions of `find_pair` and the number of pixels of the image."""
        self._numbered = lesions.labels, components.labels
        self._spacing = spacing_mm
        self._n_pixels = n_pixels
        self._masks = tuple(labels > 0 for labels in self._numbered)
        # No script scores slices: they have the true values.
        if not preset.groups_predictions or len(spacing_mm) == 2:
            first, second = self._masks
            self._numbered = first.astype(np.int32), second.astype(np.int32)
        self._sums = [int(labels.sum(dtype=np.int64)) for labels in self._numbered]

    @property
    def _n_empty(self) -> int:
        return self._sums.count(0)

    def sensitivity(self) -> float:
        """Return it as printed: the numbers of lesions are added up as if pixels."""
        if self._n_empty == 2:
            return 1.0
        return self._tp() / (self._sums[0] + sys.float_info.min)

    def specificity(self) -> float:
        """Return it as printed, like `sensitivity`."""
        ones = [labels == 1 for labels in self._numbered]
        tn = self._n_pixels - int(np.count_nonzero(ones[0] | ones[1]))
        return tn / (tn + self._sums[1] - self._tp() + sys.float_info.min)

    def _tp(self) -> int:
        """Return the pixels that are lesion 1 in both."""
        first, second = self._numbered
        return int(np.count_nonzero((first == 1) & (second == 1)))

    def dice(self) -> float:
        """Return Dice; 1 for two empty masks."""
        if self._n_empty == 2:
            return 1.0
        first, second = self._masks
        both = int(np.count_nonzero(first & second))
        return 2 * both / int(np.count_nonzero(first) + np.count_nonzero(second))

    def hd95(self, penalty_mm: float) -> float:
        """Return it as printed, between surfels; the penalty if one mask is empty."""
        if self._n_empty:
            return 0.0 if self._n_empty == 2 else penalty_mm
        spacing = self._spacing
        numbered = [labels.astype(np.uint8) for labels in self._numbered]
        if len(spacing) == 3:
            # With the axes turned round, the powers of two in a surfel's code lie as in
            # the script, which matters for numbers other than 1.
            numbered = [labels.T[::-1, ::-1, ::-1] for labels in numbered]
            spacing = spacing[::-1]
        return hd95_of(measure_surfels(*self._padded(*numbered), spacing))

    def nsd(self, tolerance_mm: float) -> float:
        """Return the NSD between boundary pixels; 1 if both are empty, 0 if one is."""
        if self._n_empty:
            return 1.0 if self._n_empty == 2 else 0.0
        return nsd_between(self._boundaries, tolerance_mm) / (1 + AVOIDS_ZERO / 2)

    @cached_property
    def _boundaries(self) -> Boundaries:
        masks = [mask.view(np.uint8) for mask in self._masks]
        return measure_boundaries(*self._padded(*masks), self._spacing)

    def _padded(self, first: Region, second: Region) -> tuple[Region, Region]:
        """Return both with a margin of background on the axes that have a spacing."""
        widths = [(width, width) for width in margin(len(self._spacing)).tolist()]
        return np.pad(first, widths), np.pad(second, widths)
