"""NMI: the shared bits of MI over the bits that there are."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone
from bratsfuse.metrics.of_fusion.en import bits
from bratsfuse.metrics.of_fusion.mi import shared_bits


def normalized_mutual_information(
    sources: ImagesLike,
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
    return nmi_of(Scene.of(sources, fused, inside))


def nmi_of(scene: Scene) -> float:
    """Return NMI of a scene."""
    fused_at = len(scene.sources)
    score = 0.0
    for i in range(fused_at):
        bound = bits(scene, i) + bits(scene, fused_at)
        if bound == 0:
            return math.nan
        score += 2 * shared_bits(scene, i, fused_at) / bound
    return score


METRIC = Metric(
    key="nmi",
    title="NMI",
    function=normalized_mutual_information,
    family="fusion",
    shared="scene",
    formula=nmi_of,
    per_source=alone(nmi_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=2,
    unit="",
    undefined_when="the fused image and a source are both constant",
    worst=0,
    headline=True,
    order=70,
    source="Hossny, Nahavandi and Creighton 2008",
)
