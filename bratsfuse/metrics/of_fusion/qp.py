"""Q_P: whether the edges and corners of the sources are in the fused image."""

import functools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.in_strips.phase import Features, features
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Mask,
    Scene,
    alone,
    selected,
)
from bratsfuse.metrics.of_fusion._stretched import ALL
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
    beyond = (BORDER, BORDER)
    kept, seen = kept_features(found, features(scene.fused), ALL, beyond, scene.inside)
    if not seen.any():
        return math.nan
    return math.prod(float(selected(one, seen).mean()) for one in kept)


def kept_features(
    sources: Sequence[Features],
    fused: Features,
    own: slice,
    beyond: tuple[int, int],
    inside: Mask | None,
) -> tuple[list[Float], Mask]:
    """Return how well some rows of the three maps are kept, and where that counts.

    Parameters
    ----------
    sources, fused
        The maps of the rows within reach of these.
    own
        The rows in them.
    beyond
        How many rows the image is too short above and below.
    inside
        The pixels of these rows that count; None counts all.
    """
    stronger = functools.reduce(np.maximum, [one.congruency for one in sources])
    masks = [one.congruency > THRESHOLD for one in sources]
    masks.append(stronger > THRESHOLD)
    # Of equals the last, as published.
    which = len(sources) - 1 - np.argmax([one.congruency for one in sources[::-1]], 0)
    found = []
    for name in ("congruency", "edge", "corner"):
        maps = [getattr(one, name) for one in sources]
        maps.append(np.choose(which, maps))
        other = getattr(fused, name)
        of_each = [
            np.where(mask[own], _correlation(one * mask, other, beyond), 0)
            for one, mask in zip(maps, masks, strict=True)
        ]
        found.append(functools.reduce(np.maximum, of_each))
    seen = masks[-1][own]
    return found, seen if inside is None else seen & inside


def _correlation(one: Float, other: Float, beyond: tuple[int, int]) -> Float:
    """Return the correlation in every window, zeros beyond the border."""
    local = functools.partial(_local, beyond=beyond)
    mean, other_mean = local(one), local(other)
    shared = local(one * other) - mean * other_mean
    spread = (local(one**2) - mean**2) * (local(other**2) - other_mean**2)
    return np.asarray((shared + CONSTANT) / (np.sqrt(np.abs(spread)) + CONSTANT))


def _local(values: Float, beyond: tuple[int, int]) -> Float:
    wide = np.pad(values, (beyond, (BORDER, BORDER)))
    return smooth(wide, gaussian_taps(WINDOW, SIGMA))


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
