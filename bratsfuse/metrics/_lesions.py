"""Lesion-wise scores: every lesion of the reference is a case of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._lesion_presets import LesionPreset
from bratsfuse.metrics._masks import NAMED_REGIONS, LabelMap
from bratsfuse.metrics._surface import load_kernels, margin, measure_surfels

if TYPE_CHECKING:
    from types import ModuleType

Labels = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LesionScores:
    """The lesion-wise scores of one region."""

    dice: float
    hd95: float
    tp: int
    fp: int
    fn: int

    def f1(self) -> float:
        """Return 2 TP / (2 TP + FP + FN) over lesions."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else math.nan


def score_lesions(
    reference: LabelMap,
    prediction: LabelMap,
    region: str,
    labels: frozenset[int],
    spacing_mm: tuple[float, ...],
    preset: LesionPreset,
) -> LesionScores:
    """Return the lesion-wise scores of one region of two label maps.

    Parameters
    ----------
    reference, prediction
        uint8, contiguous, shape (D, H, W), D = 1 for a slice. They may be cut to a box
        that leaves `reach` pixels around the foreground, less at the image's edge.
    region, labels
        The region's name, which selects the rules, and its label values.
    spacing_mm
        Two or three pixel sizes; two make it a slice.
    preset
        The challenge's rules.
    """
    lesions = _find_lesions(reference, region, labels, preset, predicted=False)
    components = _find_lesions(prediction, region, labels, preset, predicted=True)
    kernels = _lesion_kernels()
    lesion_sizes, lesion_boxes = kernels.measure(lesions, int(lesions.max()))
    sizes, boxes = kernels.measure(components, int(components.max()))
    pairs = kernels.match(
        lesions,
        lesion_sizes,
        components,
        sizes.size - 1,
        preset.of(region).matching_steps,
    )
    volumes = lesion_sizes[1:] * math.prod(spacing_mm)
    kept = 1 + np.flatnonzero(volumes > preset.of(region).ignored_mm3)
    penalty = preset.penalty_mm(len(spacing_mm))
    dice_sum, hd95_sum, tp = 0.0, 0.0, 0
    for lesion in kept.tolist():
        first, last = np.searchsorted(pairs[:, 0], [lesion, lesion + 1])
        if first == last:
            hd95_sum += penalty
            continue
        tp += 1
        hits = pairs[first:last, 1]
        both = int(pairs[first:last, 2].sum())
        dice_sum += 2 * both / int(lesion_sizes[lesion] + sizes[hits].sum())
        box = _join(np.vstack([lesion_boxes[lesion], boxes[hits]]))
        hd95_sum += _hd95(lesions, lesion, components, hits, box, spacing_mm)
    fp = sizes.size - 1 - np.unique(pairs[:, 1]).size
    n = kept.size + fp
    return LesionScores(
        dice=dice_sum / n if n else 1.0,
        hd95=(hd95_sum + fp * penalty) / n if n else 0.0,
        tp=tp,
        fp=fp,
        fn=kept.size - tp,
    )


def reach(preset: LesionPreset) -> int:
    """Return the margin in pixels that lesions need around the foreground."""
    rules = (preset.rules, *preset.by_region.values())
    return max(max(rule.grouping_steps, rule.matching_steps) for rule in rules)


def _lesion_kernels() -> ModuleType:
    from bratsfuse.metrics import _lesion_kernels

    load_kernels()
    return _lesion_kernels


def _find_lesions(
    label_map: LabelMap,
    region: str,
    labels: frozenset[int],
    preset: LesionPreset,
    *,
    predicted: bool,
) -> Labels:
    """Return the lesions of a region, numbered from 1 without gaps."""
    mask = _select(label_map, labels)
    if predicted and not preset.groups_predictions:
        components: Labels = _lesion_kernels().label_components(mask)[0]
        return components
    lesions = _group(mask, region, preset, predicted=predicted)
    for neighbour in preset.neighbours.get(region, ()):
        tissue = _select(label_map, NAMED_REGIONS[neighbour])
        others = _group(tissue, neighbour, preset, predicted=predicted)
        lesions = _join_touching(lesions, others)
    return lesions


def _select(label_map: LabelMap, labels: frozenset[int]) -> npt.NDArray[np.uint8]:
    member = np.zeros(256, np.uint8)
    member[list(labels)] = 1
    return member[label_map]


def _group(
    mask: npt.NDArray[np.uint8], region: str, preset: LesionPreset, *, predicted: bool
) -> Labels:
    """Return the components that are one after dilation, on the undilated mask."""
    kernels = _lesion_kernels()
    rules = preset.of(region)
    dilated = kernels.dilate(mask, rules.grouping_steps)
    lesions: Labels = kernels.label_components(dilated)[0] * mask
    if not predicted:
        return lesions
    # Pixels, not millimetres: the script multiplies by the voxel size only where it
    # drops lesions of the reference.
    n_pixels = np.bincount(lesions.ravel())
    dropped = n_pixels <= rules.ignored_mm3
    dropped[0] = True
    return _renumber(lesions, np.where(dropped, 0, np.arange(n_pixels.size)))


def _join_touching(lesions: Labels, others: Labels) -> Labels:
    """Return the lesions, those that touch the same lesion of the others as one.

    As in the 2024 script: a lesion that touches several of the others goes with the
    one of the lowest number only, and a single touching pair changes nothing.
    """
    kernels = _lesion_kernels()
    sizes, _ = kernels.measure(lesions, int(lesions.max()))
    pairs = kernels.match(lesions, sizes, others, int(others.max()), 1)
    if len(pairs) < 2:
        return lesions
    new_number = np.arange(sizes.size)
    number_of_other: dict[int, int] = {}
    joined: set[int] = set()
    for lesion, other in sorted((int(a), int(b)) for a, b, _ in pairs):
        number = number_of_other.setdefault(other, sizes.size + len(number_of_other))
        if lesion not in joined:
            new_number[lesion] = number
            joined.add(lesion)
    return _renumber(lesions, new_number)


def _renumber(lesions: Labels, new_number: npt.NDArray[np.int_]) -> Labels:
    """Return the lesions under their new numbers, closed up in the same order."""
    _, rank = np.unique(np.append(new_number, 0), return_inverse=True)
    return rank.astype(np.int32)[lesions]


def _join(boxes: Integers) -> Integers:
    joined = np.empty(6, np.int64)
    joined[0::2] = boxes[:, 0::2].min(axis=0)
    joined[1::2] = boxes[:, 1::2].max(axis=0)
    return joined


def _hd95(
    lesions: Labels,
    lesion: int,
    components: Labels,
    hits: Integers,
    box: Integers,
    spacing_mm: tuple[float, ...],
) -> float:
    """Return the HD95 between one lesion and all components that belong to it."""
    crop = load_kernels().crop
    pad = margin(len(spacing_mm))
    is_lesion = np.zeros(int(lesions.max()) + 1, np.bool_)
    is_lesion[lesion] = True
    is_hit = np.zeros(int(components.max()) + 1, np.bool_)
    is_hit[hits] = True
    return measure_surfels(
        crop(lesions, is_lesion, box, pad),
        crop(components, is_hit, box, pad),
        spacing_mm,
    ).hd95()


def focus(
    reference: LabelMap, prediction: LabelMap, preset: LesionPreset
) -> tuple[LabelMap, LabelMap]:
    """Return both label maps cut to all that any lesion of the preset can reach."""
    everything = (np.arange(256) > 0).astype(np.uint64)
    _, boxes = load_kernels().count_regions(reference, prediction, everything, 1)
    around = reach(preset)
    first = np.maximum(boxes[0, 0::2] - around, 0)
    last = np.minimum(boxes[0, 1::2] + around, reference.shape)
    last = np.maximum(last, 1)  # no foreground: keep one pixel of background
    first = np.minimum(first, last - 1)
    cut = tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    return np.ascontiguousarray(reference[cut]), np.ascontiguousarray(prediction[cut])
