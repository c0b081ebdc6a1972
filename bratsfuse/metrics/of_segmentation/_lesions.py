"""Lesions of two masks, scored one by one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._boundary_scores import nsd_between
from bratsfuse.metrics.of_segmentation._lesion_grouping import (
    Numbered,
    find_components,
    find_lesions,
    focus,
    match,
    measure,
)
from bratsfuse.metrics.of_segmentation._lesion_presets import LesionPreset, find_preset
from bratsfuse.metrics.of_segmentation._masks import (
    NAMED_REGIONS,
    LabelMap,
    Mask,
    as_volume,
    check_masks,
    check_spacing,
)
from bratsfuse.metrics.of_segmentation._surface import (
    Region,
    SurfelDistances,
    margin,
    measure_boundaries,
    measure_surfels,
)
from bratsfuse.metrics.of_segmentation.hd95 import hd95_of

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LesionCounts:
    """True-positive, false-positive and false-negative lesions; slices add up."""

    tp: int
    fp: int
    fn: int


@dataclass(frozen=True, slots=True)
class Lesions:
    """Each scored lesion of the reference, and the false positives.

    Attributes
    ----------
    dice, hd95
        One value per scored lesion; 0 and the penalty for a false negative.
    nsd
        Rows of NSD between boundary pixels, one per tolerance asked for.
    counts
        How many.
    penalty_mm
        The HD95 of a false-negative or false-positive lesion.
    n_false_positives
        The false positives that means are divided by.
    surfels
        The distances of every true-positive lesion.
    found
        Per scored lesion, whether the prediction meets it.
    reference_size, predicted_size
        Of each scored lesion and of all components that belong to it, in mm^3 (mm^2 in
        a slice); 0 where there is none.
    false_positive_size
        Of each false-positive component.
    """

    dice: Floats
    hd95: Floats
    nsd: Floats
    counts: LesionCounts
    penalty_mm: float
    n_false_positives: int
    surfels: tuple[SurfelDistances, ...]
    found: npt.NDArray[np.bool_]
    reference_size: Floats
    predicted_size: Floats
    false_positive_size: Floats

    @property
    def divisor(self) -> int:
        """What a mean over lesions is divided by."""
        return self.dice.size + self.n_false_positives


def lesions_of(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None,
    preset: str,
) -> Lesions:
    """Return the lesions of two masks by the rules of a preset, or refuse the masks.

    Masks do not say which region they are: the preset's rules for WT are used.
    """
    reference, prediction = check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    rules = find_preset(preset)
    shape = reference.shape
    volumes = as_volume(reference), as_volume(prediction)
    found = find_pair(*volumes, "", frozenset({1}), spacing, rules)
    return measure_lesions(*found, "", spacing, rules, shape)


def find_pair(
    reference: LabelMap,
    prediction: LabelMap,
    region: str,
    labels: frozenset[int],
    spacing_mm: tuple[float, ...],
    preset: LesionPreset,
) -> tuple[Numbered, Numbered]:
    """Return the lesions of a region of two label maps, and what they match.

    Parameters
    ----------
    reference, prediction
        uint8, contiguous, shape (D, H, W), D = 1 for a slice.
    region, labels
        The region's name, which selects the rules, and its label values.
    spacing_mm
        Two or three pixel sizes; two make it a slice.
    preset
        The challenge's rules.
    """
    tissues = preset.neighbours.get(region, ())
    reached = labels.union(*(NAMED_REGIONS[tissue] for tissue in tissues))
    reference, prediction = focus(reference, prediction, reached, room=preset.room)
    pixel_mm = math.prod(spacing_mm)
    lesions = find_lesions(reference, region, labels, preset)
    components = find_components(prediction, region, labels, preset, pixel_mm)
    return measure(lesions), measure(components)


def measure_lesions(
    lesions: Numbered,
    components: Numbered,
    region: str,
    spacing_mm: tuple[float, ...],
    preset: LesionPreset,
    shape: tuple[int, ...],
    tolerances_mm: tuple[float, ...] = (),
) -> Lesions:
    """Return the scores of the lesions that `find_pair` found.

    Parameters
    ----------
    lesions, components, region, spacing_mm, preset
        As `find_pair` takes and returns them.
    shape
        The whole image's.
    tolerances_mm
        Those of the NSD of each lesion, which is not measured unless asked for.
    """
    pixel_mm = math.prod(spacing_mm)
    rules = preset.of(region)
    pairs = match(lesions, components.labels, rules.matching_steps)
    scored = 1 + np.flatnonzero(lesions.sizes[1:] * pixel_mm > rules.ignored_mm3)
    start = np.searchsorted(pairs[:, 0], scored)
    stop = np.searchsorted(pairs[:, 0], scored, side="right")
    found = stop > start

    penalty = preset.penalty_mm(shape)
    dice = np.zeros(scored.size)
    hd95 = np.full(scored.size, penalty)
    nsd = np.zeros((len(tolerances_mm), scored.size))
    surfels: list[SurfelDistances] = []
    predicted = np.zeros(scored.size)
    for row in np.flatnonzero(found):
        hits = pairs[start[row] : stop[row]]
        dice[row] = _dice(lesions, components, hits)
        masks = _crop(lesions, components, hits, len(spacing_mm))
        surfels.append(measure_surfels(*masks, spacing_mm))
        hd95[row] = hd95_of(surfels[-1])
        predicted[row] = components.sizes[hits[:, 1]].sum()
        if tolerances_mm:
            boundaries = measure_boundaries(*masks, spacing_mm)
            nsd[:, row] = [nsd_between(boundaries, mm) for mm in tolerances_mm]
    alone = np.setdiff1d(1 + np.flatnonzero(components.sizes[1:]), pairs[:, 1])
    fp = int(alone.size)
    tp = int(found.sum())
    return Lesions(
        dice=dice,
        hd95=hd95,
        nsd=nsd,
        counts=LesionCounts(tp=tp, fp=fp, fn=int(scored.size - tp)),
        penalty_mm=penalty,
        n_false_positives=fp if preset.counts_false_positives else 0,
        surfels=tuple(surfels),
        found=found,
        reference_size=np.float64(pixel_mm) * lesions.sizes[scored],
        predicted_size=predicted * pixel_mm,
        false_positive_size=np.float64(pixel_mm) * components.sizes[alone],
    )


def _dice(lesions: Numbered, components: Numbered, hits: Integers) -> float:
    """Return the Dice between a lesion and all components that belong to it."""
    both = int(hits[:, 2].sum())
    total = lesions.sizes[hits[0, 0]] + components.sizes[hits[:, 1]].sum()
    return 2 * both / int(total)


def _crop(
    lesions: Numbered, components: Numbered, hits: Integers, ndim: int
) -> tuple[Region, Region]:
    """Return a lesion and all components that belong to it, as masks on their box."""
    from bratsfuse.metrics.of_segmentation import _region_kernels as kernels

    boxes = np.vstack([lesions.boxes[hits[:1, 0]], components.boxes[hits[:, 1]]])
    box = np.where(np.arange(6) % 2, boxes.max(axis=0), boxes.min(axis=0))
    is_lesion = np.zeros(lesions.sizes.size, np.bool_)
    is_lesion[hits[0, 0]] = True
    is_hit = np.zeros(components.sizes.size, np.bool_)
    is_hit[hits[:, 1]] = True
    return (
        kernels.crop(lesions.labels, is_lesion, box, margin(ndim)),
        kernels.crop(components.labels, is_hit, box, margin(ndim)),
    )
