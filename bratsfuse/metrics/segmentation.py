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
    by the rules of one challenge; `PRESETS` contains them by name.
Challenges
    `challenge_scores` gives a case as the evaluator of a BraTS challenge prints it, of
    `CHALLENGES`; `challenge_row` and `area_under_f1` are for those of 2026.

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

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics._declared import declared, function_named, names_of
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._challenge_row import challenge_row
from bratsfuse.metrics.of_segmentation._challenge_scores import (
    area_under_f1,
    challenge_scores,
)
from bratsfuse.metrics.of_segmentation._challenges import CHALLENGES
from bratsfuse.metrics.of_segmentation._counts import Counts
from bratsfuse.metrics.of_segmentation._lesion_presets import (
    DEFAULT_PRESET,
    PRESETS,
    find_preset,
)
from bratsfuse.metrics.of_segmentation._lesions import LesionCounts
from bratsfuse.metrics.of_segmentation._masks import (
    LabelMap,
    check_label_maps,
    check_regions,
    check_spacing,
)
from bratsfuse.metrics.of_segmentation._nsd import normalized_surface_dice
from bratsfuse.metrics.of_segmentation._pair import LabelMaps, RegionPair

if TYPE_CHECKING:  # for editors; at run time a name is looked up among the records
    from bratsfuse.metrics.of_segmentation.assd import (
        average_symmetric_surface_distance,
    )
    from bratsfuse.metrics.of_segmentation.dice import dice
    from bratsfuse.metrics.of_segmentation.hd import hausdorff_distance
    from bratsfuse.metrics.of_segmentation.hd95 import hausdorff_distance_95
    from bratsfuse.metrics.of_segmentation.hd95_voxel import hausdorff_distance_95_voxel
    from bratsfuse.metrics.of_segmentation.iou import intersection_over_union
    from bratsfuse.metrics.of_segmentation.lesion_dice import lesion_dice
    from bratsfuse.metrics.of_segmentation.lesion_f1 import lesion_f1
    from bratsfuse.metrics.of_segmentation.lesion_fn import lesion_false_negatives
    from bratsfuse.metrics.of_segmentation.lesion_fp import lesion_false_positives
    from bratsfuse.metrics.of_segmentation.lesion_hd95 import (
        lesion_hausdorff_distance_95,
    )
    from bratsfuse.metrics.of_segmentation.lesion_tp import lesion_true_positives
    from bratsfuse.metrics.of_segmentation.nsd_1mm import surface_dice_1mm
    from bratsfuse.metrics.of_segmentation.nsd_2mm import surface_dice_2mm
    from bratsfuse.metrics.of_segmentation.precision import precision
    from bratsfuse.metrics.of_segmentation.sensitivity import sensitivity
    from bratsfuse.metrics.of_segmentation.specificity import specificity
    from bratsfuse.metrics.of_segmentation.volume_error import volume_error

__all__ = [
    "CHALLENGES",
    "DEFAULT_PRESET",
    "METRICS",
    "PRESETS",
    "Counts",
    "LesionCounts",
    "area_under_f1",
    "average_symmetric_surface_distance",
    "challenge_row",
    "challenge_scores",
    "compare",
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

METRICS: Mapping[str, Metric]
"""Key -> what the metric is, in the order in which tables show them."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a mapping or a function)
    if name == "METRICS":
        return declared("segmentation")
    return function_named("segmentation", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *names_of("segmentation")})


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
    pairs = compare(reference, prediction, spacing_mm, regions, preset=preset)
    asked = _check_metrics(metrics)
    return {
        name: {metric.key: pair.score(metric) for metric in asked}
        for name, pair in pairs.items()
    }


def compare(
    reference: LabelMap,
    prediction: LabelMap,
    spacing_mm: Sequence[float] | None = None,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> dict[str, RegionPair]:
    """Return each region of two label maps, to be scored and counted.

    Nothing is computed yet; what several metrics and regions need, such as the surfels
    or the lesions, is made on first use and kept.

    Parameters
    ----------
    reference, prediction, spacing_mm, regions, preset
        As in `evaluate`.

    Returns
    -------
    dict
        Region to a pair with ``score(metric)``, ``counts`` of pixels and ``lesions``.

    Raises
    ------
    InvalidInputError
        As in `evaluate`.
    """
    check_label_maps(reference, prediction)
    spacing = check_spacing(spacing_mm, reference.ndim)
    asked = check_regions(regions)
    rules = find_preset(preset)
    maps = LabelMaps(reference, prediction, spacing, asked, rules)
    return {name: RegionPair(maps, name) for name in asked}


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
    pairs = compare(reference, prediction, None, regions)
    return {name: pair.counts for name, pair in pairs.items()}


def _check_metrics(metrics: Iterable[str] | None) -> list[Metric]:
    """Return the metrics asked for, in order and without repetition."""
    known = declared("segmentation")
    if metrics is None or metrics == "all":
        return list(known.values())
    keys = dict.fromkeys([metrics] if isinstance(metrics, str) else metrics)
    unknown = [key for key in keys if key not in known]
    if unknown or not keys:
        raise InvalidInputError(
            f"metrics: found {unknown or 'none'}, expected keys out of "
            f"{', '.join(known)}; leave the argument out for all"
        )
    return [known[key] for key in keys]
