"""Q_W: Q_S with windows weighted by the detail that they have."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    ImagesLike,
    Mask,
    Scene,
    alone,
    cropped,
    once,
    total,
)
from bratsfuse.metrics.of_fusion.qs import quality_and_weight
from bratsfuse.metrics.of_fusion.ssim import BORDER, WINDOW


def weighted_piella_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_W, Piella's index with windows weighted by their largest variance.

    Where no source varies the weight is 0.5, as in the published code.

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
    return qw_of(Scene.of(sources, fused, inside))


def qw_of(scene: Scene) -> float:
    """Return Q_W of a scene."""
    scene.require_side(WINDOW, "qw")
    return weighted_mean(scene)


@once
def weighted_mean(scene: Scene) -> float:
    """Return the mean of the local quality, weighted by the largest variance."""
    quality, weight = quality_and_weight(scene)
    windows: Mask | None = cropped(scene.inside, BORDER)
    all_weight = total(weight, windows)
    # Every weight is positive, so only an empty mask leaves nothing to divide by.
    return total(weight * quality, windows) / all_weight if all_weight else math.nan


METRIC = Metric(
    key="qw",
    title="Q_W",
    function=weighted_piella_index,
    family="fusion",
    shared="scene",
    formula=qw_of,
    per_source=alone(qw_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-1,
    high=1,
    unit="",
    undefined_when="a side is shorter than 11 pixels, or no pixel counts",
    worst=-1,
    order=220,
    source="Piella and Heijmans 2003",
)
