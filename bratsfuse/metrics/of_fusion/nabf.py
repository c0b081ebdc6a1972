"""Petrovic's accounting of edges: what was lost, and what the fusion made up."""

import functools
import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._edges import edges
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    Pair,
    Scene,
    SourcesLike,
    once,
    selected,
    total,
)

MINIMUM_SIDE = {"nabf": 2, "labf": 2}
THRESHOLD = 2.0
"""Grey levels from which an edge counts fully: why the scale must be 0..255."""
FAINT_WEIGHT = 0.001
NORM = 8
"""Divides the Sobel masks; only the weights depend on it."""


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
    strongest = functools.reduce(
        np.maximum, [_edges(source)[0] for source in scene.sources]
    )
    invented = selected(_edges(scene.fused)[0] > strongest, scene.inside)
    weight = sum(total(_weight(source), scene.inside) for source in scene.sources)
    if weight == 0:  # every pixel weighs something, so none counts
        return math.nan, math.nan
    loss = made_up = 0.0
    for pair in scene.pairs:
        losses = selected(_loss(pair), scene.inside)
        made_up += float(losses[invented].sum())
        loss += float(losses.sum())
    return made_up / weight, (loss - made_up) / weight


@once
def _loss(pair: Pair) -> Float:
    """Return the weight of the source's edges times the share of them that was lost."""
    from bratsfuse.metrics.of_fusion._edge_loops import loss, loss_exponents

    exponents = loss_exponents(*_edges(pair.source), *_edges(pair.fused))
    return loss(_weight(pair.source), np.exp(exponents, out=exponents))


@once
def _weight(source: Image) -> Float:
    from bratsfuse.metrics.of_fusion._edge_loops import edge_weight

    strength, _ = _edges(source)
    return edge_weight(strength / NORM, THRESHOLD, FAINT_WEIGHT)


def _edges(image: Image) -> tuple[Float, Float]:
    return edges(image, "reflect", turned=True)


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
