"""EN: how many bits the grey levels of the fused image have."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._foreground import foreground
from bratsfuse.metrics.of_fusion._scene import Grey, ImagesLike, Scene, once, selected


def entropy(
    sources: ImagesLike | None,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return EN, the Shannon entropy of the fused image's grey levels.

    ``-sum p log2 p`` over the 256 grey levels. A wide histogram scores high, whatever
    the image shows: noise does too.

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
        Bits, in [0, 8]; 0 for a constant image. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.

    Examples
    --------
    >>> entropy(None, np.arange(256, dtype=np.uint8).reshape(16, 16))
    8.0
    """
    return en_of(Scene.of(sources, fused, inside, fused_alone=True))


def en_of(scene: Scene) -> float:
    """Return EN of a scene."""
    return bits(scene, len(scene.sources))


@once
def bits(scene: Scene, i: int) -> float:
    """Return H(X) of source i, or of the fused image, which comes after them."""
    return entropy_bits(level_counts(scene, i))


def level_counts(scene: Scene, i: int) -> npt.NDArray[np.int64]:
    """Return how many pixels that count have each grey level, of an image by number."""
    scene, outside = foreground(scene)
    counts = np.bincount(levels(scene, i), minlength=256)
    counts[0] += outside
    return counts


def entropy_bits(counts: npt.NDArray[Any]) -> float:
    """Return the entropy of a histogram in bits; NaN if it is empty."""
    filled = counts[counts > 0]
    if filled.size == 0:
        return math.nan
    shares = filled / filled.sum()
    return float(-np.sum(shares * np.log2(shares))) + 0.0  # no minus zero


def levels(scene: Scene, i: int) -> Grey:
    """Return the grey levels that count, of an image by number."""
    image = (*scene.sources, scene.fused)[i]
    return selected(image.grey, scene.inside)


METRIC = Metric(
    key="en",
    title="EN",
    function=entropy,
    family="fusion",
    shared="scene",
    formula=en_of,
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=8,
    unit="bit",
    undefined_when="no pixel counts",
    worst=0,
    headline=True,
    order=10,
    source="Shannon 1948; Roberts, van Aardt and Ahmed 2008",
)
