"""The scores of one or several methods on the same cases, with their statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.evaluation.summary import summarise
from bratsfuse.folder_scores.columns import is_plain, metric_of
from bratsfuse.issues import Issue
from bratsfuse.metrics import METRICS, Metric
from bratsfuse.report.scores import Score
from bratsfuse.results import Measure, Results
from bratsfuse.statistics import Comparison, Criterion, compare
from bratsfuse.statistics.paired import (
    Paired,
    paired_differences,
    too_few_patients,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method: where its images lie, and what they score.

    Attributes
    ----------
    place
        The folder, list or pattern.
    affix
        What was taken off both ends of its names.
    table
        Per case.
    scores
        Measure -> mean with intervals, SD and counts.
    """

    place: Path
    affix: tuple[str, str]
    table: Results
    scores: Mapping[Measure, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods:
    """All methods, and how they compare.

    Attributes
    ----------
    by_name
        In the order given; all tables have the same rows and columns.
    seed
        Of every draw.
    paired
        Differences of every pair in every headline measure; empty for one method.
    comparison
        The ranking over the headline measures; None for one method, or where no
        measure has a value.
    """

    by_name: Mapping[str, Method]
    seed: int
    paired: tuple[Paired, ...] = ()
    comparison: Comparison | None = None

    @property
    def first(self) -> Results:
        """The table of the first method, whose rows are those of all."""
        return next(iter(self.by_name.values())).table

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The columns."""
        return self.first.measures

    @property
    def headline(self) -> tuple[Measure, ...]:
        """The columns that a page leads with, and that methods are compared by.

        If no metric that was asked for is one to lead with, all that have a direction.
        """
        return headline_of(self.measures)

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """What a reader must know before believing the comparison."""
        ranks = () if self.comparison is None else self.comparison.warnings
        few = too_few_patients(self.paired, len(set(self.first.patients)))
        return ranks if few is None else (*ranks, few)


def record_of(measure: Measure) -> Metric:
    """Return the record of a measure's metric; its key may name where it looks."""
    if measure.track == "fusion":
        return metric_of(measure.key)[0]
    known = METRICS[measure.track]
    key = measure.key
    return known[key] if key in known else known[key.rpartition("_")[0]]


def headline_of(measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Return the measures that lead; see `Methods.headline`."""
    plain = [
        one for one in measures if one.key in METRICS[one.track] or is_plain(one.key)
    ]
    leading = tuple(one for one in plain if record_of(one).headline)
    directed = (one for one in plain if record_of(one).higher_is_better is not None)
    return leading or tuple(directed)


def compare_methods(
    tables: Mapping[str, Results],
    places: Mapping[str, tuple[Path, tuple[str, str]]],
    *,
    policy: str,
    seed: int,
) -> Methods:
    """Return the scores of methods with intervals and, of several, their comparison.

    Parameters
    ----------
    tables
        Name -> scores per case; the same rows and columns.
    places
        Name -> where its images lie, and what was taken off their names.
    policy
        Of empty masks; ``skip`` for fused images.
    seed
        Of every draw.
    """
    by_name = {
        name: Method(
            place=places[name][0],
            affix=places[name][1],
            table=table,
            scores=summarise(table, policy=policy, seed=seed),
        )
        for name, table in tables.items()
    }
    first = next(iter(tables.values()))
    criteria = [
        Criterion(one, bool(record_of(one).higher_is_better))
        for one in headline_of(first.measures)
        if _is_comparable(one, tables)
    ]
    if len(tables) < 2 or not criteria:
        return Methods(by_name=by_name, seed=seed)
    return Methods(
        by_name=by_name,
        seed=seed,
        paired=paired_differences(tables, criteria, seed=seed),
        comparison=compare(tables, criteria, seed=seed),
    )


def _is_comparable(measure: Measure, tables: Mapping[str, Results]) -> bool:
    """Return whether a measure has a value somewhere, and no infinite one."""
    values = [table.column(measure) for table in tables.values()]
    numbers = [value for column in values for value in column.tolist()]
    return not all(map(math.isnan, numbers)) and not any(map(math.isinf, numbers))
