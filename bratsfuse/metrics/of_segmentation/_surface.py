"""Both surface-distance lists of a mask pair, computed once, and what they tell."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._masks import as_volume
from bratsfuse.metrics.of_segmentation._surfels import surfel_sizes

FloatArray = npt.NDArray[np.float64]
Region = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SurfelDistances:
    """The distance from every surfel of one mask to the nearest one of the other.

    Each list is sorted by distance; ``..._size`` is the contour length (mm) or surface
    area (mm^2) that each surfel stands for. Neither mask is empty.
    """

    from_reference: FloatArray
    reference_size: FloatArray
    from_prediction: FloatArray
    prediction_size: FloatArray

    def hd(self) -> float:
        """Return the largest distance."""
        return float(max(self.from_reference[-1], self.from_prediction[-1]))

    def hd95(self) -> float:
        """Return the larger of the two weighted 95th percentiles."""
        return max(
            _reached(self.from_reference, self.reference_size, 0.95),
            _reached(self.from_prediction, self.prediction_size, 0.95),
        )

    def assd(self) -> float:
        """Return the weighted mean of all distances."""
        # A dot product would start the threads of the linear algebra library.
        weighted = (self.from_reference * self.reference_size).sum()
        weighted += (self.from_prediction * self.prediction_size).sum()
        return float(weighted / self._total_size())

    def nsd(self, tolerance_mm: float) -> float:
        """Return the fraction of both surfaces that lies within the tolerance."""
        within = 0.0
        for distances, sizes in (
            (self.from_reference, self.reference_size),
            (self.from_prediction, self.prediction_size),
        ):
            within += sizes[: distances.searchsorted(tolerance_mm, "right")].sum()
        return float(within / self._total_size())

    def _total_size(self) -> float:
        return float(self.reference_size.sum() + self.prediction_size.sum())


def _reached(distances: FloatArray, sizes: FloatArray, fraction: float) -> float:
    """Return the smallest distance within which the fraction of the surface lies."""
    reached = sizes.cumsum() / sizes.sum()
    # Rounding can leave the last entry a little below 1.
    return float(distances[min(reached.searchsorted(fraction), distances.size - 1)])


def measure_surfels(
    reference: Region, prediction: Region, spacing_mm: tuple[float, ...]
) -> SurfelDistances:
    """Return the surfel distances of two non-empty cropped regions.

    Parameters
    ----------
    reference, prediction
        uint8 of 0 and 1, shape (D, H, W), D = 1 for a slice, with a margin of
        background on every axis that has a spacing.
    spacing_mm
        Two or three pixel sizes; two make it a slice.
    """
    from bratsfuse.metrics.of_segmentation import _surface_kernels

    lists = _surface_kernels.surfel_distances(
        reference, prediction, surfel_sizes(spacing_mm), _three(spacing_mm)
    )
    return SurfelDistances(*_sort_surfels(*lists[:2]), *_sort_surfels(*lists[2:]))


def _sort_surfels(
    distances: FloatArray, sizes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    # Among equal distances the smaller surfels come first, as in the surface-distance
    # package, so that both add up the same numbers in the same order and agree even
    # where the percentile falls exactly between two distances.
    order = np.lexsort((sizes, distances))
    return distances[order], sizes[order]


def measure_hd95_voxel(
    reference: Region, prediction: Region, spacing_mm: tuple[float, ...]
) -> float:
    """Return the larger directed 95th percentile between boundary pixel centres.

    The arguments are those of `measure_surfels`.
    """
    from bratsfuse.metrics.of_segmentation import _surface_kernels

    lists = _surface_kernels.voxel_distances(reference, prediction, _three(spacing_mm))
    return max(_interpolated_percentile(distances, 0.95) for distances in lists)


def _interpolated_percentile(values: FloatArray, fraction: float) -> float:
    """Return what ``numpy.quantile`` returns, without its fixed cost."""
    place = fraction * (values.size - 1)
    below = math.floor(place)
    above = min(below + 1, values.size - 1)
    parted = np.partition(values, (below, above))
    low, high = float(parted[below]), float(parted[above])
    weight = place - below
    if weight >= 0.5:
        return high - (high - low) * (1 - weight)
    return low + (high - low) * weight


def _three(spacing_mm: tuple[float, ...]) -> FloatArray:
    return np.array((1.0, *spacing_mm)[-3:])


def crop_pair(
    reference: npt.NDArray[Any], prediction: npt.NDArray[Any]
) -> tuple[Region, Region] | None:
    """Return both masks on their joint box with a margin; None if either is empty."""
    from bratsfuse.metrics.of_segmentation import _surface_kernels as kernels

    volumes = as_volume(reference), as_volume(prediction)
    member = np.arange(256) > 0
    sizes, boxes = kernels.count_regions(*volumes, member.astype(np.uint64), 1)
    if not sizes[0, 1:].all():
        return None
    pad = margin(reference.ndim)
    cropped = [kernels.crop(volume, member, boxes[0], pad) for volume in volumes]
    return cropped[0], cropped[1]


def margin(ndim: int) -> npt.NDArray[np.int64]:
    """Return the margin of background that the kernels expect around a region."""
    return np.array([ndim - 2, 1, 1])
