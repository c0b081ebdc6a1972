"""SD: how far the grey levels of the fused image spread."""

import math
from fractions import Fraction

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._moments import covariances
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene


def standard_deviation(
    sources: ImagesLike | None,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return SD, the standard deviation of the fused image's grey levels.

    The divisor is the number of pixels. Tables with values below 10 come from 8-bit
    arithmetic, which loses every negative deviation.

    Parameters
    ----------
    sources
        Not looked at; may be None.
    fused
        uint8, shape (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Grey levels, in [0, 127.5]. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return sd_of(Scene.of(sources, fused, inside, fused_alone=True))


def sd_of(scene: Scene) -> float:
    """Return SD of a scene."""
    count, matrix = covariances(scene)
    return math.sqrt(Fraction(matrix[-1][-1], count**2)) if count else math.nan


METRIC = Metric(
    key="sd",
    title="SD",
    function=standard_deviation,
    family="fusion",
    shared="scene",
    formula=sd_of,
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=127.5,
    unit="grey level",
    undefined_when="no pixel counts",
    worst=0,
    headline=True,
    order=20,
    source="Rao 1997",
)
