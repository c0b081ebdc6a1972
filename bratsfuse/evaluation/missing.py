"""What a slice is worth that was not submitted: the worst that its metric declares."""

from typing import assert_never, cast

from bratsfuse.metrics import METRICS
from bratsfuse.metrics.segmentation import PRESETS


def worst_fusion(key: str) -> float:
    """Return the worst value of a fusion metric.

    Infinite where its range has no bad end, as for ``qcv``; none of the metrics that a
    report shows is without one.
    """
    return float(cast("float", METRICS["fusion"][key].worst))  # the record has one


def worst_segmentation(key: str, *, diagonal_mm: float, preset: str) -> float | None:
    """Return the worst value of a segmentation metric, None if it declares none.

    Parameters
    ----------
    key
        Of the metric.
    diagonal_mm
        The image's own diagonal, the worst of all distances but ``lesion_hd95``.
    preset
        The lesion-wise rules, whose penalty is the worst ``lesion_hd95``.
    """
    worst = METRICS["segmentation"][key].worst
    match worst:
        case None:
            return None
        case "diagonal":
            return diagonal_mm
        case "penalty":
            return PRESETS[preset].penalty_mm(2)
        case float() | int():
            return float(worst)
        case _:
            assert_never(worst)
