"""Q_TE: mutual information by Tsallis' entropy instead of Shannon's."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone, once
from bratsfuse.metrics.of_fusion.mi import pair_counts

ORDER = 1.85
"""Tsallis' q, the constant of the paper."""


def tsallis_mutual_information(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_TE, the Tsallis information shared with each source, summed.

    ``sum over X of (1 - sum p_XF^q / (p_X p_F)^(q - 1)) / (1 - q)`` with q = 1.85 from
    the joint histogram of 256 x 256 bins (Cvejic, Canagarajah and Bull 2006). The
    published MATLAB code divides by the marginals of the wrong images and prints 616
    for 14.6. Rare grey levels weigh much: Tsallis information has no upper bound.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0; 0 if the fused image is constant. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return qte_of(Scene.of(sources, fused, inside))


def qte_of(scene: Scene) -> float:
    """Return Q_TE of a scene."""
    return math.fsum(_shared(scene, i) for i in range(len(scene.sources)))


@once
def _shared(scene: Scene, i: int) -> float:
    counts = pair_counts(scene, i, len(scene.sources))
    joint = counts.reshape(256, 256) / max(counts.sum(), 1)
    if not joint.any():
        return math.nan
    source, fused = np.nonzero(joint)
    both = joint[source, fused]
    apart = joint.sum(axis=1)[source] * joint.sum(axis=0)[fused]
    value = (1 - float(np.sum(both**ORDER / apart ** (ORDER - 1)))) / (1 - ORDER)
    return max(value, 0.0)  # rounding may leave a negative 1e-16


METRIC = Metric(
    key="qte",
    title="Q_TE",
    function=tsallis_mutual_information,
    family="fusion",
    shared="scene",
    formula=qte_of,
    per_source=alone(qte_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="",
    undefined_when="no pixel counts",
    worst=0,
    order=330,
    source="Cvejic, Canagarajah and Bull 2006",
)
