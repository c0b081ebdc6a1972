"""Histogram metrics: how many bits the fused image has, and shares with its sources.

All of them use 256 bins, one per grey level, and logarithms to the base 2. Toolkits
that print mutual information in nats differ by the factor ln 2 = 0.693.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Grey,
    Image,
    Scene,
    SourcesLike,
    once,
    selected,
)

Counts = npt.NDArray[np.int64]


def entropy(
    sources: SourcesLike | None,
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
    scene = Scene.of(sources, fused, inside, fused_alone=True)
    return _bits(scene, len(scene.sources))


def mutual_information(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return MI, the information that the fused image shares with each source, summed.

    ``sum over X of I(X; F)`` with ``I(X; F) = H(X) + H(F) - H(X, F)`` from the joint
    histogram of 256 x 256 bins (Qu, Zhang and Yan 2002).

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Bits, in [0, 8 S]; 0 if the fused image is constant. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    scene = Scene.of(sources, fused, inside)
    fused_at = len(scene.sources)
    return sum(_shared_bits(scene, i, fused_at) for i in range(fused_at))


def normalized_mutual_information(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return NMI, mutual information over the entropies it is bounded by, summed.

    ``2 * sum over X of I(X; F) / (H(X) + H(F))`` (Hossny, Nahavandi and Creighton
    2008). IVIF_ZOO divides by H(A) + H(B) instead, which is another quantity.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, S]. NaN if the fused image and a source are both constant, or no pixel
        counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    scene = Scene.of(sources, fused, inside)
    fused_at = len(scene.sources)
    score = 0.0
    for i in range(fused_at):
        bound = _bits(scene, i) + _bits(scene, fused_at)
        if bound == 0:
            return math.nan
        score += 2 * _shared_bits(scene, i, fused_at) / bound
    return score


def nonlinear_correlation_entropy(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return QNCIE, how far the images depend on one another, linearly or not.

    The matrix of ``I(X; Y) / 8`` between all K = S + 1 images, with ones on its
    diagonal, has eigenvalues l; ``QNCIE = 1 + sum (l / K) log2(l / K) / 8`` (Wang, Shen
    and Jin 2008). IVIF_ZOO puts linear correlations into the matrix.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [1 - log2(S + 1) / 8, 1], so about 0.8 to 1 for two sources. Constant images
        share 0 bits and leave it defined. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    scene = Scene.of(sources, fused, inside)
    count = len(scene.sources) + 1
    dependence = np.eye(count)
    for i in range(count):
        for j in range(i + 1, count):
            dependence[i, j] = dependence[j, i] = _shared_bits(scene, i, j) / 8
    if np.isnan(dependence).any():
        return math.nan
    shares = np.linalg.eigvalsh(dependence) / count
    shares = shares[shares > 0]  # a share of zero adds nothing, its logarithm would
    return float(1 + np.sum(shares * np.log2(shares)) / 8)


def entropy_bits(counts: npt.NDArray[Any]) -> float:
    """Return the entropy of a histogram in bits; NaN if it is empty."""
    filled = counts[counts > 0]
    if filled.size == 0:
        return math.nan
    shares = filled / filled.sum()
    return float(-np.sum(shares * np.log2(shares))) + 0.0  # no minus zero


def _levels(scene: Scene, image: Image) -> Grey:
    return selected(image.grey, scene.inside)


def _image(scene: Scene, i: int) -> Image:
    """Return source i, or the fused image, which comes after the sources."""
    return (*scene.sources, scene.fused)[i]


@once
def _joint_counts(scene: Scene, i: int, j: int) -> Counts:
    from bratsfuse.metrics.of_fusion._counting import count_pairs

    return count_pairs(
        _levels(scene, _image(scene, i)), _levels(scene, _image(scene, j))
    )


@once
def _bits(scene: Scene, i: int) -> float:
    return entropy_bits(np.bincount(_levels(scene, _image(scene, i)), minlength=256))


@once
def _shared_bits(scene: Scene, i: int, j: int) -> float:
    """Return I(X; Y) of two images by number."""
    joint = entropy_bits(_joint_counts(scene, i, j))
    # Rounding may leave a negative 1e-16 where the images share nothing. NaN stays.
    shared = _bits(scene, i) + _bits(scene, j) - joint
    return 0.0 if shared < 0 else shared


METRICS = (
    Metric(
        key="en",
        title="EN",
        function=entropy,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=8,
        unit="bit",
        undefined_when="no pixel counts",
        source="Shannon 1948; Roberts, van Aardt and Ahmed 2008",
    ),
    Metric(
        key="mi",
        title="MI",
        function=mutual_information,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=16,
        unit="bit",
        undefined_when="no pixel counts",
        source="Qu, Zhang and Yan 2002",
    ),
    Metric(
        key="nmi",
        title="NMI",
        function=normalized_mutual_information,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=2,
        unit="",
        undefined_when="the fused image and a source are both constant",
        source="Hossny, Nahavandi and Creighton 2008",
    ),
    Metric(
        key="qncie",
        title="Q_NCIE",
        function=nonlinear_correlation_entropy,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=1,
        unit="",
        undefined_when="no pixel counts",
        source="Wang, Shen and Jin 2008",
    ),
)
