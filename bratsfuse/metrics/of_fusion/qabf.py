"""Qabf: how much of the sources' edges, strength and direction, reached the result."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._edges import edges
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Pair,
    Scene,
    SourcesLike,
    once,
    total,
)


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
        strength, _ = edges(pair.source, "zero")
        kept += total(_kept(pair), scene.inside)
        weight += total(strength, scene.inside)
    return kept / weight if weight else math.nan


@once
def _kept(pair: Pair) -> Float:
    """Return the source's edge strength times the share of it that was kept."""
    from bratsfuse.metrics.of_fusion._edge_loops import transfer, transfer_exponents

    strength, angle = edges(pair.source, "zero")
    exponents = transfer_exponents(strength, angle, *edges(pair.fused, "zero"))
    return transfer(strength, np.exp(exponents, out=exponents))


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
