"""What a slice is worth that was not submitted: the worst that its metric has."""

from typing import Final

from bratsfuse.metrics import METRICS
from bratsfuse.metrics.segmentation import PRESETS

_OF_PIXELS: Final = frozenset({"hd", "hd95", "hd95_voxel", "assd"})
_COUNTS: Final = frozenset({"lesion_tp", "lesion_fp", "lesion_fn"})


def worst_fusion(key: str) -> float:
    """Return the worst value of a fusion metric: that end of its range.

    Infinite where the range has no such end, as for ``qcv``; none of the default
    metrics is without one.
    """
    metric = METRICS["fusion"][key]
    return metric.low if metric.higher_is_better else metric.high


def worst_segmentation(key: str, *, diagonal_mm: float, preset: str) -> float | None:
    """Return the worst value of a segmentation metric, None if it has none.

    Parameters
    ----------
    key
        Of the metric.
    diagonal_mm
        The image's own diagonal, the worst of all distances but ``lesion_hd95``.
    preset
        The lesion-wise rules, whose penalty is the worst ``lesion_hd95``.

    Returns
    -------
    float or None
        None for the lesion counts, which an empty mask gives right (every lesion is
        missed), and for the signed ``volume_error``.
    """
    if key in _COUNTS:
        return None
    if key in _OF_PIXELS:
        return diagonal_mm
    if key == "lesion_hd95":
        return PRESETS[preset].penalty_mm(2)
    metric = METRICS["segmentation"][key]
    return metric.low if metric.higher_is_better else None
