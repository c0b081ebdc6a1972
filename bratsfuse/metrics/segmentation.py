"""Segmentation metrics: how well a predicted tumour agrees with a reference.

A reference and a prediction are label maps of one slice, (H, W), or of one volume,
(D, H, W). They are compared region by region: whole tumour (WT), tumour core (TC) and
enhancing tumour (ET). `evaluate` scores all regions in one pass; every metric is also a
function of two boolean masks, and `METRICS` declares its direction, range and unit.

Overlap
    ``dice iou sensitivity specificity precision volume_error`` count pixels.
Surface
    ``hd hd95 assd nsd_1mm nsd_2mm``, and by key ``masd`` and directions alone, measure
    the distance between two contours or surfaces. Their points are surfels: pixel
    corners, each weighted by the length or area of the surface that it stands for, as
    in the surface-distance package and BraTS since 2023. ``hd95_voxel``: boundary pixel
    centres, linear percentile, larger of two directions, as in MONAI.
Lesion-wise
    ``lesion_dice lesion_hd95 lesion_f1 lesion_tp lesion_fp lesion_fn`` count lesions,
    by the rules of one challenge; `PRESETS` contains them by name. By key also
    ``pq sq rq``, of lesions that overlap by more than half.
Challenges
    `challenge_scores` gives a case as the evaluator of a BraTS challenge prints it, of
    `CHALLENGES`; `challenge_row` and `area_under_f1` are for those of 2026.

`DEFAULT` are the keys given unasked. A key can name any tolerance: ``nsd_0.5mm``.

Conventions
    The reference comes first. Spacing is in millimetres, one number per array axis. A
    slice is scored as a picture with contours, not as a volume of one slice, whose
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

import numpy.typing as npt

from bratsfuse.metrics._declared import declared, function_named, names_of
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._asked import default_keys, metrics_asked
from bratsfuse.metrics.of_segmentation._challenge_row import challenge_row
from bratsfuse.metrics.of_segmentation._challenge_scores import (
    area_under_f1,
    challenge_scores,
)
from bratsfuse.metrics.of_segmentation._challenges import CHALLENGES
from bratsfuse.metrics.of_segmentation._comparison import compare, count_pixels
from bratsfuse.metrics.of_segmentation._counts import Counts
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET, PRESETS
from bratsfuse.metrics.of_segmentation._lesions import LesionCounts
from bratsfuse.metrics.of_segmentation._nsd import normalized_surface_dice

if TYPE_CHECKING:  # for editors; at run time a name is looked up among the records
    from bratsfuse.metrics.of_segmentation.asd_from_prediction import (
        average_surface_distance_from_prediction,
    )
    from bratsfuse.metrics.of_segmentation.asd_from_reference import (
        average_surface_distance_from_reference,
    )
    from bratsfuse.metrics.of_segmentation.assd import (
        average_symmetric_surface_distance,
    )
    from bratsfuse.metrics.of_segmentation.boundary_iou import (
        boundary_intersection_over_union,
    )
    from bratsfuse.metrics.of_segmentation.dice import dice
    from bratsfuse.metrics.of_segmentation.hd import hausdorff_distance
    from bratsfuse.metrics.of_segmentation.hd95 import hausdorff_distance_95
    from bratsfuse.metrics.of_segmentation.hd95_from_prediction import (
        hausdorff_distance_95_from_prediction,
    )
    from bratsfuse.metrics.of_segmentation.hd95_from_reference import (
        hausdorff_distance_95_from_reference,
    )
    from bratsfuse.metrics.of_segmentation.hd95_voxel import hausdorff_distance_95_voxel
    from bratsfuse.metrics.of_segmentation.hd_from_prediction import (
        hausdorff_distance_from_prediction,
    )
    from bratsfuse.metrics.of_segmentation.hd_from_reference import (
        hausdorff_distance_from_reference,
    )
    from bratsfuse.metrics.of_segmentation.iou import intersection_over_union
    from bratsfuse.metrics.of_segmentation.lesion_dice import lesion_dice
    from bratsfuse.metrics.of_segmentation.lesion_f1 import lesion_f1
    from bratsfuse.metrics.of_segmentation.lesion_fn import lesion_false_negatives
    from bratsfuse.metrics.of_segmentation.lesion_fp import lesion_false_positives
    from bratsfuse.metrics.of_segmentation.lesion_hd95 import (
        lesion_hausdorff_distance_95,
    )
    from bratsfuse.metrics.of_segmentation.lesion_tp import lesion_true_positives
    from bratsfuse.metrics.of_segmentation.masd import mean_average_surface_distance
    from bratsfuse.metrics.of_segmentation.nsd_1mm import surface_dice_1mm
    from bratsfuse.metrics.of_segmentation.nsd_2mm import surface_dice_2mm
    from bratsfuse.metrics.of_segmentation.pq import panoptic_quality
    from bratsfuse.metrics.of_segmentation.precision import precision
    from bratsfuse.metrics.of_segmentation.prediction_ml import prediction_volume
    from bratsfuse.metrics.of_segmentation.reference_ml import reference_volume
    from bratsfuse.metrics.of_segmentation.rq import recognition_quality
    from bratsfuse.metrics.of_segmentation.sensitivity import sensitivity
    from bratsfuse.metrics.of_segmentation.specificity import specificity
    from bratsfuse.metrics.of_segmentation.sq import segmentation_quality
    from bratsfuse.metrics.of_segmentation.volume_error import volume_error


__all__ = [
    "CHALLENGES",
    "DEFAULT",
    "DEFAULT_PRESET",
    "METRICS",
    "PRESETS",
    "Counts",
    "LesionCounts",
    "area_under_f1",
    "average_surface_distance_from_prediction",
    "average_surface_distance_from_reference",
    "average_symmetric_surface_distance",
    "boundary_intersection_over_union",
    "challenge_row",
    "challenge_scores",
    "compare",
    "count_pixels",
    "dice",
    "evaluate",
    "hausdorff_distance",
    "hausdorff_distance_95",
    "hausdorff_distance_95_from_prediction",
    "hausdorff_distance_95_from_reference",
    "hausdorff_distance_95_voxel",
    "hausdorff_distance_from_prediction",
    "hausdorff_distance_from_reference",
    "intersection_over_union",
    "lesion_dice",
    "lesion_f1",
    "lesion_false_negatives",
    "lesion_false_positives",
    "lesion_hausdorff_distance_95",
    "lesion_true_positives",
    "mean_average_surface_distance",
    "normalized_surface_dice",
    "panoptic_quality",
    "precision",
    "prediction_volume",
    "recognition_quality",
    "reference_volume",
    "segmentation_quality",
    "sensitivity",
    "specificity",
    "surface_dice_1mm",
    "surface_dice_2mm",
    "volume_error",
]

METRICS: Mapping[str, Metric]
"""Key -> what the metric is, in the order in which tables show them."""

DEFAULT: tuple[str, ...]
"""The keys that `evaluate` gives unasked, and a report has."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a mapping or a function)
    if name == "METRICS":
        return declared("segmentation")
    if name == "DEFAULT":
        return default_keys()
    return function_named("segmentation", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *names_of("segmentation")})


def evaluate(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    spacing_mm: Sequence[float] | None = None,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
    coding: str | None = None,
    *,
    metrics: Iterable[str] | None = None,
    preset: str = DEFAULT_PRESET,
) -> dict[str, dict[str, float]]:
    """Return every score of every region: ``{"WT": {"dice": 0.9, ...}, ...}``.

    Parameters
    ----------
    reference, prediction
        Label maps of equal shape, (H, W) or (D, H, W), of integers from 0 to 255:
        NumPy arrays, torch tensors or Pillow images. They are not modified.
    spacing_mm
        Pixel size along each axis in millimetres, in the order of the array's axes;
        None is 1 mm.
    regions
        Names (WT, TC, ET, NCR, ED, RC, CC, NETC, SNFH), or a map of names of your own
        to label values as they are stored; None is WT, TC and ET, or those of them
        that the coding can express.
    coding
        What the labels mean: ``"bratsfuse"`` is ours, 1 NCR, 2 ED, 3 ET, 4 RC, 5 CC;
        the name of a dataset layout is that of its files, for example ``"brats2021"``
        or ``"brats2024-ped"``. None is ours, where nothing is ambiguous. With regions
        of your own only ours can be stated.
    metrics
        Keys of `METRICS`, or ``nsd_<number>mm`` and ``lesion_nsd_<number>mm``; None is
        `DEFAULT`, ``"all"`` is all of `METRICS`. Leaving the lesion-wise ones out saves
        most of the time.
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
        If an array is not a label map, shapes differ, or the spacing, a region, a key
        or the preset is not one of those above; if regions are named and a map has
        labels outside the coding, which are never background, or 4 but no 3 while no
        coding is stated: 4 was enhancing tumour until 2022.
    UnknownNameError
        If no coding has that name.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.zeros((240, 240), np.uint8)
    >>> reference[100:120, 100:120] = 2
    >>> prediction = np.roll(reference, 3, axis=0)
    >>> evaluate(reference, prediction, regions=["WT"], metrics=["dice", "hd"])
    {'WT': {'dice': 0.85, 'hd': 3.0}}
    """
    pairs = compare(reference, prediction, spacing_mm, regions, coding, preset=preset)
    asked = metrics_asked(metrics)
    return {
        name: {metric.key: pair.score(metric) for metric in asked}
        for name, pair in pairs.items()
    }
