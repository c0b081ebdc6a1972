"""Q^AB/F: how much of the sources' edges, strength and direction, is kept."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._edges import edges
from bratsfuse.metrics.of_fusion._foreground import foreground
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Pair,
    Scene,
    alone,
    once,
    total,
)


def edge_transfer(
    sources: ImagesLike,
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
    return qabf_of(Scene.of(sources, fused, inside))


def qabf_of(scene: Scene) -> float:
    """Return Q^AB/F of a scene."""
    kept, weight = kept_and_weight(scene)
    return kept / weight if weight else math.nan


def kept_and_weight(scene: Scene) -> tuple[float, float]:
    """Return the edge strength that was kept, and all of it."""
    kept = weight = 0.0
    scene, _ = foreground(scene)  # the background has no edges
    for pair in scene.pairs:
        strength, _ = edges(pair.source, "zero")
        kept += total(_kept(pair), scene.inside)
        weight += total(strength, scene.inside)
    return kept, weight


@once
def _kept(pair: Pair) -> Float:
    """Return the source's edge strength times the share of it that was kept."""
    strength, angle = edges(pair.source, "zero")
    exponents = _exponents(strength, angle, *edges(pair.fused, "zero"))
    return _transferred(strength, np.exp(exponents, out=exponents))


@CompiledLoop
def _exponents(
    strength: Float, angle: Float, fused_strength: Float, fused_angle: Float
) -> Float:
    """Return the arguments of Qabf's two exponentials, shape (2, H, W)."""
    height, width = strength.shape
    out = np.empty((2, height, width))
    for i in range(height):
        for j in range(width):
            g, f = strength[i, j], fused_strength[i, j]
            # Equal strengths agree by their own value: see edge_transfer.
            agreement = f if g == f else min(g, f) / max(g, f)
            turn = abs(angle[i, j] - fused_angle[i, j])
            out[0, i, j] = -15 * (agreement - 0.5)
            out[1, i, j] = -22 * (1 - turn * (2 / math.pi) - 0.8)
    return out


@CompiledLoop
def _transferred(strength: Float, exponentials: Float) -> Float:
    """Return each pixel's edge strength times the share of it that was kept."""
    out = np.empty_like(strength)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            # Both sigmoids by one division: of these steps it takes longest.
            below = (1 + exponentials[0, i, j]) * (1 + exponentials[1, i, j])
            out[i, j] = 0.9994 * 0.9879 / below * strength[i, j]
    return out


METRIC = Metric(
    key="qabf",
    title="Q^AB/F",
    function=edge_transfer,
    family="fusion",
    shared="scene",
    formula=qabf_of,
    per_source=alone(qabf_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=0.9994 * 0.9879 / (1 + math.exp(-4.4)),
    unit="",
    undefined_when="no source has an edge",
    worst=0,
    headline=True,
    order=160,
    source="Xydeas and Petrovic 2000, with L = 1",
)
