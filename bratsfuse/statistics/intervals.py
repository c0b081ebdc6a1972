"""How far a mean score could be off, had other patients been scored.

Two intervals stand side by side. The bootstrap draws patients anew, with all their
cases; it is BCa, bias-corrected and accelerated, so that skewed scores get a skewed
interval. Student's t takes the spread of the patients. Where the two differ much, trust
neither.

There is no interval of a median: the usual bootstrap intervals of it fail badly on
segmentation scores (P. André et al., "Some hidden traps of confidence intervals in
medical image segmentation: coverage issues", MICCAI 2025 workshops, 2026).

References
----------
B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical
Association 82, 1987.
C. A. Field and A. H. Welsh, "Bootstrapping clustered data", Journal of the Royal
Statistical Society B 69, 2007.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats
from bratsfuse.errors import InvalidInputError
from bratsfuse.statistics._clusters import Clusters, cluster

Method = Literal["BCa", "percentile"]

_BATCH: Final = 200
"""Resamples held in memory at once; small enough for a processor's cache."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where it may lie; NaN where there is none.

    Attributes
    ----------
    mean
        Of all values; NaN if there is none.
    low, high
        By the bootstrap over patients; NaN with fewer than two.
    t_low, t_high
        By Student's t over patients; NaN with fewer than two.
    """

    mean: float
    low: float
    high: float
    t_low: float
    t_high: float


def mean_interval(
    values: npt.ArrayLike,
    groups: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = 9999,
    confidence: float = 0.95,
    method: Method = "BCa",
) -> Interval:
    """Return the mean of one measure with its intervals.

    Parameters
    ----------
    values
        1-D, one per slice or case; NaN is undefined and left out.
    groups
        The patient of each.
    seed, resamples, confidence, method
        As in `mean_intervals`.

    Raises
    ------
    InvalidInputError
        If the values are not 1-D or not one per group.

    Examples
    --------
    >>> mean_interval([0.8, 0.9, 0.7, 0.8], ["a", "a", "b", "c"]).mean
    0.8
    """
    column = np.asarray(values, np.float64)
    if column.ndim != 1:
        raise InvalidInputError(
            f"values: found shape {column.shape}, expected one dimension; use "
            "mean_intervals for several measures"
        )
    return mean_intervals(
        column[:, None],
        groups,
        seed=seed,
        resamples=resamples,
        confidence=confidence,
        method=method,
    )[0]


def mean_intervals(
    values: npt.ArrayLike,
    groups: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = 9999,
    confidence: float = 0.95,
    method: Method = "BCa",
) -> list[Interval]:
    """Return the mean of each measure with its intervals.

    Parameters
    ----------
    values
        Shape (rows, measures), rows being slices or cases; NaN is undefined and left
        out of its measure.
    groups
        The patient of each row.
    seed
        Of the draw of patients.
    resamples
        How many times patients are drawn.
    confidence
        How often, over many studies, the interval should cover the true mean.
    method
        ``percentile`` is without BCa's two corrections.

    Returns
    -------
    list of Interval
        One per measure; none depends on the order of the rows or on the other measures.

    Raises
    ------
    InvalidInputError
        If the values are not 2-D or their rows not one per group.

    Notes
    -----
    The statistic of a resample is the sum of all values of the drawn patients over
    their number, so the interval is that of the mean over rows even where patients have
    unequal numbers of them. Student's t has the matching cluster-robust variance,
    k / (k - 1) times the sum of squared residual sums over the squared number of rows,
    with k - 1 degrees of freedom; for one row per patient it is the ordinary t.

    One patient has no interval. If all patients agree, both intervals have zero width.
    BCa is undefined if no resample lies on one side of the mean, which takes very few
    resamples; the percentile interval then stands in. An infinite value makes the mean
    infinite and leaves it without intervals.
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or len(table) != len(groups):
        raise InvalidInputError(
            f"values: found shape {table.shape}, expected ({len(groups)}, measures); "
            "give one row per group"
        )
    patients = np.unique(np.array(list(groups), np.str_), return_inverse=True)[1]
    intervals: list[Interval] = []
    to_draw: dict[int, dict[int, Clusters]] = {}
    for i, column in enumerate(table.T):
        clusters = cluster(column, patients)
        intervals.append(_without_draws(clusters, confidence))
        if len(clusters.counts) > 1 and clusters.scale > 0:
            to_draw.setdefault(len(clusters.counts), {})[i] = clusters
    for same_count in to_draw.values():
        bounds = _draw(list(same_count.values()), seed, resamples, confidence, method)
        for i, low, high in zip(same_count, *bounds, strict=True):
            plain = intervals[i]
            intervals[i] = Interval(
                plain.mean, float(low), float(high), plain.t_low, plain.t_high
            )
    return intervals


def _without_draws(clusters: Clusters, confidence: float) -> Interval:
    """Return what needs no resample: the mean, and t where there are two patients."""
    mean, k = clusters.mean, len(clusters.counts)
    if k < 2:
        return Interval(mean, math.nan, math.nan, math.nan, math.nan)
    if clusters.scale == 0:
        return Interval(mean, mean, mean, mean, mean)
    variance = k / (k - 1) * np.sum(clusters.residuals**2)
    error = math.sqrt(variance) / clusters.counts.sum()
    half = _quantile_of_t((1 + confidence) / 2, k - 1) * error
    return Interval(mean, math.nan, math.nan, mean - half, mean + half)


@cache  # a table has many measures of the same patients
def _quantile_of_t(share: float, degrees: int) -> float:
    from scipy.stats import t

    return float(t.ppf(share, degrees))


def _mean_residual(
    residuals: Floats, counts: Floats | None = None, axis: int = -1
) -> Floats:
    """Return the statistic of each resample, equal ones equal to the last bit.

    BCa counts the resamples below the mean, so sums of the same patients in another
    order must not differ. Nor must a column's with the number of columns, which decides
    the memory layout and with it the order of summation.
    """
    rows = residuals.shape[axis] if counts is None else _sums(counts, axis)
    return np.asarray(np.round(_sums(residuals, axis) / rows, 12), np.float64)


def _sums(drawn: Floats, axis: int) -> Floats:
    """Return sums of a few numbers each; `sum` takes up to four times as long."""
    inner = np.ascontiguousarray(np.moveaxis(drawn, axis, -1))
    return np.asarray(np.einsum("...k->...", inner), np.float64)


def _draw(
    columns: list[Clusters],
    seed: int,
    resamples: int,
    confidence: float,
    method: Method,
) -> tuple[Floats, Floats]:
    """Return the bootstrap bounds of columns with equally many patients.

    The draws depend on the seed and the number of patients alone, so every column gets
    those that it would get by itself.
    """
    from scipy.stats import bootstrap

    scale = np.array([column.scale for column in columns])
    residuals = np.stack([column.residuals / column.scale for column in columns])
    counts = np.stack([column.counts for column in columns])
    # Where every patient has one value, k are drawn: there is nothing to add up.
    samples = (residuals,) if (counts == 1).all() else (residuals, counts)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # SciPy warns where BCa is undefined; that case is decided below.
        warnings.simplefilter("ignore", RuntimeWarning)
        result = bootstrap(
            samples,
            _mean_residual,
            paired=True,
            vectorized=True,
            axis=-1,
            n_resamples=resamples,
            batch=_BATCH,
            confidence_level=confidence,
            method=method,
            random_state=np.random.default_rng(seed),
        )
    interval = result.confidence_interval
    bounds = np.array([interval.low, interval.high])
    undefined = np.isnan(bounds).any(axis=0)
    if undefined.any():
        tail = (1 - confidence) / 2
        drawn = result.bootstrap_distribution[undefined]
        bounds[:, undefined] = np.quantile(drawn, [tail, 1 - tail], axis=-1)
    means = np.array([column.mean for column in columns])
    # Rounding may have moved a bound by its last digits: no Dice above 1.
    low, high = np.clip(
        means + scale * bounds,
        [column.least for column in columns],
        [column.most for column in columns],
    )
    return low, high
