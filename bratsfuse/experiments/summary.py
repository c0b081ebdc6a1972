"""The outcomes of a row over all folds, put together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from bratsfuse.anatomy import Region
from bratsfuse.experiments.outcome import Outcome
from bratsfuse.statistics.intervals import Interval, mean_interval


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over folds, and their standard deviation; NaN where there is none."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSummary:
    """A row over all its folds.

    Attributes
    ----------
    folds
        How many.
    patients
        Different ones in the test splits; one may be in several.
    dice
        Region -> the folds' mean Dice per case.
    pooled
        Region -> the mean over the test cases of all folds, with intervals by patient.
    fusion
        Key -> the folds' means over slices.
    parameters
        Of all networks.
    training_seconds, seconds_per_slice
        Means over folds.
    """

    folds: int
    patients: int
    dice: Mapping[Region, Spread]
    pooled: Mapping[Region, Interval]
    fusion: Mapping[str, Spread]
    parameters: int
    training_seconds: float
    seconds_per_slice: float


def summarise(outcomes: Sequence[Outcome]) -> RowSummary:
    """Return the summary of the outcomes of one row, at least one."""
    regions = [one for one in Region if any(_dice(each, one) for each in outcomes)]
    return RowSummary(
        folds=len(outcomes),
        patients=len({case.patient for each in outcomes for case in each.cases}),
        dice={
            region: _spread([_mean(_dice(each, region)) for each in outcomes])
            for region in regions
        },
        pooled={region: _pooled(outcomes, region) for region in regions},
        fusion={
            key: _spread([_number(each.fusion.get(key)) for each in outcomes])
            for key in outcomes[0].fusion
        },
        parameters=sum(outcomes[0].parameters.values()),
        training_seconds=fmean(each.training_seconds for each in outcomes),
        seconds_per_slice=median(each.seconds_per_slice for each in outcomes),
    )


def differences(
    ours: Sequence[Outcome], theirs: Sequence[Outcome]
) -> dict[Region, Interval]:
    """Return the mean of our Dice less theirs, over the test cases that both have.

    A case counts once in each fold, and a patient's cases are drawn together.
    """
    other = {(each.fold, case.case): case for each in theirs for case in each.cases}
    pairs = [
        (case, other[each.fold, case.case])
        for each in ours
        for case in each.cases
        if (each.fold, case.case) in other
    ]
    patients = [case.patient for case, _ in pairs]
    found = {}
    for region in Region:
        values = [
            _number(our.dice.get(region)) - _number(their.dice.get(region))
            for our, their in pairs
        ]
        if not all(math.isnan(value) for value in values):
            found[region] = mean_interval(values, patients)
    return found


def _dice(outcome: Outcome, region: Region) -> list[float]:
    found = [case.dice.get(region) for case in outcome.cases]
    return [value for value in found if value is not None]


def _pooled(outcomes: Sequence[Outcome], region: Region) -> Interval:
    """Return the mean over all test cases; a patient's cases are drawn together."""
    cases = [case for each in outcomes for case in each.cases]
    values = [_number(case.dice.get(region)) for case in cases]
    return mean_interval(values, [case.patient for case in cases])


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else math.nan


def _spread(values: Sequence[float]) -> Spread:
    known = [value for value in values if not math.isnan(value)]
    sd = stdev(known) if len(known) > 1 else math.nan
    return Spread(_mean(known), sd)
