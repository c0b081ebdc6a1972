"""Moment metrics: spread, correlation and squared error of grey levels.

Grey levels are integers, so every sum here is exact, and with it the question whether a
variance is zero. All values follow from the sums of each image and of each product.
"""

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import Scene, SourcesLike, once, selected

PEAK = 255


def standard_deviation(
    sources: SourcesLike | None,
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
    scene = Scene.of(sources, fused, inside, fused_alone=True)
    count, covariances = _covariances(scene)
    return math.sqrt(Fraction(covariances[-1][-1], count**2)) if count else math.nan


def correlation_coefficient(
    sources: SourcesLike,
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
    _, covariances = _covariances(Scene.of(sources, fused, inside))
    count = len(covariances) - 1
    fused_only = _unit(count, count + 1)
    correlations = [
        _correlation(covariances, _unit(i, count + 1), fused_only) for i in range(count)
    ]
    return sum(correlations) / count


def sum_of_correlations_of_differences(
    sources: SourcesLike,
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
    _, covariances = _covariances(Scene.of(sources, fused, inside))
    count = len(covariances) - 1
    score = 0.0
    for i in range(count):
        # (S - 1) (F - mean of the others), in integers
        difference = [0 if j == i else -1 for j in range(count)] + [count - 1]
        score += _correlation(covariances, difference, _unit(i, count + 1))
    return score


def mean_squared_error(
    sources: SourcesLike,
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
    count, sums, products = _sums(Scene.of(sources, fused, inside))
    if count == 0:
        return math.nan
    sources_count = len(sums) - 1
    squares = sum(
        products[i][i] - 2 * products[i][-1] + products[-1][-1]
        for i in range(sources_count)
    )
    return squares / (count * sources_count)


def peak_signal_to_noise_ratio(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return PSNR of the fused image against its sources, with peak 255.

    ``10 log10(255^2 / MSE)`` with the mean of the errors, not the mean of the ratios.
    Values above 60 dB in tables mix an error on the [0, 1] scale with peak 255.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Decibels, in [0, inf]; inf where all images are equal. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return decibels(mean_squared_error(sources, fused, inside=inside), PEAK)


def decibels(error: float, peak: float) -> float:
    """Return the peak signal-to-noise ratio of a mean squared error."""
    if error == 0:
        return math.inf
    return 10 * math.log10(peak**2 / error) if peak else -math.inf


@once
def _sums(scene: Scene) -> tuple[int, list[int], list[list[int]]]:
    """Return the pixels, sums and sums of products of all images, the fused one last.

    The products are summed in float64, which holds integers up to 2^53: exact for any
    image of less than 10^11 pixels, and many times faster than integer arithmetic. No
    ``dot``: the threads of the linear algebra library would take longer to start.
    """
    images = [*scene.sources, scene.fused]
    rows = [selected(image.pixels, scene.inside) for image in images]
    products = [[0] * len(rows) for _ in rows]
    for i, row in enumerate(rows):
        for j in range(i, len(rows)):
            products[i][j] = products[j][i] = int(np.einsum("i,i", row, rows[j]))
    return rows[0].size, [int(row.sum()) for row in rows], products


@once
def _covariances(scene: Scene) -> tuple[int, list[list[int]]]:
    """Return the number of pixels and its square times all covariances: integers."""
    count, sums, products = _sums(scene)
    order = range(len(sums))
    return count, [
        [count * products[i][j] - sums[i] * sums[j] for j in order] for i in order
    ]


def _unit(i: int, count: int) -> list[int]:
    return [int(j == i) for j in range(count)]


def _bilinear(matrix: list[list[int]], left: list[int], right: list[int]) -> int:
    order = range(len(matrix))
    return sum(left[i] * matrix[i][j] * right[j] for i in order for j in order)


def _correlation(
    covariances: list[list[int]], left: list[int], right: list[int]
) -> float:
    """Return Pearson's correlation of two sums of images; NaN if one is constant."""
    spread = _bilinear(covariances, left, left) * _bilinear(covariances, right, right)
    if spread == 0:
        return math.nan
    correlation = _bilinear(covariances, left, right) / math.sqrt(spread)
    return min(1.0, max(-1.0, correlation))


METRICS = (
    Metric(
        key="sd",
        title="SD",
        function=standard_deviation,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=127.5,
        unit="grey level",
        undefined_when="no pixel counts",
        source="Rao 1997",
    ),
    Metric(
        key="cc",
        title="CC",
        function=correlation_coefficient,
        kind="fusion",
        higher_is_better=True,
        low=-1,
        high=1,
        unit="",
        undefined_when="any image is constant",
        source="Pearson 1895; mean of the sources as in Deshmukh and Bhosale 2010",
    ),
    Metric(
        key="scd",
        title="SCD",
        function=sum_of_correlations_of_differences,
        kind="fusion",
        higher_is_better=True,
        low=-2,
        high=2,
        unit="",
        undefined_when="a source is constant or the fused image equals a source",
        source="Aslantas and Bendes 2015",
    ),
    Metric(
        key="mse",
        title="MSE",
        function=mean_squared_error,
        kind="fusion",
        higher_is_better=False,
        low=0,
        high=PEAK**2,
        unit="squared grey level",
        undefined_when="no pixel counts",
        source="mean of the sources as in Jagalingam and Hegde 2015",
    ),
    Metric(
        key="psnr",
        title="PSNR",
        function=peak_signal_to_noise_ratio,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=math.inf,
        unit="dB",
        undefined_when="no pixel counts",
        source="mean of the sources as in Jagalingam and Hegde 2015",
    ),
)
