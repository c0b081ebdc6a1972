"""Q^AB/F by Petrovic's account, as Shreyamsha Kumar prints it: 1 - N^AB/F - L^AB/F."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene
from bratsfuse.metrics.of_fusion.labf import labf_terms
from bratsfuse.metrics.of_fusion.nabf import MINIMUM_SIDE, made_up_and_lost, nabf_terms


def edge_preservation(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return the share of edge information that is neither lost nor made up.

    The third part of the account that Nabf and LABF are of; the three add up to 1.
    Papers that print Nabf beside a "Qabf" near it often mean this one: its constants,
    Sobel scale, border and edge weights are not those of Xydeas and Petrovic, whose
    Q^AB/F is ``qabf``.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 2.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, 1]; slightly below 1 where all images are equal. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qabf_p_of(Scene.of(sources, fused, inside))


def qabf_p_of(scene: Scene) -> float:
    """Return Petrovic's Q^AB/F of a scene."""
    scene.require_side(MINIMUM_SIDE, "qabf_p")
    made_up, lost = made_up_and_lost(scene)
    return 1 - made_up - lost


def qabf_p_terms(scene: Scene) -> tuple[float, ...]:
    """Return what is neither lost nor made up of each source's edges."""
    both = zip(nabf_terms(scene), labf_terms(scene), strict=True)
    return tuple(1 - made_up - lost for made_up, lost in both)


METRIC = Metric(
    key="qabf_p",
    title="Q^AB/F (Kumar)",
    function=edge_preservation,
    family="fusion",
    shared="scene",
    formula=qabf_p_of,
    per_source=qabf_p_terms,
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=0,
    order=320,
    source="Shreyamsha Kumar 2013",
)
