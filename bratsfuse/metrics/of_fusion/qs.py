"""Q_S: SSIM to each source, weighted by where that source has detail."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Scene,
    alone,
    cropped,
    mean,
)
from bratsfuse.metrics.of_fusion.ssim import (
    BORDER,
    WINDOW,
    compare,
    local_mean,
    local_square,
)

FLAT = 1e-9
"""A variance in squared grey levels that only rounding makes differ from zero.

The smallest variance that a window of integers with this Gaussian can have is 1e-6.
"""


def piella_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_S, the mean over windows of the SSIM to the more detailed source.

    ``mean of sum over X of lambda_X SSIM(F, X)`` with ``lambda_X`` the local variance
    of X over the sum of all; equal shares where no source varies (Piella and Heijmans
    2003). The window and constants are those of SSIM.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 11.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [-1, 1]. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qs_of(Scene.of(sources, fused, inside))


def qs_of(scene: Scene) -> float:
    """Return Q_S of a scene."""
    scene.require_side(WINDOW, "qs")
    quality, _ = quality_and_weight(scene)
    return mean(quality, cropped(scene.inside, BORDER))


def quality_and_weight(scene: Scene) -> tuple[Float, Float]:
    """Return Piella's local quality and its weight at each window."""
    variances = _shares([_variance(source) for source in scene.sources])
    parts = [
        variance * compare(pair, 0)[1]
        for variance, pair in zip(variances, scene.pairs, strict=True)
    ]
    return np.asarray(sum(parts) / sum(variances)), np.max(variances, axis=0)


def _variance(source: Image) -> Float:
    return np.asarray(local_square(source, 0) - local_mean(source, 0) ** 2)


def _shares(variances: Sequence[Float]) -> list[Float]:
    """Return the variances, without rounding noise, and 0.5 each where all are zero."""
    cleaned = [np.where(variance > FLAT, variance, 0.0) for variance in variances]
    flat = np.max(cleaned, axis=0) == 0
    for variance in cleaned:
        variance[flat] = 0.5
    return cleaned


METRIC = Metric(
    key="qs",
    title="Q_S",
    function=piella_index,
    family="fusion",
    shared="scene",
    formula=qs_of,
    per_source=alone(qs_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-1,
    high=1,
    unit="",
    undefined_when="a side is shorter than 11 pixels, or no pixel counts",
    worst=-1,
    order=210,
    source="Piella and Heijmans 2003",
)
