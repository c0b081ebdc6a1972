"""Ranks of submissions, by two schemes that can name different winners.

Rank-then-aggregate ranks the submissions in every case by every criterion and averages
the ranks: it asks who is usually better. Aggregate-then-rank averages the values of a
criterion over all cases and ranks the means: it asks who is better on average, and one
failed case can decide it.

References
----------
L. Maier-Hein et al., "Why rankings of biomedical image analysis competitions should be
interpreted with care", Nature Communications 9, 2018.
"""

from typing import Final

import numpy as np

from bratsfuse.arrays import Floats

DECIMALS: Final = 12
"""Values are rounded to so many decimals before they are ranked."""
_TIE: Final = 1e-9
"""Mean ranks closer than this differ by the order of their summation only."""


def average_ranks(values: Floats) -> Floats:
    """Return the ranks along the last axis, 1 for the lowest; ties share their mean.

    Parameters
    ----------
    values
        Shape (..., submissions), lower is better; NaN is undefined and ranks last.

    Returns
    -------
    ndarray
        float64, the same shape; NaN where none of the submissions has a value.
    """
    from scipy.stats import rankdata

    undefined = np.isnan(values)
    rounded = np.where(undefined, np.inf, np.round(values, DECIMALS))
    ranks = np.asarray(rankdata(rounded, axis=-1), np.float64)
    ranks[undefined.all(axis=-1)] = np.nan
    return ranks


def shown_ranks(mean_ranks: Floats) -> list[int]:
    """Return the ranks of mean ranks: 1, 2, 2, 4.

    Examples
    --------
    >>> shown_ranks(np.array([1.5, 3.0, 2.0, 2.0]))
    [1, 4, 2, 2]
    """
    order = np.argsort(mean_ranks, kind="stable")
    ascending = mean_ranks[order]
    places = np.arange(1, len(ascending) + 1)
    places[1:][np.diff(ascending) <= _TIE] = 0
    shown = np.empty_like(places)
    shown[order] = np.maximum.accumulate(places)
    return [int(place) for place in shown]


def rank_cases(values: Floats) -> Floats:
    """Return the mean rank of each submission in each case, over the criteria.

    Parameters
    ----------
    values
        Shape (cases, criteria, submissions), lower is better; every case has a
        criterion that some submission has a value of.

    Returns
    -------
    ndarray
        float64, shape (cases, submissions). A criterion that no submission has a value
        of in a case is left out of that case.
    """
    return np.asarray(np.nanmean(average_ranks(values), axis=1), np.float64)


def fill_with_worst(values: Floats) -> Floats:
    """Return values fit for a mean: what one lacks and another has, is the worst seen.

    Parameters
    ----------
    values
        Shape (cases, criteria, submissions), lower is better.

    Returns
    -------
    ndarray
        The same, where a submission without a value has the worst that any submission
        has in any case by that criterion. NaN stays only where no submission has a
        value.
    """
    worst = np.fmax.reduce(values, axis=(0, 2))[None, :, None]
    lacks = np.isnan(values) & ~np.isnan(values).all(axis=-1, keepdims=True)
    return np.where(lacks, worst, values)


def rank_means(filled: Floats) -> Floats:
    """Return the mean rank of each submission by its means, over the criteria.

    Parameters
    ----------
    filled
        From `fill_with_worst`, shape (cases, criteria, submissions).

    Returns
    -------
    ndarray
        float64, shape (submissions,). A criterion without any value is left out.
    """
    criteria = ~np.isnan(filled).all(axis=(0, 2))
    means = np.nanmean(filled[:, criteria], axis=0)
    return np.asarray(average_ranks(means).mean(axis=0), np.float64)
