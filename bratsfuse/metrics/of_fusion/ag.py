"""Gradient metrics of the fused image alone: how much changes from pixel to pixel."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._edges import edges
from bratsfuse.metrics.of_fusion._scene import Scene, SourcesLike, mean, once

MINIMUM_SIDE = {"sf": 2, "ag": 2}


def spatial_frequency(
    sources: SourcesLike | None,
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
    scene = Scene.of(sources, fused, inside, fused_alone=True)
    scene.require_side(MINIMUM_SIDE["sf"], "sf")
    pixels = scene.fused.pixels
    mask = scene.inside
    across = pixels[:, 1:] - pixels[:, :-1]
    down = pixels[1:] - pixels[:-1]
    both_across = None if mask is None else mask[:, 1:] & mask[:, :-1]
    both_down = None if mask is None else mask[1:] & mask[:-1]
    return math.sqrt(mean(across * across, both_across) + mean(down * down, both_down))


def average_gradient(
    sources: SourcesLike | None,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return AG, the average strength of the gradient.

    ``sum sqrt((gx^2 + gy^2) / 2) / ((H - 1)(W - 1))`` with central differences inside
    and one-sided ones at the border. The sum runs over all H W pixels: the divisor is
    the one that published values have. CDDFuse divides by H W (0.8 % less at 240 x
    240). With a mask of n pixels the divisor is n (H - 1)(W - 1) / (H W).

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
        Grey levels, at least 0. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the image is too small.
    """
    scene = Scene.of(sources, fused, inside, fused_alone=True)
    scene.require_side(MINIMUM_SIDE["ag"], "ag")
    height, width = scene.fused.shape
    return mean_gradient(scene) * float(height * width / ((height - 1) * (width - 1)))


def edge_intensity(
    sources: SourcesLike | None,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return EI, the mean magnitude of the Sobel gradient.

    The masks are not normalised and the rim is repeated beyond the border; zeros there
    would see an edge around a constant image.

    Parameters
    ----------
    sources
        Not looked at; may be None.
    fused
        uint8, shape (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Grey levels, at least 0. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    scene = Scene.of(sources, fused, inside, fused_alone=True)
    strength, _ = edges(scene.fused, "repeat")
    return mean(strength, scene.inside)


@once
def mean_gradient(scene: Scene) -> float:
    """Return the mean of sqrt((gx^2 + gy^2) / 2) over the pixels that count."""
    from bratsfuse.metrics.of_fusion._edge_loops import central_strength

    return mean(central_strength(scene.fused.pixels), scene.inside)


METRICS = (
    Metric(
        key="sf",
        title="SF",
        function=spatial_frequency,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=255 * math.sqrt(2),
        unit="grey level",
        undefined_when="no pixel counts",
        source="Eskicioglu and Fisher 1995",
    ),
    Metric(
        key="ag",
        title="AG",
        function=average_gradient,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=math.inf,
        unit="grey level",
        undefined_when="no pixel counts",
        source="Cui, Feng, Xu, Li and Chen 2015",
    ),
    Metric(
        key="ei",
        title="EI",
        function=edge_intensity,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=math.inf,
        unit="grey level",
        undefined_when="no pixel counts",
        source="Rajalingam and Priya 2018",
    ),
)
