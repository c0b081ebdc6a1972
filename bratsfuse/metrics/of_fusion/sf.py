"""SF: how much changes from pixel to pixel of the fused image."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Scene,
    mean,
    selected,
)

MINIMUM_SIDE = 2


def spatial_frequency(
    sources: ImagesLike | None,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return SF, the root of the mean squared steps along rows and along columns.

    ``sqrt(mean dx^2 + mean dy^2)`` of first differences, each mean over its own number
    of differences. VIFB divides both by the number of pixels (0.2 % less at 240 x 240).
    With a mask a difference counts if both of its pixels do.

    Parameters
    ----------
    sources
        Not looked at; may be None.
    fused
        uint8, shape (H, W), both sides at least 2.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Grey levels, in [0, 255 sqrt(2)]. NaN if no difference counts along an axis.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the image is too small.
    """
    return sf_of(Scene.of(sources, fused, inside, fused_alone=True))


def sf_of(scene: Scene) -> float:
    """Return SF of a scene."""
    across, down = differences(scene)
    return math.sqrt(mean(across * across) + mean(down * down))


def differences(scene: Scene) -> tuple[Float, Float]:
    """Return the differences to the right and below that count, one row each."""
    scene.require_side(MINIMUM_SIDE, "sf")
    pixels = scene.fused.pixels
    mask = scene.inside
    across = pixels[:, 1:] - pixels[:, :-1]
    down = pixels[1:] - pixels[:-1]
    both_across = None if mask is None else mask[:, 1:] & mask[:, :-1]
    both_down = None if mask is None else mask[1:] & mask[:-1]
    return selected(across, both_across), selected(down, both_down)


METRIC = Metric(
    key="sf",
    title="SF",
    function=spatial_frequency,
    family="fusion",
    shared="scene",
    formula=sf_of,
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=255 * math.sqrt(2),
    unit="grey level",
    undefined_when="no pixel counts",
    worst=0,
    headline=True,
    order=30,
    source="Eskicioglu and Fisher 1995",
)
