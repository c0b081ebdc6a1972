"""Qabf: how much of the sources' edges, strength and direction, reached the result."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._edges import sobel
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics._scene import Float, Image, Pair, Scene, SourcesLike, once, total


def edge_transfer(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Qabf, the edge information kept, weighted by the strength of the edges.

    Xydeas and Petrovic 2000 in the global form: Sobel gradients with zeros beyond the
    border, sigmoids of the agreement in strength and in angle, weights equal to the
    source's strength. Two habits of the common code are kept because all published
    values have them: the angle is ``atan(-gy / gx)`` with pi/2 where gx = 0, and where
    both strengths are equal their agreement is that strength instead of 1.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W). [0, 1] images would give other values.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, 0.97533], where the sigmoids end. NaN if no source has an edge.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    scene = Scene.of(sources, fused, inside)
    kept = weight = 0.0
    for pair in scene.pairs:
        strength, _ = _polar(pair.source)
        kept += total(_kept(pair), scene.inside)
        weight += total(strength, scene.inside)
    return kept / weight if weight else math.nan


@once
def _kept(pair: Pair) -> Float:
    """Return the source's edge strength times the share of it that was kept."""
    strength, angle = _polar(pair.source)
    fused_strength, fused_angle = _polar(pair.fused)
    larger = np.maximum(strength, fused_strength)
    # Where both are 0 the weight is 0, so any agreement will do.
    agreement = np.minimum(strength, fused_strength) / np.where(larger > 0, larger, 1)
    agreement = np.where(strength == fused_strength, fused_strength, agreement)
    alignment = 1 - np.abs(angle - fused_angle) / (math.pi / 2)
    quality = 0.9994 / (1 + np.exp(-15 * (agreement - 0.5)))
    quality *= 0.9879 / (1 + np.exp(-22 * (alignment - 0.8)))
    return np.asarray(quality * strength)


@once
def _polar(image: Image) -> tuple[Float, Float]:
    """Return strength and angle of the gradient."""
    across, down = sobel(image, "constant")
    strength = np.sqrt(across * across + down * down)
    vertical = across == 0
    slope = np.arctan(-down / np.where(vertical, 1, across))
    return strength, np.where(vertical, math.pi / 2, slope)


METRICS = (
    Metric(
        key="qabf",
        title="Q^AB/F",
        function=edge_transfer,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=0.9994 * 0.9879 / (1 + math.exp(-4.4)),
        unit="",
        undefined_when="no source has an edge",
        source="Xydeas and Petrovic 2000, with L = 1",
    ),
)
