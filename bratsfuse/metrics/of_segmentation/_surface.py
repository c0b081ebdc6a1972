"""Both surface-distance lists of a mask pair, computed once for all metrics."""

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
from bratsfuse.metrics.of_segmentation._surfels import surfel_sizes

FloatArray = npt.NDArray[np.float64]
Region = npt.NDArray[np.uint8]
Boundaries = tuple[FloatArray, FloatArray]


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

    def total_size(self) -> float:
        """Return the size of both surfaces."""
        return float(self.reference_size.sum() + self.prediction_size.sum())


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


def measure_boundaries(
    reference: Region, prediction: Region, spacing_mm: tuple[float, ...]
) -> Boundaries:
    """Return the distances between boundary pixel centres, in both directions.

    The arguments are those of `measure_surfels`.
    """
    from bratsfuse.metrics.of_segmentation import _surface_kernels

    return _surface_kernels.voxel_distances(reference, prediction, _three(spacing_mm))


def _three(spacing_mm: tuple[float, ...]) -> FloatArray:
    return np.array((1.0, *spacing_mm)[-3:])


def surfels_of(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None
) -> SurfelDistances | None:
    """Return the surfels of two masks, None if one is empty; refuse what is no mask."""
    reference, prediction = check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    pair = _crop_pair(reference, prediction)
    return measure_surfels(*pair, spacing) if pair else None


def boundaries_of(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None
) -> Boundaries | None:
    """Return the boundary distances of two masks, as `surfels_of` does the surfels."""
    reference, prediction = check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    pair = _crop_pair(reference, prediction)
    return measure_boundaries(*pair, spacing) if pair else None


def _crop_pair(reference: Mask, prediction: Mask) -> tuple[Region, Region] | None:
    """Return both masks on their joint box with a margin; None if either is empty."""
    from bratsfuse.metrics.of_segmentation import _region_kernels as kernels

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
