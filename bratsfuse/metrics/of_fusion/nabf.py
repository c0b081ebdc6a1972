"""N^AB/F: how much of the edges the fusion made up.

Petrovic's account of edges splits all their weight into what was kept, what was lost
and what was made up; L^AB/F is the second.
"""

import functools
import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._edges import edges
from bratsfuse.metrics.of_fusion._foreground import foreground
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Pair,
    Scene,
    once,
    selected,
    total,
)

MINIMUM_SIDE = 2
THRESHOLD = 2.0
"""Grey levels from which an edge counts fully: why the scale must be 0..255."""
FAINT_WEIGHT = 0.001
NORM = 8
"""Divides the Sobel masks; only the weights depend on it."""
GAMMA_G, K_G, SIGMA_G = 0.9999, -19.0, 0.5
GAMMA_A, K_A, SIGMA_A = 0.9995, -22.0, 0.5
"""Petrovic's sigmoids of strength and angle: gamma / (1 + exp(k (x - sigma)))."""
_BELOW = (1 + math.exp(K_G * (0 - SIGMA_G))) * (1 + math.exp(K_A * (1 - SIGMA_A)))
FAINT_LOSS = FAINT_WEIGHT * (1 - math.sqrt(GAMMA_G * GAMMA_A / _BELOW))
"""Of a pixel without any gradient: its angles agree, its strengths do not."""


def fusion_artefacts(
    sources: ImagesLike,
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
    return nabf_of(Scene.of(sources, fused, inside))


def nabf_of(scene: Scene) -> float:
    """Return N^AB/F of a scene."""
    scene.require_side(MINIMUM_SIDE, "nabf")
    return made_up_and_lost(scene)[0]


def nabf_terms(scene: Scene) -> tuple[float, ...]:
    """Return the share of artefacts in the weight of each source's edges."""
    return tuple(share(made_up, weight) for made_up, _, weight in parts(scene))


@once
def made_up_and_lost(scene: Scene) -> tuple[float, float]:
    """Return the shares of artefacts and of loss in the weight of all edges."""
    made_up, lost, weight = (sum(part) for part in zip(*parts(scene), strict=True))
    return share(made_up, weight), share(lost, weight)


def share(part: float, weight: float) -> float:
    """Return the part of a weight; NaN without any."""
    # Every pixel weighs something, so without weight none counts.
    return part / weight if weight else math.nan


@once
def parts(scene: Scene) -> tuple[tuple[float, float, float], ...]:
    """Return the artefacts, the loss and the weight of the edges of each source.

    An artefact is where the fused gradient exceeds that of every source.
    """
    scene, outside = foreground(scene)
    strongest = functools.reduce(
        np.maximum, [_edges(source)[0] for source in scene.sources]
    )
    invented = selected(_edges(scene.fused)[0] > strongest, scene.inside)
    found = []
    for pair in scene.pairs:
        losses = selected(_loss(pair), scene.inside)
        made_up = float(losses[invented].sum())
        lost = float(losses.sum()) - made_up + outside * FAINT_LOSS
        weight = total(_weight(pair.source), scene.inside) + outside * FAINT_WEIGHT
        found.append((made_up, lost, weight))
    return tuple(found)


@once
def _loss(pair: Pair) -> Float:
    """Return the weight of the source's edges times the share of them that was lost."""
    exponents = _exponents(*_edges(pair.source), *_edges(pair.fused))
    return _lost(_weight(pair.source), np.exp(exponents, out=exponents))


@CompiledLoop
def _exponents(
    strength: Float, angle: Float, fused_strength: Float, fused_angle: Float
) -> Float:
    """Return the arguments of Petrovic's two exponentials, shape (2, H, W)."""
    height, width = strength.shape
    out = np.empty((2, height, width))
    for i in range(height):
        for j in range(width):
            g, f = strength[i, j], fused_strength[i, j]
            larger = max(g, f)
            agreement = min(g, f) / larger if larger > 0 else 0.0
            turn = abs(angle[i, j] - fused_angle[i, j])
            alignment = abs(turn - math.pi / 2) * (2 / math.pi)
            out[0, i, j] = K_G * (agreement - SIGMA_G)
            out[1, i, j] = K_A * (alignment - SIGMA_A)
    return out


@CompiledLoop
def _lost(weight: Float, exponentials: Float) -> Float:
    """Return each pixel's weight times the share of its edge that was lost."""
    out = np.empty_like(weight)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            # Both sigmoids by one division: of these steps it takes longest.
            below = (1 + exponentials[0, i, j]) * (1 + exponentials[1, i, j])
            out[i, j] = (1 - math.sqrt(GAMMA_G * GAMMA_A / below)) * weight[i, j]
    return out


@once
def _weight(source: Image) -> Float:
    strength, _ = _edges(source)
    return _weighed(strength)


@CompiledLoop
def _weighed(strength: Float) -> Float:
    """Return strength^1.5 of edges from a threshold on, a faint weight elsewhere."""
    out = np.empty_like(strength)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            g = strength[i, j] / NORM
            out[i, j] = g * math.sqrt(g) if g >= THRESHOLD else FAINT_WEIGHT
    return out


def _edges(image: Image) -> tuple[Float, Float]:
    return edges(image, "reflect", turned=True)


METRIC = Metric(
    key="nabf",
    title="N^AB/F",
    function=fusion_artefacts,
    family="fusion",
    shared="scene",
    formula=nabf_of,
    per_source=nabf_terms,
    pooling="slice mean",
    higher_is_better=False,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=1,
    headline=True,
    order=170,
    source="Shreyamsha Kumar 2013",
)
