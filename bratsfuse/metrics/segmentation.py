"""Segmentation metrics: how well a predicted tumour agrees with a reference.

A reference and a prediction are label maps of one slice, (H, W), or of one volume,
(D, H, W). They are compared region by region: whole tumour (WT), tumour core (TC) and
enhancing tumour (ET). `evaluate` scores all regions in one pass; every metric is also a
function of two boolean masks, and `METRICS` declares its direction, range and unit.

Overlap
    ``dice iou sensitivity specificity precision volume_error`` count pixels.
Surface
    ``hd hd95 assd nsd_1mm nsd_2mm`` measure the distance between the two contours or
    surfaces. Their points are surfels: pixel corners, each weighted by the length or
    area of the surface that it stands for, as in the surface-distance package and the
    BraTS scores since 2023. ``hd95_voxel`` is the other HD95 in use: boundary pixel
    centres, linear percentile, larger of two directions, as in MONAI.
Lesion-wise
    ``lesion_dice lesion_hd95 lesion_f1 lesion_tp lesion_fp lesion_fn`` count lesions,
    by the rules of one challenge; `PRESETS` holds them by name.

Conventions
    The reference comes first. Spacing is in millimetres, one number per array axis.
    A slice is scored as a picture with contours, not as a volume of one slice, whose
    top and bottom faces would be surface. What a formula leaves undefined is NaN;
    `bratsfuse.metrics.empty_policy` replaces it where a report has to. Only the
    lesion-wise scores follow their script instead and give 1 and 0 mm for nothing.

References
----------
A. Reinke et al., "Understanding metric-related pitfalls in image analysis validation",
Nature Methods 21, 2024.
S. Nikolov et al., "Clinically applicable segmentation of head and neck anatomy for
radiotherapy", Journal of Medical Internet Research 23, 2021.
"""

from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics.of_segmentation._counts import (
    Counts,
    dice,
    intersection_over_union,
    precision,
    sensitivity,
    specificity,
    volume_error,
)
from bratsfuse.metrics.of_segmentation._lesion_presets import (
    DEFAULT_PRESET,
    PRESETS,
    find_preset,
)
from bratsfuse.metrics.of_segmentation._lesions import (
    LesionScores,
    focus,
    score_lesions,
)
from bratsfuse.metrics.of_segmentation._masks import (
    LabelMap,
    as_volume,
    check_label_maps,
    check_regions,
    check_spacing,
)
from bratsfuse.metrics.of_segmentation._records import (
    METRICS,
    surface_dice_1mm,
    surface_dice_2mm,
)
from bratsfuse.metrics.of_segmentation._surface import (
    Region,
    SurfelDistances,
    margin,
    measure_hd95_voxel,
    measure_surfels,
)
from bratsfuse.metrics.of_segmentation.hd import (
    average_symmetric_surface_distance,
    hausdorff_distance,
    hausdorff_distance_95,
    hausdorff_distance_95_voxel,
    normalized_surface_dice,
)
from bratsfuse.metrics.of_segmentation.lesion_dice import (
    lesion_dice,
    lesion_f1,
    lesion_false_negatives,
    lesion_false_positives,
    lesion_hausdorff_distance_95,
    lesion_true_positives,
)

__all__ = [
    "DEFAULT_PRESET",
    "METRICS",
    "PRESETS",
    "Counts",
    "average_symmetric_surface_distance",
    "count_pixels",
    "dice",
    "evaluate",
    "hausdorff_distance",
    "hausdorff_distance_95",
    "hausdorff_distance_95_voxel",
    "intersection_over_union",
    "lesion_dice",
    "lesion_f1",
    "lesion_false_negatives",
    "lesion_false_positives",
    "lesion_hausdorff_distance_95",
    "lesion_true_positives",
    "normalized_surface_dice",
    "precision",
    "sensitivity",
    "specificity",
    "surface_dice_1mm",
    "surface_dice_2mm",
    "volume_error",
]

_OF_COUNTS: Final[dict[str, Callable[[Counts], float]]] = {
    "dice": Counts.dice,
    "iou": Counts.iou,
    "sensitivity": Counts.sensitivity,
    "specificity": Counts.specificity,
    "precision": Counts.precision,
    "volume_error": Counts.volume_error,
}
_OF_SURFELS: Final[dict[str, Callable[[SurfelDistances], float]]] = {
    "hd": SurfelDistances.hd,
    "hd95": SurfelDistances.hd95,
    "assd": SurfelDistances.assd,
    "nsd_1mm": lambda surfels: surfels.nsd(1.0),
    "nsd_2mm": lambda surfels: surfels.nsd(2.0),
}
_OF_LESIONS: Final[dict[str, Callable[[LesionScores], float]]] = {
    "lesion_dice": lambda lesions: lesions.dice,
    "lesion_hd95": lambda lesions: lesions.hd95,
    "lesion_f1": LesionScores.f1,
    "lesion_tp": lambda lesions: float(lesions.tp),
    "lesion_fp": lambda lesions: float(lesions.fp),
    "lesion_fn": lambda lesions: float(lesions.fn),
}


def evaluate(
    reference: LabelMap,
    prediction: LabelMap,
    spacing_mm: Sequence[float] | None = None,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
    *,
    metrics: Iterable[str] | None = None,
    preset: str = DEFAULT_PRESET,
) -> dict[str, dict[str, float]]:
    """Return every score of every region: ``{"WT": {"dice": 0.9, ...}, ...}``.

    Parameters
    ----------
    reference, prediction
        uint8 label maps of equal shape, (H, W) or (D, H, W), in the canonical coding:
        1 NCR, 2 ED, 3 ET, 4 RC, 5 CC. They are not modified.
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.
    regions
        Names (WT, TC, ET, NCR, ED, RC, CC, NETC, SNFH), or a map of names of your own
        to label values; None is WT, TC and ET.
    metrics
        Keys of `METRICS`; None or ``"all"`` is all of them. Leaving the lesion-wise
        ones out saves most of the time.
    preset
        The challenge whose lesion-wise rules hold, one of `PRESETS`.

    Returns
    -------
    dict
        Region, then key, in the order asked; floats, NaN where a metric's record says
        it is undefined.

    Raises
    ------
    InvalidInputError
        If an array is not a uint8 label map, shapes differ, or the spacing, a region, a
        key or the preset is not one of those above.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.zeros((240, 240), np.uint8)
    >>> reference[100:120, 100:120] = 2
    >>> prediction = np.roll(reference, 3, axis=0)
    >>> evaluate(reference, prediction, regions=["WT"], metrics=["dice", "hd"])
    {'WT': {'dice': 0.85, 'hd': 3.0}}
    """
    check_label_maps(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    asked = check_regions(regions)
    keys = _check_metrics(metrics)
    rules = find_preset(preset)

    scores: dict[str, dict[str, float]] = {name: {} for name in asked}
    volumes = as_volume(reference), as_volume(prediction)
    if not keys <= _OF_LESIONS.keys():
        _score_regions(volumes, asked, spacing, keys, scores)
    if keys & _OF_LESIONS.keys():
        pair = focus(*volumes)  # the pass over the whole image, once for all regions
        for name, labels in asked.items():
            lesions = score_lesions(*pair, name, labels, spacing, rules)
            scores[name] |= {key: of(lesions) for key, of in _OF_LESIONS.items()}
    return {name: {key: values[key] for key in keys} for name, values in scores.items()}


def count_pixels(
    reference: LabelMap,
    prediction: LabelMap,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
) -> dict[str, Counts]:
    """Return the pixels of every region in both masks, in either alone, in neither.

    Counts of several slices add up to those of their case, which the ratios made of
    them do not.

    Parameters
    ----------
    reference, prediction, regions
        As in `evaluate`.

    Returns
    -------
    dict
        Region to `Counts`, in the order asked.

    Raises
    ------
    InvalidInputError
        As in `evaluate`.

    Examples
    --------
    >>> import numpy as np
    >>> count_pixels(np.uint8([[2, 2, 0]]), np.uint8([[2, 0, 0]]), ["WT"])
    {'WT': Counts(tp=1, fp=0, fn=1, tn=1)}
    """
    check_label_maps(reference, prediction)
    asked = check_regions(regions)
    volumes = as_volume(reference), as_volume(prediction)
    return {name: counts for name, counts, _ in _counted(volumes, asked)}


def _check_metrics(metrics: Iterable[str] | None) -> KeysView[str]:
    """Return the keys asked for, in order and without repetition."""
    if metrics is None or metrics == "all":
        return dict.fromkeys(METRICS).keys()
    keys = dict.fromkeys([metrics] if isinstance(metrics, str) else metrics).keys()
    unknown = [key for key in keys if key not in METRICS]
    if unknown or not keys:
        raise InvalidInputError(
            f"metrics: found {unknown or 'none'}, expected keys out of "
            f"{', '.join(METRICS)}; leave the argument out for all"
        )
    return keys


def _score_regions(
    volumes: tuple[LabelMap, LabelMap],
    asked: Mapping[str, frozenset[int]],
    spacing_mm: tuple[float, ...],
    keys: Iterable[str],
    scores: dict[str, dict[str, float]],
) -> None:
    """Add the overlap and surface scores of all regions, from one pass for counts."""
    from bratsfuse.metrics.of_segmentation import _surface_kernels as kernels

    pad = margin(len(spacing_mm))
    for name, counts, (row, box) in _counted(volumes, asked):
        scores[name] |= {key: of(counts) for key, of in _OF_COUNTS.items()}
        if not counts.reference or not counts.prediction:
            scores[name] |= dict.fromkeys((*_OF_SURFELS, "hd95_voxel"), np.nan)
            continue
        pair = [kernels.crop(volume, row, box, pad) for volume in volumes]
        scores[name] |= _score_surfaces(pair[0], pair[1], spacing_mm, keys)


def _counted(
    volumes: tuple[LabelMap, LabelMap], asked: Mapping[str, frozenset[int]]
) -> Iterator[tuple[str, Counts, tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]]]:
    """Yield each region with its counts, its labels' table and the box around it."""
    from bratsfuse.metrics.of_segmentation import _surface_kernels as kernels

    member = np.zeros((len(asked), 256), np.bool_)
    for row, labels in zip(member, asked.values(), strict=True):
        row[list(labels)] = True
    bits = (member.T << np.arange(len(asked), dtype=np.uint64)).sum(1, dtype=np.uint64)
    sizes, boxes = kernels.count_regions(*volumes, bits, len(asked))
    for name, row, size, box in zip(asked, member, sizes.tolist(), boxes, strict=True):
        both, in_reference, in_prediction = size
        counts = Counts(
            tp=both,
            fp=in_prediction - both,
            fn=in_reference - both,
            tn=volumes[0].size - in_reference - in_prediction + both,
        )
        yield name, counts, (row, box)


def _score_surfaces(
    reference: Region,
    prediction: Region,
    spacing_mm: tuple[float, ...],
    keys: Iterable[str],
) -> dict[str, float]:
    scores: dict[str, float] = {}
    if not _OF_SURFELS.keys().isdisjoint(keys):
        surfels = measure_surfels(reference, prediction, spacing_mm)
        scores |= {key: of(surfels) for key, of in _OF_SURFELS.items()}
    if "hd95_voxel" in keys:
        scores["hd95_voxel"] = measure_hd95_voxel(reference, prediction, spacing_mm)
    return scores
