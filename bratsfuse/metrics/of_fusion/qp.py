"""Q_P: whether the edges and corners of the sources are in the fused image."""

import functools
import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth
from bratsfuse.metrics.of_fusion._phase import features
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Scene,
    alone,
    selected,
)
from bratsfuse.metrics.of_fusion.ssim import BORDER, SIGMA, WINDOW

THRESHOLD = 0.1
"""The phase congruency from which a pixel is a feature."""
CONSTANT = 1e-4


def phase_congruency_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_P, the product of three correlations of feature maps.

    Zhao, Laganiere and Liu 2007: phase congruency, its larger and its smaller moment;
    the local correlation (11 x 11 Gaussian, zeros beyond the border) of the fused map
    with each source's and with that of the stronger source at each pixel, the best of
    them, averaged over the pixels where a source's congruency exceeds 0.1.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 11.
    inside
        Boolean, shape (H, W): the features that count. None counts all.

    Returns
    -------
    float
        About 0 to 1; about 1 where all images are equal. NaN if no source has a
        feature.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qp_of(Scene.of(sources, fused, inside))


def qp_of(scene: Scene) -> float:
    """Return Q_P of a scene."""
    scene.require_side(WINDOW, "qp")
    found = [features(source) for source in scene.sources]
    strongest = functools.reduce(np.maximum, [one.congruency for one in found])
    masks = [one.congruency > THRESHOLD for one in found]
    masks.append(strongest > THRESHOLD)
    counted = masks[-1] if scene.inside is None else masks[-1] & scene.inside
    if not counted.any():
        return math.nan
    # Of equals the last, as published.
    which = len(found) - 1 - np.argmax([one.congruency for one in found[::-1]], axis=0)
    fused = features(scene.fused)
    score = 1.0
    for name in ("congruency", "edge", "corner"):
        maps = [getattr(one, name) for one in found]
        maps.append(np.choose(which, maps))
        wanted = [one * mask for one, mask in zip(maps, masks, strict=True)]
        best = functools.reduce(
            np.maximum,
            [
                np.where(mask, _correlation(one, getattr(fused, name)), 0)
                for one, mask in zip(wanted, masks, strict=True)
            ],
        )
        score *= float(selected(best, counted).mean())
    return score


def _correlation(one: Float, other: Float) -> Float:
    """Return the correlation in every window, zeros beyond the border."""
    mean, other_mean = _local(one), _local(other)
    shared = _local(one * other) - mean * other_mean
    spread = (_local(one**2) - mean**2) * (_local(other**2) - other_mean**2)
    return np.asarray((shared + CONSTANT) / (np.sqrt(np.abs(spread)) + CONSTANT))


def _local(values: Float) -> Float:
    return smooth(np.pad(values, BORDER), gaussian_taps(WINDOW, SIGMA))


METRIC = Metric(
    key="qp",
    title="Q_P",
    function=phase_congruency_index,
    family="fusion",
    shared="scene",
    formula=qp_of,
    per_source=alone(qp_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="",
    undefined_when="a side is shorter than 11 pixels, or no feature counts",
    worst=0,
    order=390,
    source="Zhao, Laganiere and Liu 2007; phase congruency of Kovesi 1999",
)
