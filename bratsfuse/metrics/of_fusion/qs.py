"""Piella's indices: SSIM to each source, weighted by where that source has detail."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    Mask,
    Scene,
    SourcesLike,
    cropped,
    mean,
    once,
    total,
)
from bratsfuse.metrics.of_fusion.ssim import (
    BORDER,
    WINDOW,
    compare,
    local_mean,
    local_square,
)

MINIMUM_SIDE = dict.fromkeys(("qs", "qw", "qe"), WINDOW)

FLAT = 1e-9
"""A variance in squared grey levels that only rounding makes differ from zero.

The smallest variance that a window of integers with this Gaussian can have is 1e-6.
"""


def piella_index(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_S, the mean over windows of the SSIM to the more detailed source.

    ``mean of sum over X of lambda_X SSIM(F, X)`` with ``lambda_X`` the local variance
    of X over the sum of all; equal shares where no source varies (Piella and Heijmans
    2003). The window and constants are those of SSIM.

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
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["qs"], "qs")
    quality, _ = _quality(scene)
    return mean(quality, cropped(scene.inside, BORDER))


def weighted_piella_index(
    sources: SourcesLike,
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
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["qw"], "qw")
    return _weighted(scene)


def edge_piella_index(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_E, Q_W of the images times Q_W of their edge images.

    An edge image is the magnitude of the Prewitt gradient, zeros beyond the border; its
    exponent is 1. cslib returns the second factor alone.

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
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["qe"], "qe")
    edges = Scene(
        [_edge_image(source) for source in scene.sources],
        _edge_image(scene.fused),
        scene.inside,
    )
    return _weighted(scene) * _weighted(edges)


@once
def _weighted(scene: Scene) -> float:
    quality, weight = _quality(scene)
    windows: Mask | None = cropped(scene.inside, BORDER)
    all_weight = total(weight, windows)
    # Every weight is positive, so only an empty mask leaves nothing to divide by.
    return total(weight * quality, windows) / all_weight if all_weight else math.nan


def _quality(scene: Scene) -> tuple[Float, Float]:
    """Return Piella's local quality and its weight at each window."""
    variances = _shares([_variance(source) for source in scene.sources])
    parts = [
        variance * compare(pair, 0)[1]
        for variance, pair in zip(variances, scene.pairs, strict=True)
    ]
    return np.asarray(sum(parts) / sum(variances)), np.max(variances, axis=0)


def _variance(source: Image) -> Float:
    return np.asarray(local_square(source, 0) - local_mean(source, 0) ** 2)


def _shares(variances: Sequence[Float]) -> list[Float]:
    """Return the variances, without rounding noise, and 0.5 each where all are zero."""
    cleaned = [np.where(variance > FLAT, variance, 0.0) for variance in variances]
    flat = np.max(cleaned, axis=0) == 0
    for variance in cleaned:
        variance[flat] = 0.5
    return cleaned


@once
def _edge_image(image: Image) -> Image:
    wide = np.pad(image.pixels, 1)
    down = wide[:-2] + wide[1:-1] + wide[2:]
    across = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    along_columns = down[:, 2:] - down[:, :-2]
    along_rows = across[2:] - across[:-2]
    return Image(np.sqrt(along_columns**2 + along_rows**2))


METRICS = (
    Metric(
        key="qs",
        title="Q_S",
        function=piella_index,
        kind="fusion",
        higher_is_better=True,
        low=-1,
        high=1,
        unit="",
        undefined_when="a side is shorter than 11 pixels, or no pixel counts",
        source="Piella and Heijmans 2003",
    ),
    Metric(
        key="qw",
        title="Q_W",
        function=weighted_piella_index,
        kind="fusion",
        higher_is_better=True,
        low=-1,
        high=1,
        unit="",
        undefined_when="a side is shorter than 11 pixels, or no pixel counts",
        source="Piella and Heijmans 2003",
    ),
    Metric(
        key="qe",
        title="Q_E",
        function=edge_piella_index,
        kind="fusion",
        higher_is_better=True,
        low=-1,
        high=1,
        unit="",
        undefined_when="a side is shorter than 11 pixels, or no pixel counts",
        source="Piella and Heijmans 2003",
    ),
)
