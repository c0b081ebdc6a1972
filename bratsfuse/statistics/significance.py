"""Whether a difference between submissions could be chance.

If two submissions were equally good, it would be chance which of them did better in
each patient, and any patient's difference could as well have the other sign. The share
of all sign patterns that give a difference at least as large is the p-value; nothing is
assumed about how scores are distributed.

References
----------
M. D. Ernst, "Permutation methods: a basis for exact inference", Statistical Science 19,
2004.
B. Phipson and G. K. Smyth, "Permutation p-values should never be zero", Statistical
Applications in Genetics and Molecular Biology 9, 2010.
S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
of Statistics 6, 1979.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats

EXACT_UP_TO: Final = 20
"""Patients whose sign patterns are all counted."""
FLIPS: Final = 100_000
"""Sign patterns drawn where there are more patients."""
_TOGETHER_UP_TO: Final = 12
"""Patients of which the sums of many pairs are compared at once."""
_PAIRS: Final = 512
"""Pairs held in memory at once."""
_BLOCK: Final = 4096
"""Sign patterns held in memory at once."""
_ROUNDING: Final = 1e-12
"""Sums closer than this part of their terms are equal but for their arithmetic."""


@dataclass(frozen=True, slots=True)
class PValues:
    """The p-values of several pairs, one entry per pair.

    Attributes
    ----------
    two_sided
        Of a difference this large, whatever its sign.
    less, greater
        Of differences whose sum is this low or lower, this high or higher.
    """

    two_sided: Floats
    less: Floats
    greater: Floats


@dataclass(frozen=True, slots=True)
class Friedman:
    """Friedman's test that all submissions are equally good.

    Attributes
    ----------
    statistic
        Chi-square, corrected for ties; one degree of freedom less than submissions.
    p
        By the chi-square distribution: rough with few patients.
    """

    statistic: float
    p: float


def sign_flip_test(differences: npt.ArrayLike, *, seed: int = 0) -> PValues:
    """Return the p-values of sums of differences under all flips of their signs.

    Parameters
    ----------
    differences
        Shape (patients, pairs); every column is a test of its own.
    seed
        Of the drawn signs; without effect up to `EXACT_UP_TO` patients.

    Notes
    -----
    Up to `EXACT_UP_TO` patients all 2^n patterns are counted, so the smallest two-sided
    p is 2 / 2^n. With more, `FLIPS` patterns are drawn, the same for every pair, and
    the observed one counts as one more: p = (hits + 1) / (`FLIPS` + 1).
    """
    table = np.asarray(differences, np.float64)
    if len(table) > EXACT_UP_TO:
        return _drawn_flips(table, seed)
    if len(table) > _TOGETHER_UP_TO:
        counted = np.array([all_flips(column) for column in table.T]).reshape(-1, 3)
        return PValues(*counted.T)
    starts = range(0, table.shape[1], _PAIRS)
    parts = [_flips_together(table[:, start : start + _PAIRS]) for start in starts]
    return PValues(*np.concatenate([np.empty((3, 0)), *parts], axis=1))


def all_flips(differences: Floats) -> tuple[float, float, float]:
    """Return two-sided, lower and upper p over all sign patterns.

    The sums of the first half of the patients are looked up among those of the second
    half: two lists of 2^(n/2) sums instead of one of 2^n.
    """
    half = len(differences) // 2
    first, second = _sums(differences[:half]), np.sort(_sums(differences[half:]))
    slack = _ROUNDING * np.abs(differences).sum()

    def share_of_sums_from(bound: float) -> float:
        below = np.searchsorted(second, bound - slack - first)
        return float(1 - below.mean() / len(second))

    observed = float(differences.sum())
    # The sums lie symmetrically about 0: as many at most x as at least -x.
    lower, upper = share_of_sums_from(-observed), share_of_sums_from(observed)
    return min(1.0, 2 * min(lower, upper)), lower, upper


def _flips_together(differences: Floats) -> Floats:
    """Return what `all_flips` does of many columns, shape (3, columns).

    With few patients all pairs of sums are compared at once, which takes a tenth of the
    time of a search for each column.
    """
    half = len(differences) // 2
    first, second = _sums(differences[:half]), _sums(differences[half:])
    slack = _ROUNDING * np.abs(differences).sum(axis=0)
    observed = differences.sum(axis=0)

    def share_of_sums_from(bound: Floats) -> Floats:
        below = (second[np.newaxis] < (bound - slack - first)[:, np.newaxis]).sum(
            axis=1
        )
        return np.asarray(1 - below.mean(axis=0) / len(second))

    lower, upper = share_of_sums_from(-observed), share_of_sums_from(observed)
    return np.stack([np.minimum(1.0, 2 * np.minimum(lower, upper)), lower, upper])


def _sums(differences: Floats) -> Floats:
    """Return the sums under all sign patterns, along the first axis."""
    sums = np.zeros((1, *differences.shape[1:]))
    for difference in differences:
        sums = np.concatenate([sums - difference, sums + difference])
    return sums


def _drawn_flips(differences: Floats, seed: int) -> PValues:
    """Return the p-values over drawn sign patterns."""
    rng = np.random.default_rng(seed)
    observed = differences.sum(axis=0)
    slack = _ROUNDING * np.abs(differences).sum(axis=0)
    two_sided, less, greater = np.ones((3, len(observed)))
    for start in range(0, FLIPS, _BLOCK):
        shape = (min(_BLOCK, FLIPS - start), len(differences))
        signs = 2.0 * rng.integers(0, 2, shape, dtype=np.int8) - 1
        sums = signs @ differences
        two_sided += (np.abs(sums) >= np.abs(observed) - slack).sum(axis=0)
        less += (sums <= observed + slack).sum(axis=0)
        greater += (sums >= observed - slack).sum(axis=0)
    return PValues(*(hits / (FLIPS + 1) for hits in (two_sided, less, greater)))


def wilcoxon_test(differences: npt.ArrayLike, *, seed: int = 0) -> PValues:
    """Return the p-values of Wilcoxon's signed-rank test.

    Parameters
    ----------
    differences, seed
        As in `sign_flip_test`.

    Notes
    -----
    Zeros are dropped and ties share their ranks, after rounding to 12 decimals. The
    p-value is that of the signed ranks under the flips of `sign_flip_test`: exact with
    ties too, where tables and the normal approximation are not. All-zero differences
    have p = 1.

    References
    ----------
    F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1,
    1945.
    """
    from scipy.stats import rankdata

    table = np.round(np.asarray(differences, np.float64), 12)
    # Zeros take the lowest ranks: without them, the others are lower by their count.
    ranks = rankdata(np.abs(table), axis=0) - (table == 0).sum(axis=0)
    return sign_flip_test(np.sign(table) * ranks, seed=seed)


def holm(p: npt.ArrayLike) -> Floats:
    """Return p-values corrected for their number, by Holm's step-down rule.

    If those below 0.05 are called significant, the chance that any of them is so by
    chance is below 0.05.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values)
    factors = np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[order] = np.maximum.accumulate(values[order] * factors)
    return np.minimum(corrected, 1.0)


def friedman_test(mean_ranks: npt.ArrayLike) -> Friedman | None:
    """Return Friedman's test of the mean ranks, or None where it has no value.

    Parameters
    ----------
    mean_ranks
        Shape (patients, submissions); their sums over a patient's cases do as well,
        since they are compared within a patient only. Rounded to 12 decimals first.

    Returns
    -------
    Friedman or None
        None with fewer than three submissions or two patients, or if all tie in every
        patient.

    References
    ----------
    M. Friedman, "The use of ranks to avoid the assumption of normality implicit in the
    analysis of variance", Journal of the American Statistical Association 32, 1937.
    """
    from scipy.stats import friedmanchisquare

    blocks = np.round(np.asarray(mean_ranks, np.float64), 12)
    patients, submissions = blocks.shape
    if submissions < 3 or patients < 2 or not np.ptp(blocks, axis=1).any():
        return None
    statistic, p = friedmanchisquare(*blocks.T)
    return Friedman(float(statistic), float(p))
