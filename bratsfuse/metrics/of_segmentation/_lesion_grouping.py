"""Lesions of two masks, found and matched by the rules of a preset; nothing scored."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._lesion_presets import LesionPreset
from bratsfuse.metrics.of_segmentation._masks import NAMED_REGIONS, LabelMap

Labels = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Lesions or components, numbered from 1, with the size and box of each."""

    labels: Labels
    sizes: Integers
    boxes: Integers


def find_lesions(
    reference: LabelMap, region: str, labels: frozenset[int], preset: LesionPreset
) -> Labels:
    """Return the lesions of a region of the reference, numbered from 1 without gaps."""
    lesions = _group(_select(reference, labels), region, preset)
    for tissue in preset.neighbours.get(region, ()):
        neighbour = _select(reference, NAMED_REGIONS[tissue])
        lesions = _join_touching(lesions, _group(neighbour, tissue, preset))
    return lesions


def find_components(
    prediction: LabelMap,
    region: str,
    labels: frozenset[int],
    preset: LesionPreset,
    pixel_mm: float,
) -> Labels:
    """Return what is matched with the lesions, numbered from 1, maybe with gaps.

    The numbers of lesions that are too small stay free, as in the script, unless
    lesions are joined afterwards.
    """
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
    sizes = np.bincount(lesions.ravel())
    # Most scripts count pixels here; the reference's lesions they measure in mm^3.
    unit = pixel_mm if preset.deletes_by_volume else 1
    kept = sizes * unit > preset.of(region).ignored_mm3
    kept[0] = True
    return np.where(kept, np.arange(sizes.size, dtype=np.int32), 0)[lesions]


def _join_touching(lesions: Labels, others: Labels) -> Labels:
    """Return the lesions, those that touch the same lesion of the others as one.

    As in the 2024 script, a lesion that touches several of the others goes with the one
    of the lowest number only: touching is not passed on from lesion to lesion.
    """
    n = int(lesions.max()) + 1
    pairs = match(measure(lesions), others, steps=1)[:, :2]
    number = np.arange(n)
    if len(pairs) > 1:  # the script leaves a single pair, and its number, alone
        pairs = pairs[np.lexsort(pairs.T[::-1])]
        # The others are numbered anew as they are met, by lesion and then by number.
        met, first = np.unique(pairs[:, 1], return_index=True)
        rank = np.empty(int(met[-1]) + 1, np.int64)
        rank[met[np.argsort(first)]] = np.arange(met.size)
        touching, row = np.unique(pairs[:, 0], return_index=True)
        number[touching] = n + rank[pairs[row, 1]]
    return _close_gaps(lesions, number)


def _close_gaps(lesions: Labels, number: npt.NDArray[np.int_]) -> Labels:
    """Return the lesions under their new numbers, closed up in the same order."""
    present = np.zeros(number.size, np.bool_)
    present[np.unique(lesions)] = True
    present[0] = True
    new = np.zeros(number.size, np.int32)
    new[present] = np.unique(number[present], return_inverse=True)[1]
    return new[lesions]


def measure(labels: Labels) -> Numbered:
    """Return numbered lesions with the size and box of each."""
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    return Numbered(labels, *kernels.measure(labels, int(labels.max())))


def match(lesions: Numbered, components: Labels, steps: int) -> Integers:
    """Return the rows of the kernel ``match``."""
    from bratsfuse.metrics.of_segmentation import _lesion_kernels as kernels

    return kernels.match(
        lesions.labels, lesions.sizes, components, int(components.max()), steps
    )


def focus(
    reference: LabelMap,
    prediction: LabelMap,
    labels: Iterable[int] = range(1, 256),
    *,
    room: int,
) -> tuple[LabelMap, LabelMap]:
    """Return both label maps cut to the box of all pixels that have these labels.

    No margin is needed for which dilated lesions touch: what two share outside the box
    they also share on its edge, since moving a point onto the edge brings it closer to
    every lesion. Only their order needs `room`, pixels that are kept around the box
    where the image has them.
    """
    from bratsfuse.metrics.of_segmentation import _region_kernels as kernels

    member = np.zeros(256, np.uint64)
    member[list(labels)] = 1
    _, boxes = kernels.count_regions(reference, prediction, member, 1)
    box = boxes[0] if boxes[0, 1] else np.array([0, 1] * 3)
    cut = tuple(
        slice(max(start - room, 0), stop + room)
        for start, stop in box.reshape(3, 2).tolist()
    )
    return np.ascontiguousarray(reference[cut]), np.ascontiguousarray(prediction[cut])
