"""AG: how strong the gradient of the fused image is on average."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._foreground import foreground
from bratsfuse.metrics.of_fusion._scene import Float, ImagesLike, Scene, once, selected

MINIMUM_SIDE = 2


def average_gradient(
    sources: ImagesLike | None,
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
    return ag_of(Scene.of(sources, fused, inside, fused_alone=True))


def ag_of(scene: Scene) -> float:
    """Return AG of a scene."""
    scene.require_side(MINIMUM_SIDE, "ag")
    height, width = scene.fused.shape
    return mean_gradient(scene) * float(height * width / ((height - 1) * (width - 1)))


@once
def mean_gradient(scene: Scene) -> float:
    """Return the mean of sqrt((gx^2 + gy^2) / 2) over the pixels that count."""
    scene, outside = foreground(scene)
    strength = selected(central_strength(scene.fused.pixels), scene.inside)
    count = strength.size + outside
    return float(strength.sum()) / count if count else math.nan


@CompiledLoop
def central_strength(pixels: Float) -> Float:
    """Return sqrt((gx^2 + gy^2) / 2) of central differences, one-sided at the border.

    Parameters
    ----------
    pixels
        Shape (H, W), both sides at least 2.
    """
    height, width = pixels.shape
    out = np.empty((height, width))
    for i in range(height):
        above, here, below = (
            pixels[max(i - 1, 0)],
            pixels[i],
            pixels[min(i + 1, height - 1)],
        )
        reach = 0.5 if 0 < i < height - 1 else 1.0
        for j in range(1, width - 1):
            down = (below[j] - above[j]) * reach
            across = (here[j + 1] - here[j - 1]) * 0.5
            out[i, j] = math.sqrt((across * across + down * down) / 2)
        for j, across in ((0, here[1] - here[0]), (width - 1, here[-1] - here[-2])):
            down = (below[j] - above[j]) * reach
            out[i, j] = math.sqrt((across * across + down * down) / 2)
    return out


METRIC = Metric(
    key="ag",
    title="AG",
    function=average_gradient,
    family="fusion",
    shared="scene",
    formula=ag_of,
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="grey level",
    undefined_when="no pixel counts",
    worst=0,
    headline=True,
    order=40,
    source="Cui, Feng, Xu, Li and Chen 2015",
)
