"""The values of one measure by patient: what an interval is made from."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats

_ROUNDING: Final = 1e-12
"""Differences smaller than this part of the values come from their arithmetic."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """The values of one column by patient, those without any left out.

    Attributes
    ----------
    mean
        Of all values.
    residuals
        Each patient's sum of value - mean; they add up to 0.
    counts
        Each patient's number of values.
    scale
        The largest residual; 0 if all patients agree.
    least, most
        The lowest and the highest value: no mean lies beyond.
    """

    mean: float
    residuals: Floats
    counts: Floats
    scale: float = 0.0
    least: float = math.nan
    most: float = math.nan


def cluster(column: Floats, patients: npt.NDArray[np.intp]) -> Clusters:
    """Return the values of a column by patient, in the order of their names."""
    defined = ~np.isnan(column)
    column, patients = column[defined], patients[defined]
    nothing = np.empty(0)
    if not len(column):
        return Clusters(math.nan, nothing, nothing)
    if np.isinf(column).any():
        signs = np.unique(column[np.isinf(column)])
        mean = float(signs[0]) if len(signs) == 1 else math.nan
        return Clusters(mean, nothing, nothing)
    least, most = float(column.min()), float(column.max())
    # Rounding may move the mean of equal values by its last digit.
    mean = min(max(math.fsum(column) / len(column), least), most)
    order = np.lexsort((column, patients))
    _, starts, counts = np.unique(
        patients[order], return_index=True, return_counts=True
    )
    residuals = np.add.reduceat(column[order] - mean, starts)
    scale = float(np.abs(residuals).max())
    if scale <= _ROUNDING * counts.max() * max(-least, most):
        scale = 0.0
    return Clusters(mean, residuals, counts.astype(np.float64), scale, least, most)
