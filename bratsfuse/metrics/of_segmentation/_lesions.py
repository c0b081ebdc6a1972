"""Lesions of two masks, matched and measured."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._lesion_presets import LesionPreset, find_preset
from bratsfuse.metrics.of_segmentation._masks import (
    NAMED_REGIONS,
    LabelMap,
    Mask,
    as_volume,
    check_masks,
    check_spacing,
)
from bratsfuse.metrics.of_segmentation._surface import margin, measure_surfels
from bratsfuse.metrics.of_segmentation.hd95 import hd95_of

Labels = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LesionCounts:
    """True-positive, false-positive and false-negative lesions; slices add up."""

    tp: int
    fp: int
    fn: int

    @property
    def total(self) -> int:
        """What a mean over lesions is divided by."""
        return self.tp + self.fp + self.fn


@dataclass(frozen=True, slots=True)
class Lesions:
    """Each scored lesion of the reference, and the false positives.

    Attributes
    ----------
    dice, hd95
        One value per scored lesion; 0 and the penalty for a false negative.
    counts
        How many.
    penalty_mm
        The HD95 of a false-negative or false-positive lesion.
    found
        Per scored lesion, whether the prediction meets it.
    reference_size, predicted_size
        Of each scored lesion and of all components that belong to it, in mm^3 (mm^2 in
        a slice); 0 where there is none.
    false_positive_size
        Of each false-positive component.
    """

    dice: npt.NDArray[np.float64]
    hd95: npt.NDArray[np.float64]
    counts: LesionCounts
    penalty_mm: float
    found: npt.NDArray[np.bool_]
    reference_size: npt.NDArray[np.float64]
    predicted_size: npt.NDArray[np.float64]
    false_positive_size: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Lesions or components, numbered from 1, with the size and box of each."""

    labels: Labels
    sizes: Integers
    boxes: Integers


def lesions_of(
    reference: Mask,
    prediction: Mask,
    spacing_mm: Sequence[float] | None,
    preset: str,
) -> Lesions:
    """Return the lesions of two masks by the rules of a preset, or refuse the masks.

    Masks do not say which region they are: the preset's rules for WT are used.
    """
    check_masks(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    rules = find_preset(preset)
    volumes = as_volume(reference), as_volume(prediction)
    return measure_lesions(*volumes, "", frozenset({1}), spacing, rules)


def measure_lesions(
    reference: LabelMap,
    prediction: LabelMap,
    region: str,
    labels: frozenset[int],
    spacing_mm: tuple[float, ...],
    preset: LesionPreset,
) -> Lesions:
    """Return the lesions of one region of two label maps.

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
    reference, prediction = focus(reference, prediction, reached)
    pixel_mm = math.prod(spacing_mm)
    rules = preset.of(region)
    lesions = _measure(_find_lesions(reference, region, labels, preset))
    components = _measure(
        _find_components(prediction, region, labels, preset, pixel_mm)
    )
    pairs = _match(lesions, components.labels, rules.matching_steps)
    scored = 1 + np.flatnonzero(lesions.sizes[1:] * pixel_mm > rules.ignored_mm3)
    start = np.searchsorted(pairs[:, 0], scored)
    stop = np.searchsorted(pairs[:, 0], scored, side="right")
    found = stop > start

    penalty = preset.penalty_mm(len(spacing_mm))
    dice = np.zeros(scored.size)
    hd95 = np.full(scored.size, penalty)
    predicted = np.zeros(scored.size)
    for row in np.flatnonzero(found):
        hits = pairs[start[row] : stop[row]]
        dice[row] = _dice(lesions, components, hits)
        hd95[row] = _hd95(lesions, components, hits, spacing_mm)
        predicted[row] = components.sizes[hits[:, 1]].sum()
    alone = np.setdiff1d(1 + np.flatnonzero(components.sizes[1:]), pairs[:, 1])
    tp = int(found.sum())
    return Lesions(
        dice=dice,
        hd95=hd95,
        counts=LesionCounts(tp=tp, fp=int(alone.size), fn=int(scored.size - tp)),
        penalty_mm=penalty,
        found=found,
        reference_size=np.float64(pixel_mm) * lesions.sizes[scored],
        predicted_size=predicted * pixel_mm,
        false_positive_size=np.float64(pixel_mm) * components.sizes[alone],
    )


def _find_lesions(
    reference: LabelMap, region: str, labels: frozenset[int], preset: LesionPreset
) -> Labels:
    """Return the lesions of a region of the reference, numbered from 1 without gaps."""
    lesions = _group(_select(reference, labels), region, preset)
    for tissue in preset.neighbours.get(region, ()):
        neighbour = _select(reference, NAMED_REGIONS[tissue])
        lesions = _join_touching(lesions, _group(neighbour, tissue, preset))
    return lesions


def _find_components(
    prediction: LabelMap,
    region: str,
    labels: frozenset[int],
    preset: LesionPreset,
    pixel_mm: float,
) -> Labels:
    """Return what is matched with the lesions, numbered from 1 without gaps."""
    mask = _select(prediction, labels)
    if not preset.groups_predictions:
        from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

        return kernels.label_components(mask)[0]
    lesions = _drop_small(_group(mask, region, preset), region, preset, pixel_mm)
    for tissue in preset.neighbours.get(region, ()):
        neighbour = _group(_select(prediction, NAMED_REGIONS[tissue]), tissue, preset)
        kept = _drop_small(neighbour, tissue, preset, pixel_mm)
        lesions = _join_touching(lesions, kept)
    return lesions


def _select(label_map: LabelMap, labels: frozenset[int]) -> npt.NDArray[np.uint8]:
    member = np.zeros(256, np.uint8)
    member[list(labels)] = 1
    return member[label_map]


def _group(mask: npt.NDArray[np.uint8], region: str, preset: LesionPreset) -> Labels:
    """Return the components that are one after dilation, on the undilated mask."""
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    dilated = kernels.dilate(mask, preset.of(region).grouping_steps)
    return kernels.label_components(dilated)[0] * mask


def _drop_small(
    lesions: Labels, region: str, preset: LesionPreset, pixel_mm: float
) -> Labels:
    """Return the lesions that are larger than what the preset ignores."""
    # In millimetres, as the reference is. The script counts pixels here, which is the
    # same on the 1 mm images of the challenge; on others a perfect prediction would
    # lose lesions that the reference keeps.
    sizes = np.bincount(lesions.ravel())
    kept = sizes * pixel_mm > preset.of(region).ignored_mm3
    return _renumber(lesions, np.where(kept, np.arange(sizes.size), 0))


def _join_touching(lesions: Labels, others: Labels) -> Labels:
    """Return the lesions, those that touch the same lesion of the others as one.

    As in the 2024 script, a lesion that touches several of the others goes with the one
    of the lowest number only: touching is not passed on from lesion to lesion.
    """
    n = int(lesions.max()) + 1
    pairs = _match(_measure(lesions), others, steps=1)
    lowest = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(lowest, pairs[:, 0], pairs[:, 1])
    new_number = np.arange(n)
    touching = np.unique(pairs[:, 0])
    new_number[touching] = n + lowest[touching]
    return _renumber(lesions, new_number)


def _renumber(lesions: Labels, new_number: npt.NDArray[np.int_]) -> Labels:
    """Return the lesions under their new numbers, closed up in the same order."""
    _, rank = np.unique(np.append(new_number, 0), return_inverse=True)
    return rank.astype(np.int32)[lesions]


def _measure(labels: Labels) -> _Numbered:
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    return _Numbered(labels, *kernels.measure(labels, int(labels.max())))


def _match(lesions: _Numbered, components: Labels, steps: int) -> Integers:
    """Return the rows of the kernel ``match``."""
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    return kernels.match(
        lesions.labels, lesions.sizes, components, int(components.max()), steps
    )


def _dice(lesions: _Numbered, components: _Numbered, hits: Integers) -> float:
    """Return the Dice between a lesion and all components that belong to it."""
    both = int(hits[:, 2].sum())
    total = lesions.sizes[hits[0, 0]] + components.sizes[hits[:, 1]].sum()
    return 2 * both / int(total)


def _hd95(
    lesions: _Numbered,
    components: _Numbered,
    hits: Integers,
    spacing_mm: tuple[float, ...],
) -> float:
    """Return the HD95 between a lesion and all components that belong to it."""
    from bratsfuse.metrics.of_segmentation import _surface_kernels as kernels

    boxes = np.vstack([lesions.boxes[hits[:1, 0]], components.boxes[hits[:, 1]]])
    box = np.where(np.arange(6) % 2, boxes.max(axis=0), boxes.min(axis=0))
    pad = margin(len(spacing_mm))
    is_lesion = np.zeros(lesions.sizes.size, np.bool_)
    is_lesion[hits[0, 0]] = True
    is_hit = np.zeros(components.sizes.size, np.bool_)
    is_hit[hits[:, 1]] = True
    surfels = measure_surfels(
        kernels.crop(lesions.labels, is_lesion, box, pad),
        kernels.crop(components.labels, is_hit, box, pad),
        spacing_mm,
    )
    return hd95_of(surfels)


def focus(
    reference: LabelMap, prediction: LabelMap, labels: Iterable[int] = range(1, 256)
) -> tuple[LabelMap, LabelMap]:
    """Return both label maps cut to the box of all pixels that have these labels.

    No margin is needed for dilation: what two dilated lesions share outside the box
    they also share on its edge, since moving a point onto the edge brings it closer to
    every lesion.
    """
    from bratsfuse.metrics.of_segmentation import _surface_kernels as kernels

    member = np.zeros(256, np.uint64)
    member[list(labels)] = 1
    _, boxes = kernels.count_regions(reference, prediction, member, 1)
    box = boxes[0] if boxes[0, 1] else np.array([0, 1] * 3)
    cut = tuple(slice(*ends) for ends in box.reshape(3, 2).tolist())
    return np.ascontiguousarray(reference[cut]), np.ascontiguousarray(prediction[cut])
