"""MSE: how far the grey levels are from those of the sources."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._moments import sums
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone

PEAK = 255


def mean_squared_error(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return MSE, the mean over the sources of the mean squared difference.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Squared grey levels, in [0, 65025]; on a [0, 1] scale it would be 65025 times
        smaller. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return mse_of(Scene.of(sources, fused, inside))


def mse_of(scene: Scene) -> float:
    """Return MSE of a scene."""
    count, totals, products = sums(scene)
    if count == 0:
        return math.nan
    sources_count = len(totals) - 1
    squares = sum(
        products[i][i] - 2 * products[i][-1] + products[-1][-1]
        for i in range(sources_count)
    )
    return squares / (count * sources_count)


METRIC = Metric(
    key="mse",
    title="MSE",
    function=mean_squared_error,
    family="fusion",
    shared="scene",
    formula=mse_of,
    per_source=alone(mse_of),
    pooling="slice mean",
    higher_is_better=False,
    low=0,
    high=PEAK**2,
    unit="squared grey level",
    undefined_when="no pixel counts",
    worst=PEAK**2,
    order=100,
    source="mean of the sources as in Jagalingam and Hegde 2015",
)
