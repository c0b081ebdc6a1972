"""The downstream section of a report: scores case by case, and what they differ by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bratsfuse.evaluation.downstream_rules import (
    KEYS,
    POLICY,
    SEED,
    below_floor,
)
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.evaluation.tables import without
from bratsfuse.experiments.definition import Definition
from bratsfuse.experiments.outcome import CaseScore, Outcome
from bratsfuse.report.scores import Downstream, Score
from bratsfuse.results import Measure, Results, Status


def judged(
    mine: Results,
    config: Mapping[str, Any],
    rows: Mapping[str, Sequence[Outcome]],
    fidelity: Mapping[str, float | None],
    floor: Mapping[str, float],
    definition: Definition,
    seeds: Sequence[int],
    seen: Sequence[str],
) -> Downstream:
    """Return the downstream section of a report.

    Parameters
    ----------
    mine
        The scores of the entry, see `table_of`.
    config
        Of its trainings.
    rows
        Reference row -> its outcomes, one for each seed.
    fidelity
        See `bratsfuse.experiments.fidelity.lesion_fidelity`.
    floor
        See `bratsfuse.experiments.fidelity.lesion_floor`.
    definition
        Of the reference rows.
    seeds
        Of all trainings.
    seen
        The patients that the entry's method has learned from.
    """
    tables = {name: table_of(outcomes) for name, outcomes in rows.items()}
    return Downstream(
        seeds=tuple(seeds),
        settings={key: str(value) for key, value in config.items() if key != "sources"},
        titles={name: row.title for name, row in definition.rows.items()},
        scores=_scores(mine),
        differences={
            name: _scores(_difference(mine, table)) for name, table in tables.items()
        },
        references={name: _scores(table) for name, table in tables.items()},
        fidelity=fidelity,
        floor=floor,
        below_floor=below_floor(fidelity, floor),
        unseen=_unseen(mine, set(seen)),
    )


def table_of(outcomes: Sequence[Outcome]) -> Results:
    """Return the scores of every test case, averaged over seeds first.

    A case counts with the seeds that gave it a value; it is undefined where none did.

    Parameters
    ----------
    outcomes
        Of one row on one release, one for each seed.
    """
    cases = outcomes[0].cases
    by_case = [{case.case: case for case in each.cases} for each in outcomes]
    regions = list(cases[0].dice)
    measures = tuple(
        Measure("downstream", region, key) for region in regions for key in KEYS
    )
    values = np.array(
        [
            [
                _mean([_value(each[case.case], measure) for each in by_case])
                for measure in measures
            ]
            for case in cases
        ]
    )
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    names = tuple(case.case for case in cases)
    return Results(
        unit="case",
        ids=names,
        cases=names,
        patients=tuple(case.patient for case in cases),
        measures=measures,
        values=values,
        status=status.astype(np.uint8),
    )


def _unseen(table: Results, seen: set[str]) -> dict[str, dict[str, Score]]:
    rest = without(table, seen)
    return _scores(rest) if 0 < len(rest) < len(table) else {}


def _value(case: CaseScore, measure: Measure) -> float:
    scores = case.dice if measure.key == "dice" else case.nsd
    found = scores.get(measure.region)
    return np.nan if found is None else found


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan


def _difference(ours: Results, theirs: Results) -> Results:
    """Return our values less theirs, case by case."""
    places = {case: row for row, case in enumerate(theirs.cases)}
    order = [places[case] for case in ours.cases]
    values = ours.values - theirs.values[order]
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    return replace(ours, values=values, status=status.astype(np.uint8))


def _scores(table: Results) -> dict[str, dict[str, Score]]:
    return by_region(summarise(table, policy=POLICY, seed=SEED), "downstream")
