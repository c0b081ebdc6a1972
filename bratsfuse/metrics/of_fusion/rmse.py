"""RMSE: the root of MSE, in grey levels."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone
from bratsfuse.metrics.of_fusion.mse import PEAK, mse_of


def root_mean_squared_error(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return RMSE, the root of the mean over the sources of the squared difference.

    The root of MSE, so that both rank images alike; not the mean of two roots. VIFB
    divides the root of the *sum* by the number of pixels: 0.117 for 28.1.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Grey levels, in [0, 255]. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return rmse_of(Scene.of(sources, fused, inside))


def rmse_of(scene: Scene) -> float:
    """Return RMSE of a scene."""
    return math.sqrt(mse_of(scene))


METRIC = Metric(
    key="rmse",
    title="RMSE",
    function=root_mean_squared_error,
    family="fusion",
    shared="scene",
    formula=rmse_of,
    per_source=alone(rmse_of),
    pooling="slice mean",
    higher_is_better=False,
    low=0,
    high=PEAK,
    unit="grey level",
    undefined_when="no pixel counts",
    worst=PEAK,
    order=300,
    source="mean of the sources as in Jagalingam and Hegde 2015",
)
