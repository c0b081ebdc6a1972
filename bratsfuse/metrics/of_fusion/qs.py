"""Q_S: SSIM to each source, weighted by where that source has detail."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._box import around
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Scene,
    alone,
    cropped,
    mean,
    once,
)
from bratsfuse.metrics.of_fusion.ssim import BORDER, SIGMA, WINDOW

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
    return _local_quality(scene.fused, *scene.sources)


@once
def _local_quality(fused: Image, *sources: Image) -> tuple[Float, Float]:
    # Here and not above: importing numba takes longer than scoring ten images.
    from bratsfuse.metrics.of_fusion._piella import local_quality

    images = (*sources, fused)
    pixels = np.stack([image.pixels for image in images])
    box = around(*(image.box for image in images))
    return local_quality(pixels, gaussian_taps(WINDOW, SIGMA), FLAT, box)


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
