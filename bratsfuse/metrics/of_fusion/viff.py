"""VIFF: fidelity to whichever source the fused image follows less."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Scene,
    alone,
    selected,
    total,
)
from bratsfuse.metrics.of_fusion.vif import MINIMUM_SIDE, seen, there, windows_inside

NOISE = 0.005 * 255**2
FLOOR = 1e-7
WEIGHTS = (1 / 2.15, 0.0, 0.15 / 2.15, 1 / 2.15)


def visual_information_fidelity_for_fusion(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return VIFF, fidelity to whichever source the fused image follows less.

    Han et al. 2013 for grey images: scales as in VIF, noise variance 0.005 * 255^2.
    Each pixel's information is that of the source with the smallest gain; per scale the
    sums over pixels are divided; the ratios have the weights (1, 0, 0.15, 1) / 2.15. Of
    equal gains, for example where the fused image is flat, the last source's counts:
    there, and only there, the order of the sources matters.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 41.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0, about 1 at most. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return viff_of(Scene.of(sources, fused, inside))


def viff_of(scene: Scene) -> float:
    """Return VIFF of a scene."""
    scene.require_side(MINIMUM_SIDE, "viff")
    return combined(kept_and_whole(scene))


def kept_and_whole(scene: Scene) -> list[tuple[float, float, int]]:
    """Return numerator, denominator and windows of each scale that has a weight."""
    found = []
    for scale in (scale for scale, weight in enumerate(WEIGHTS) if weight):
        kept, whole = _least_followed(scene, scale)
        windows = windows_inside(scene, scale)
        size = selected(kept, windows).size
        found.append((total(kept, windows), total(whole, windows), size))
    return found


def combined(scales: Sequence[tuple[float, float, float]]) -> float:
    """Return VIFF of what `kept_and_whole` returns."""
    score = 0.0
    weights = [weight for weight in WEIGHTS if weight]
    for weight, (kept, whole, size) in zip(weights, scales, strict=True):
        # The published code adds its floor to decimal logarithms.
        floor = math.log(10) * FLOOR * size
        if floor == 0:
            return math.nan
        score += weight * (kept + floor) / (whole + floor)
    return score


def _least_followed(scene: Scene, scale: int) -> tuple[Float, Float]:
    """Return numerator and denominator of the source with the smallest gain."""
    maps = [
        (*seen(pair, scale, NOISE), there(pair.source, scale, NOISE))
        for pair in scene.pairs
    ]
    least, kept, whole = maps[0]
    for gain, next_kept, next_whole in maps[1:]:
        earlier = least < gain  # of equal gains the last source counts
        least = np.where(earlier, least, gain)
        kept = np.where(earlier, kept, next_kept)
        whole = np.where(earlier, whole, next_whole)
    return kept, whole


METRIC = Metric(
    key="viff",
    title="VIFF",
    function=visual_information_fidelity_for_fusion,
    family="fusion",
    shared="scene",
    formula=viff_of,
    per_source=alone(viff_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="",
    undefined_when="a side is shorter than 41 pixels, or no pixel counts",
    worst=0,
    order=150,
    source="Han, Cai, Cao and Xu 2013",
)
