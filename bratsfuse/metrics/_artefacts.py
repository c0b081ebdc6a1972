"""Petrovic's accounting of edges: what was lost, and what the fusion made up."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._edges import sobel
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics._scene import (
    Float,
    Image,
    Pair,
    Scene,
    SourcesLike,
    once,
    selected,
)

THRESHOLD = 2.0
"""Grey levels from which an edge counts fully: why the scale must be 0..255."""
FAINT_WEIGHT = 0.001


def fusion_artefacts(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Nabf, the share of edge information that the fusion made up.

    Shreyamsha Kumar 2013: Sobel gradients over 8, reflected at the border; the weighted
    loss over pixels where the fused gradient exceeds that of every source. Papers often
    print it with an arrow up; less is better.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 2.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, 1]; 0 where all images are equal. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["nabf"], "nabf")
    return _shares(scene)[0]


def fusion_loss(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return LABF, the share of the sources' edge information that was lost.

    The same loss as in Nabf over all other pixels.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 2.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, 1]; small but not 0 where all images are equal. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["labf"], "labf")
    return _shares(scene)[1]


@once
def _shares(scene: Scene) -> tuple[float, float]:
    """Return the shares of artefacts and of loss in the weight of all edges."""
    fused_strength, _ = _polar(scene.fused)
    strongest = np.max([_polar(source)[0] for source in scene.sources], axis=0)
    invented = selected(fused_strength > strongest, scene.inside)
    loss = selected(np.sum([_loss(p) for p in scene.pairs], axis=0), scene.inside)
    weights = np.sum([_weight(source) for source in scene.sources], axis=0)
    weight = float(selected(weights, scene.inside).sum())
    if weight == 0:  # every pixel weighs something, so none counts
        return float("nan"), float("nan")
    return float(loss[invented].sum()) / weight, float(loss[~invented].sum()) / weight


@once
def _loss(pair: Pair) -> Float:
    strength, angle = _polar(pair.source)
    fused_strength, fused_angle = _polar(pair.fused)
    larger = np.maximum(strength, fused_strength)
    agreement = np.minimum(strength, fused_strength) / np.where(larger > 0, larger, 1)
    alignment = np.abs(np.abs(angle - fused_angle) - np.pi / 2) * (2 / np.pi)
    quality = 0.9999 / (1 + np.exp(-19 * (agreement - 0.5)))
    quality *= 0.9995 / (1 + np.exp(-22 * (alignment - 0.5)))
    return np.asarray((1 - np.sqrt(quality)) * _weight(pair.source))


@once
def _weight(source: Image) -> Float:
    strength, _ = _polar(source)
    return np.where(strength >= THRESHOLD, strength * np.sqrt(strength), FAINT_WEIGHT)


@once
def _polar(image: Image) -> tuple[Float, Float]:
    """Return strength and angle of the gradient; angle 0 where there is none."""
    across, down = sobel(image, "reflect")
    strength = np.sqrt(across * across + down * down) / 8
    level = down == 0
    slope = np.arctan(across / np.where(level, 1, down))
    return strength, np.where(level, np.sign(across) * (np.pi / 2), slope)


MINIMUM_SIDE = {"nabf": 2, "labf": 2}

METRICS = (
    Metric(
        key="nabf",
        title="N^AB/F",
        function=fusion_artefacts,
        kind="fusion",
        higher_is_better=False,
        low=0,
        high=1,
        unit="",
        undefined_when="no pixel counts",
        source="Shreyamsha Kumar 2013",
    ),
    Metric(
        key="labf",
        title="L^AB/F",
        function=fusion_loss,
        kind="fusion",
        higher_is_better=False,
        low=0,
        high=1,
        unit="",
        undefined_when="no pixel counts",
        source="Shreyamsha Kumar 2013",
    ),
)
