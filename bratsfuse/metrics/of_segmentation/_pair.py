"""Two label maps, region by region, with all that metrics share made at most once."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import assert_never

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts
from bratsfuse.metrics.of_segmentation._lesion_grouping import focus
from bratsfuse.metrics.of_segmentation._lesion_presets import LesionPreset
from bratsfuse.metrics.of_segmentation._lesions import (
    Lesions,
    find_pair,
    measure_lesions,
)
from bratsfuse.metrics.of_segmentation._masks import LabelMap, Mask, as_volume
from bratsfuse.metrics.of_segmentation._surface import (
    Boundaries,
    Region,
    SurfelDistances,
    margin,
    measure_boundaries,
    measure_surfels,
)

_Counted = tuple[Counts, npt.NDArray[np.bool_], npt.NDArray[np.int64]]


class LabelMaps:
    """Two checked label maps and what is done once for all of their regions.

    Attributes
    ----------
    reference, prediction
        uint8, (H, W) or (D, H, W).
    spacing_mm
        One number per axis.
    regions
        Name -> labels.
    preset
        The rules of lesions.
    """

    def __init__(
        self,
        reference: LabelMap,
        prediction: LabelMap,
        spacing_mm: tuple[float, ...],
        regions: Mapping[str, frozenset[int]],
        preset: LesionPreset,
    ) -> None:
        self.reference = reference
        self.prediction = prediction
        self.spacing_mm = spacing_mm
        self.regions = regions
        self.preset = preset
        self.volumes = as_volume(reference), as_volume(prediction)

    @cached_property
    def focused(self) -> tuple[LabelMap, LabelMap]:
        """Both volumes, cut to the box of all labels."""
        return focus(*self.volumes, room=self.preset.room)

    @cached_property
    def counted(self) -> dict[str, _Counted]:
        """Of each region, its counts, its table of labels and the box around it."""
        from bratsfuse.metrics.of_segmentation import _region_kernels as kernels

        count = len(self.regions)
        member = np.zeros((count, 256), np.bool_)
        for row, labels in zip(member, self.regions.values(), strict=True):
            row[list(labels)] = True
        bits = (member.T << np.arange(count, dtype=np.uint64)).sum(1, dtype=np.uint64)
        sizes, boxes = kernels.count_regions(*self.volumes, bits, count)
        return {
            name: (self._counts(*size), row, box)
            for name, row, size, box in zip(
                self.regions, member, sizes.tolist(), boxes, strict=True
            )
        }

    def _counts(self, both: int, in_reference: int, in_prediction: int) -> Counts:
        return Counts(
            tp=both,
            fp=in_prediction - both,
            fn=in_reference - both,
            tn=self.volumes[0].size - in_reference - in_prediction + both,
        )


class RegionPair:
    """One region of two label maps."""

    def __init__(self, maps: LabelMaps, region: str) -> None:
        self._maps = maps
        self._region = region

    @property
    def counts(self) -> Counts:
        """The pixels in both masks, in either alone, in neither."""
        return self._maps.counted[self._region][0]

    @cached_property
    def lesions(self) -> Lesions:
        """The lesions of both masks, matched."""
        maps = self._maps
        labels = maps.regions[self._region]
        spacing_mm, preset = maps.spacing_mm, maps.preset
        found = find_pair(*maps.focused, self._region, labels, spacing_mm, preset)
        shape = maps.reference.shape
        return measure_lesions(*found, self._region, spacing_mm, preset, shape)

    def score(self, metric: Metric) -> float:
        """Return the value of a segmentation metric."""
        match metric.shared:
            case "pixel counts":
                value = metric.score(self.counts)
            case "lesion counts":
                value = metric.score(self.lesions.counts)
            case "lesions":
                value = metric.score(self.lesions)
            case "surfels":
                value = metric.score(self._surfels) if self._has_surfaces else math.nan
            case "boundaries":
                here = self._has_surfaces
                value = metric.score(self._boundaries) if here else math.nan
            case "scene" | None:  # the record of a mask's metric names no scene
                value = metric.score(*self._masks, self._maps.spacing_mm)
            case _:
                assert_never(metric.shared)
        return float(value)

    @property
    def _has_surfaces(self) -> bool:
        return bool(self.counts.reference and self.counts.prediction)

    @cached_property
    def _surfels(self) -> SurfelDistances:
        return measure_surfels(*self._cropped, self._maps.spacing_mm)

    @cached_property
    def _boundaries(self) -> Boundaries:
        return measure_boundaries(*self._cropped, self._maps.spacing_mm)

    @cached_property
    def _cropped(self) -> tuple[Region, Region]:
        from bratsfuse.metrics.of_segmentation import _region_kernels as kernels

        _, member, box = self._maps.counted[self._region]
        pad = margin(len(self._maps.spacing_mm))
        reference, prediction = (
            kernels.crop(volume, member, box, pad) for volume in self._maps.volumes
        )
        return reference, prediction

    @property
    def _masks(self) -> tuple[Mask, Mask]:
        """Copies, so that no metric can change what the next one sees."""
        member = self._maps.counted[self._region][1]
        return member[self._maps.reference], member[self._maps.prediction]
