"""The page of folder scores: one HTML file with everything in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bratsfuse.folder_scores.columns import metric_of
from bratsfuse.folder_scores.methods import Methods, record_of
from bratsfuse.issues import Issue, Severity
from bratsfuse.metrics import Metric
from bratsfuse.pages import environment
from bratsfuse.pages.numbers import digits
from bratsfuse.report.counts import ACCOUNT, counts_of, telling
from bratsfuse.report.figures import Plate
from bratsfuse.report.remarks import FEW_PATIENTS, Remark
from bratsfuse.report.scores import Score
from bratsfuse.report.text import range_of
from bratsfuse.results import Measure
from bratsfuse.wording import counted

_BADGES: Final = {
    Severity.ERROR: "bad",
    Severity.WARNING: "warning",
    Severity.NOTE: "plain",
}
_COUNTS: Final = {
    "expected": "all of them",
    "scored": "those whose own files gave the value",
    "undefined": "those without a value, and so not in the mean",
    "missing": "those without a prediction, which have the worst value",
    "policy": "of the scored, those whose value the empty-mask policy gave",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What pages of masks and of fused images say differently.

    Attributes
    ----------
    kicker
        What kind of page it is.
    unit
        What a row is, such as ``case``.
    compared_with
        What the images were scored against, in words.
    note
        Below the headline table.
    facts
        How and with what was scored: term and text.
    """

    kicker: str
    unit: str
    compared_with: str
    note: str
    facts: Sequence[tuple[str, str]]


def render_page(
    methods: Methods,
    text: PageText,
    plates: Sequence[Plate],
    issues: Sequence[Issue],
    made_by: Mapping[str, Any],
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    methods
        The scores.
    text
        What it says of itself.
    plates
        Its figures.
    issues
        What was found in the files.
    made_by
        Versions, command and time, as of the record.
    """
    table = methods.first
    pages = environment("bratsfuse.folder_scores", "bratsfuse.report")
    return pages.get_template("scores.html").render(
        names=list(methods.by_name),
        text=text,
        extent=_extent(methods, text),
        remarks=_remarks(methods),
        headline=_headline(methods),
        methods=methods,
        ranking=methods.comparison.standings if methods.comparison else (),
        pairs=[(one, digits(titled(one.measure))) for one in methods.paired],
        titled=titled,
        all_scores={name: _by_region(one.scores) for name, one in _methods(methods)},
        metrics={one.key: titled(one) for one in methods.measures},
        digits=digits,
        range_of=range_of,
        account=ACCOUNT,
        counts=_COUNTS,
        counts_of=counts_of,
        telling=telling,
        cases=_cases(methods),
        case_heads=[
            (one.region, titled(one), name)
            for one in methods.headline
            for name in methods.by_name
        ],
        has_patients=table.patients != table.ids,
        plates=plates,
        issues=issues,
        badges=_BADGES,
        facts=[
            *text.facts,
            ("Seed", str(methods.seed)),
            ("Versions", ", ".join(f"{k} {v}" for k, v in made_by["versions"].items())),
            ("Command", made_by["command"]),
        ],
        versions=made_by["versions"],
        created=made_by["created"],
    )


def titled(measure: Measure) -> Metric:
    """Return the record of a measure; its title says where the metric looks."""
    record = record_of(measure)
    if measure.key == record.key:
        return record
    if measure.track == "fusion":
        where = metric_of(measure.key)[1]
    else:
        where = measure.key.rpartition("_")[2]
    return replace(record, title=f"{record.title}, {where}")


def _methods(methods: Methods) -> list[tuple[str, Any]]:
    return list(methods.by_name.items())


def _extent(methods: Methods, text: PageText) -> str:
    table = methods.first
    patients = len(set(table.patients))
    told = counted(len(table), text.unit)
    if patients == len(table):
        return f"{told}, each taken as a patient of its own"
    return f"{told} of {counted(patients, 'patient')}"


def _headline(
    methods: Methods,
) -> dict[str, list[tuple[Measure, Metric, list[Score]]]]:
    """Return region -> each headline measure with the scores of all methods."""
    rows: dict[str, list[tuple[Measure, Metric, list[Score]]]] = {}
    for one in methods.headline:
        scores = [method.scores[one] for method in methods.by_name.values()]
        rows.setdefault(one.region, []).append((one, titled(one), scores))
    return rows


def _by_region(scores: Mapping[Measure, Score]) -> dict[str, dict[str, Score]]:
    nested: dict[str, dict[str, Score]] = {}
    for measure, score in scores.items():
        nested.setdefault(measure.region, {})[measure.key] = score
    return nested


def _cases(methods: Methods) -> list[dict[str, Any]]:
    """Return every case with its headline values, the worst of the first measure first.

    The worst of the first method, that is; undefined ones are last.
    """
    table = methods.first
    lead = methods.headline[0] if methods.headline else table.measures[0]
    sign = -1.0 if record_of(lead).higher_is_better is False else 1.0
    values = [
        math.inf if math.isnan(value) else sign * value
        for value in table.column(lead).tolist()
    ]
    order = sorted(range(len(table)), key=lambda row: (values[row], table.ids[row]))
    columns = [
        (method.table.column(one).tolist(), digits(record_of(one)))
        for one in methods.headline
        for method in methods.by_name.values()
    ]
    return [
        {
            "id": table.ids[row],
            "patient": table.patients[row],
            "cells": [(column[row], decimals) for column, decimals in columns],
        }
        for row in order
    ]


def _remarks(methods: Methods) -> tuple[Remark, ...]:
    """Return what limits the meaning of the scores, the gravest first."""
    found = []
    for name, method in methods.by_name.items():
        missing = max((score.n_missing for score in method.scores.values()), default=0)
        if missing:
            told = (
                f"{name}: {counted(missing, 'case')} of {len(method.table)} without a "
                "prediction; each counts as the worst value of every metric with one."
            )
            found.append(Remark("bad", told))
    patients = len(set(methods.first.patients))
    if patients < 2:
        told = "One patient: there is no interval, and no conclusion."
        found.append(Remark("warning", told))
    elif patients < FEW_PATIENTS:
        told = (
            f"Only {patients} patients: the intervals are rough, and narrower than "
            "they should be."
        )
        found.append(Remark("warning", told))
    return tuple(found)
