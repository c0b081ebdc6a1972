"""What each segmentation metric declares of itself."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import (
    dice,
    intersection_over_union,
    precision,
    sensitivity,
    specificity,
    volume_error,
)
from bratsfuse.metrics.of_segmentation._masks import Mask
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

_SURFELS: Final = (
    "S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)"
)
_CONFUSION: Final = "A. A. Taha and A. Hanbury, BMC Medical Imaging 15, 2015"
_LESIONS: Final = "R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics"
_EITHER_EMPTY: Final = "either mask is empty"


def surface_dice_1mm(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return `normalized_surface_dice` at a tolerance of 1 mm."""
    return normalized_surface_dice(reference, prediction, spacing_mm, tolerance_mm=1.0)


def surface_dice_2mm(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return `normalized_surface_dice` at a tolerance of 2 mm."""
    return normalized_surface_dice(reference, prediction, spacing_mm, tolerance_mm=2.0)


def _fraction(
    key: str,
    title: str,
    function: Callable[..., float],
    undefined_when: str,
    source: str,
) -> Metric:
    return Metric(
        key=key,
        title=title,
        function=function,
        kind="segmentation",
        higher_is_better=True,
        low=0.0,
        high=1.0,
        unit="",
        undefined_when=undefined_when,
        source=source,
    )


def _distance(
    key: str,
    title: str,
    function: Callable[..., float],
    undefined_when: str,
    source: str,
) -> Metric:
    return Metric(
        key=key,
        title=title,
        function=function,
        kind="segmentation",
        higher_is_better=False,
        low=0.0,
        high=math.inf,
        unit="mm",
        undefined_when=undefined_when,
        source=source,
    )


def _lesion_count(
    key: str, title: str, function: Callable[..., float], *, higher_is_better: bool
) -> Metric:
    return Metric(
        key=key,
        title=title,
        function=function,
        kind="segmentation",
        higher_is_better=higher_is_better,
        low=0.0,
        high=math.inf,
        unit="lesions",
        undefined_when="never",
        source=_LESIONS,
    )


METRICS: Final[dict[str, Metric]] = {
    metric.key: metric
    for metric in (
        _fraction(
            "dice",
            "Dice",
            dice,
            "both masks are empty",
            "L. R. Dice, Ecology 26, 1945",
        ),
        _fraction(
            "iou",
            "IoU",
            intersection_over_union,
            "both masks are empty",
            "P. Jaccard, New Phytologist 11, 1912",
        ),
        _fraction(
            "sensitivity",
            "Sensitivity",
            sensitivity,
            "the reference is empty",
            _CONFUSION,
        ),
        _fraction(
            "specificity",
            "Specificity",
            specificity,
            "the reference fills the image",
            _CONFUSION,
        ),
        _fraction(
            "precision",
            "Precision",
            precision,
            "the prediction is empty",
            _CONFUSION,
        ),
        _distance("hd", "HD", hausdorff_distance, _EITHER_EMPTY, _SURFELS),
        _distance("hd95", "HD95", hausdorff_distance_95, _EITHER_EMPTY, _SURFELS),
        _distance(
            "hd95_voxel",
            "HD95 (voxel centres)",
            hausdorff_distance_95_voxel,
            _EITHER_EMPTY,
            "D. P. Huttenlocher et al., IEEE TPAMI 15, 1993; computed as MONAI does",
        ),
        _distance(
            "assd",
            "ASSD",
            average_symmetric_surface_distance,
            _EITHER_EMPTY,
            _SURFELS,
        ),
        _fraction("nsd_1mm", "NSD 1 mm", surface_dice_1mm, _EITHER_EMPTY, _SURFELS),
        _fraction("nsd_2mm", "NSD 2 mm", surface_dice_2mm, _EITHER_EMPTY, _SURFELS),
        Metric(
            key="volume_error",
            title="Volume error",
            function=volume_error,
            kind="segmentation",
            higher_is_better=None,
            low=-1.0,
            high=math.inf,
            unit="",
            undefined_when="the reference is empty",
            source="T. Heimann et al., IEEE Transactions on Medical Imaging 28, 2009",
        ),
        _fraction("lesion_dice", "Lesion-wise Dice", lesion_dice, "never", _LESIONS),
        _distance(
            "lesion_hd95",
            "Lesion-wise HD95",
            lesion_hausdorff_distance_95,
            "never",
            _LESIONS,
        ),
        _fraction(
            "lesion_f1",
            "Lesion F1",
            lesion_f1,
            "no lesion is to be found and none is invented",
            _LESIONS,
        ),
        _lesion_count(
            "lesion_tp", "Lesions found", lesion_true_positives, higher_is_better=True
        ),
        _lesion_count(
            "lesion_fp",
            "Lesions invented",
            lesion_false_positives,
            higher_is_better=False,
        ),
        _lesion_count(
            "lesion_fn",
            "Lesions missed",
            lesion_false_negatives,
            higher_is_better=False,
        ),
    )
}
"""The segmentation metrics by key, in the order of a report."""
