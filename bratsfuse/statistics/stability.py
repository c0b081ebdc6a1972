"""How the ranks would scatter, had other patients been scored.

References
----------
M. Wiesenfarth et al., "Methods and open-source toolkit for analyzing and visualizing
challenge results", Scientific Reports 11, 2021.
"""

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats

Patients = npt.NDArray[np.intp]
Ranks = npt.NDArray[np.int64]

_DECIMALS = 10
"""Resampled sums are rounded to so many; products of matrices carry some error."""


def draw_patients(n_patients: int, resamples: int, seed: int) -> Floats:
    """Return how often each patient is drawn in each resample.

    Returns
    -------
    ndarray
        float64 whole numbers, shape (resamples, patients).
    """
    rng = np.random.default_rng(seed)
    shares = np.full(n_patients, 1 / n_patients)
    return rng.multinomial(n_patients, shares, size=resamples).astype(np.float64)


def sum_by_patient(values: Floats, patients: Patients) -> Floats:
    """Return the sums over the cases of each patient.

    Parameters
    ----------
    values
        Shape (cases, ...).
    patients
        The number of each case's patient, from 0.

    Returns
    -------
    ndarray
        float64, shape (patients, ...).
    """
    sums = np.zeros((int(patients.max()) + 1, *values.shape[1:]))
    np.add.at(sums, patients, values)
    return sums


def resample_case_ranks(case_ranks: Floats, patients: Patients, draws: Floats) -> Ranks:
    """Return the ranks in each resample by rank-then-aggregate.

    Ranks within a case do not depend on other cases, so that drawing patients draws
    their ranks. All submissions have as many cases in a resample: sums rank as means.

    Parameters
    ----------
    case_ranks
        Shape (cases, submissions).
    patients
        The number of each case's patient, from 0.
    draws
        From `draw_patients`.

    Returns
    -------
    ndarray
        int64, shape (resamples, submissions).
    """
    return _places(draws @ sum_by_patient(case_ranks, patients))


def resample_means(filled: Floats, patients: Patients, draws: Floats) -> Ranks:
    """Return the ranks in each resample by aggregate-then-rank.

    Parameters
    ----------
    filled
        From `ranking.fill_with_worst`, shape (cases, criteria, submissions).
    patients, draws
        As in `resample_case_ranks`.

    Returns
    -------
    ndarray
        int64, shape (resamples, submissions). A criterion without a value in a resample
        ranks all alike there.
    """
    from scipy.stats import rankdata

    ranks = np.zeros((len(draws), filled.shape[-1]))
    for values in np.moveaxis(filled, 1, 0):
        defined = ~np.isnan(values[:, 0])
        known = np.where(defined[:, None], values, 0.0)
        size = np.abs(known).max() or 1.0
        totals = draws @ sum_by_patient(known / size, patients)
        ranks += rankdata(np.round(totals, _DECIMALS), axis=1)
    return _places(ranks)


def _places(ranks: Floats) -> Ranks:
    """Return the ranks in each row: 1, 2, 2, 4."""
    from scipy.stats import rankdata

    rounded = np.round(ranks, _DECIMALS)
    return np.asarray(rankdata(rounded, method="min", axis=1), np.int64)
