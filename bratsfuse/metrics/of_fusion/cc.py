"""CC: how far the fused image correlates with its sources."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._moments import correlation, covariances, unit
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone


def correlation_coefficient(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return CC, Pearson's correlation with each source, averaged over them.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [-1, 1]. NaN if any image is constant or no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return cc_of(Scene.of(sources, fused, inside))


def cc_of(scene: Scene) -> float:
    """Return CC of a scene."""
    _, matrix = covariances(scene)
    count = len(matrix) - 1
    fused_only = unit(count, count + 1)
    correlations = [
        correlation(matrix, unit(i, count + 1), fused_only) for i in range(count)
    ]
    return sum(correlations) / count


METRIC = Metric(
    key="cc",
    title="CC",
    function=correlation_coefficient,
    family="fusion",
    shared="scene",
    formula=cc_of,
    per_source=alone(cc_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-1,
    high=1,
    unit="",
    undefined_when="any image is constant",
    worst=-1,
    headline=True,
    order=80,
    source="Pearson 1895; mean of the sources as in Deshmukh and Bhosale 2010",
)
