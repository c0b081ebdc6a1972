"""QNCIE: how far the images depend on one another, linearly or not."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone
from bratsfuse.metrics.of_fusion.mi import shared_bits


def nonlinear_correlation_entropy(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return QNCIE, how far the images depend on one another, linearly or not.

    The matrix of ``I(X; Y) / 8`` between all K = S + 1 images, with ones on its
    diagonal, has eigenvalues l; ``QNCIE = 1 + sum (l / K) log2(l / K) / 8`` (Wang, Shen
    and Jin 2008). IVIF_ZOO puts linear correlations into the matrix.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [1 - log2(S + 1) / 8, 1], so about 0.8 to 1 for two sources. Constant images
        share 0 bits and leave it defined. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return qncie_of(Scene.of(sources, fused, inside))


def qncie_of(scene: Scene) -> float:
    """Return QNCIE of a scene."""
    count = len(scene.sources) + 1
    dependence = np.eye(count)
    for i in range(count):
        for j in range(i + 1, count):
            dependence[i, j] = dependence[j, i] = shared_bits(scene, i, j) / 8
    if np.isnan(dependence).any():
        return math.nan
    shares = np.linalg.eigvalsh(dependence) / count
    shares = shares[shares > 0]  # a share of zero adds nothing, its logarithm would
    return float(1 + np.sum(shares * np.log2(shares)) / 8)


METRIC = Metric(
    key="qncie",
    title="Q_NCIE",
    function=nonlinear_correlation_entropy,
    family="fusion",
    shared="scene",
    formula=qncie_of,
    per_source=alone(qncie_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=0,
    order=190,
    source="Wang, Shen and Jin 2008",
)
