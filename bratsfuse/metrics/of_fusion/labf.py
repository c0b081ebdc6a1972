"""L^AB/F: how much of the sources' edges was lost."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene
from bratsfuse.metrics.of_fusion.nabf import (
    MINIMUM_SIDE,
    made_up_and_lost,
    parts,
    share,
)


def fusion_loss(
    sources: ImagesLike,
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
    return labf_of(Scene.of(sources, fused, inside))


def labf_of(scene: Scene) -> float:
    """Return L^AB/F of a scene."""
    scene.require_side(MINIMUM_SIDE, "labf")
    return made_up_and_lost(scene)[1]


def labf_terms(scene: Scene) -> tuple[float, ...]:
    """Return the share of loss in the weight of each source's edges."""
    return tuple(share(lost, weight) for _, lost, weight in parts(scene))


METRIC = Metric(
    key="labf",
    title="L^AB/F",
    function=fusion_loss,
    family="fusion",
    shared="scene",
    formula=labf_of,
    per_source=labf_terms,
    pooling="slice mean",
    higher_is_better=False,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=1,
    order=180,
    source="Shreyamsha Kumar 2013",
)
