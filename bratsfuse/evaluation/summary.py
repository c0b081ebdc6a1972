"""Means with their intervals, and how many values each of them stands on."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.empty_policy import POLICIES
from bratsfuse.report.scores import Score
from bratsfuse.results import Measure, Results, Section, Status
from bratsfuse.statistics.intervals import Interval, mean_intervals


def summarise(results: Results, *, policy: str, seed: int) -> dict[Measure, Score]:
    """Return the score of every measure of a table.

    Parameters
    ----------
    results
        Per slice or per case.
    policy
        Of empty masks; under ``nan`` one undefined value leaves the mean undefined.
    seed
        Of the bootstrap.
    """
    left_out = POLICIES[policy].undefined_is_left_out
    intervals = mean_intervals(results.values, results.patients, seed=seed)
    columns = zip(results.values.T, results.status.T, intervals, strict=True)
    return {
        measure: _score(*column, left_out=left_out)
        for measure, column in zip(results.measures, columns, strict=True)
    }


def by_region(
    scores: Mapping[Measure, Score], section: Section = "segmentation"
) -> dict[str, dict[str, Score]]:
    """Return the scores of a section that knows regions as region -> key -> score."""
    nested: dict[str, dict[str, Score]] = {}
    for measure, score in scores.items():
        if measure.track == section:
            nested.setdefault(measure.region, {})[measure.key] = score
    return nested


def _score(
    values: npt.NDArray[np.float64],
    status: npt.NDArray[np.uint8],
    interval: Interval,
    *,
    left_out: bool,
) -> Score:
    defined = values[status != Status.UNDEFINED]
    numbers = [math.nan] * 7
    if defined.size and (left_out or defined.size == values.size):
        has_spread = defined.size > 1 and np.isfinite(defined).all()
        spread = float(defined.std(ddof=1)) if has_spread else math.nan
        ends = interval.low, interval.high, interval.t_low, interval.t_high
        numbers = [interval.mean, *ends, float(np.median(defined)), spread]
    # What a sum leaves behind the twelfth digit is not worth a reader's time.
    known = [round(each, 12) if math.isfinite(each) else None for each in numbers]
    return Score(
        mean=known[0],
        low=known[1],
        high=known[2],
        t_low=known[3],
        t_high=known[4],
        median=known[5],
        sd=known[6],
        n=int(defined.size),
        n_undefined=int(values.size - defined.size),
        n_missing=int((status == Status.MISSING).sum()),
        n_policy=int((status == Status.POLICY).sum()),
    )
