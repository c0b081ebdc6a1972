"""Q_M: how much of the sources' detail is in the fused image, at two scales."""

import functools
import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._halving import even, halved, halved_mask
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Scene,
    alone,
    once,
    total,
)

EXPONENTS = (2 / 3, 1 / 3)
"""Of the two scales, the finer one first."""
MINIMUM_SIDE = 2


def multiscale_edge_preservation(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_M, the preserved Haar coefficients, weighted by the sources' energy.

    Wang and Liu 2008: at each of two scales of the orthonormal Haar wavelet, a place
    has ``exp(-|X - F|)`` for each of its three coefficients of a source X, added and
    weighted by the sum of their squares; ``Q_1^(2/3) Q_2^(1/3)`` of the weighted means.
    The exponential counts grey levels: a coefficient that is three levels off counts a
    twentieth.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 2. The last line of an
        odd side is repeated.
    inside
        Boolean, shape (H, W): places count if half of their pixels do. None counts all.

    Returns
    -------
    float
        In [0, 3], because three terms are added; 3 where all images are equal. NaN if
        no source has detail at a scale, or no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qm_of(Scene.of(sources, fused, inside))


def qm_of(scene: Scene) -> float:
    """Return Q_M of a scene."""
    scene.require_side(MINIMUM_SIDE, "qm")
    return combined(kept_and_energy(scene))


def kept_and_energy(scene: Scene) -> list[tuple[float, float]]:
    """Return the weighted coefficients that were kept, and the weights, by scale."""
    found = []
    for level in range(len(EXPONENTS)):
        places = halved_mask(scene, level + 1)
        kept = energy = 0.0
        for pair in scene.pairs:
            weight = _energy(pair.source, level)
            kept += total(weight * _preserved(pair.source, pair.fused, level), places)
            energy += total(weight, places)
        found.append((kept, energy))
    return found


def combined(scales: Iterable[Sequence[float]]) -> float:
    """Return Q_M of what `kept_and_energy` returns."""
    score = 1.0
    for exponent, (kept, energy) in zip(EXPONENTS, scales, strict=True):
        score *= (kept / energy) ** exponent if energy else math.nan
    return score


@once
def _details(image: Image, level: int) -> tuple[Float, Float, Float]:
    """Return the three detail bands of a scale, shape (ceil(H / 2), ceil(W / 2))."""
    # Means of four are half of Haar's low pass, so each scale doubles the levels.
    pixels = even(halved(image, level)) * 2.0**level
    top, low = pixels[::2], pixels[1::2]
    a, b, c, d = top[:, ::2], top[:, 1::2], low[:, ::2], low[:, 1::2]
    return (
        ((a + b) - (c + d)) / 2,
        ((a + c) - (b + d)) / 2,
        ((a + d) - (b + c)) / 2,
    )


@once
def _energy(image: Image, level: int) -> Float:
    return functools.reduce(np.add, [band**2 for band in _details(image, level)])


def _preserved(source: Image, fused: Image, level: int) -> Float:
    bands = zip(_details(source, level), _details(fused, level), strict=True)
    return functools.reduce(np.add, [np.exp(-np.abs(x - f)) for x, f in bands])


METRIC = Metric(
    key="qm",
    title="Q_M",
    function=multiscale_edge_preservation,
    family="fusion",
    shared="scene",
    formula=qm_of,
    per_source=alone(qm_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=3,
    unit="",
    undefined_when="no source has detail at one of two scales, or no pixel counts",
    worst=0,
    order=340,
    source="Wang and Liu 2008",
)
