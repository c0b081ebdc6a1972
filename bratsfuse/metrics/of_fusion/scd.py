"""SCD: whether what each source added to the fused image resembles it."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._moments import correlation, covariances, unit
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene


def sum_of_correlations_of_differences(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return SCD, how well what each source added to the fused image resembles it.

    ``r(F - B, A) + r(F - A, B)`` on signed differences (Aslantas and Bendes 2015). With
    more than two sources the mean of the other sources is subtracted, which keeps the
    scale of grey levels. 8-bit subtraction saturates and gives other numbers.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [-S, S]. NaN if a source is constant, if a difference is (the fused image
        equals a source: happens on nearly empty slices), or if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return scd_of(Scene.of(sources, fused, inside))


def scd_of(scene: Scene) -> float:
    """Return SCD of a scene."""
    return sum(scd_terms(scene))


def scd_terms(scene: Scene) -> tuple[float, ...]:
    """Return how well what each source added resembles it."""
    _, matrix = covariances(scene)
    count = len(matrix) - 1
    terms = []
    for i in range(count):
        # (S - 1) (F - mean of the others), in integers
        difference = [0 if j == i else -1 for j in range(count)] + [count - 1]
        terms.append(correlation(matrix, difference, unit(i, count + 1)))
    return tuple(terms)


METRIC = Metric(
    key="scd",
    title="SCD",
    function=sum_of_correlations_of_differences,
    family="fusion",
    shared="scene",
    formula=scd_of,
    per_source=scd_terms,
    pooling="slice mean",
    higher_is_better=True,
    low=-2,
    high=2,
    unit="",
    undefined_when="a source is constant or the fused image equals a source",
    worst=-2,
    headline=True,
    order=90,
    source="Aslantas and Bendes 2015",
)
