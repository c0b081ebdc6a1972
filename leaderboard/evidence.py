"""The tables that a report rests on, and whether they support its numbers.

Every score of a report follows from its table per slice or per case, and the fusion
scores of a case from those of its slices. What follows is computed again here, so that
no number can be changed by itself.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.cases import fusion_per_case
from bratsfuse.evaluation.summary import summarise
from bratsfuse.evaluation.tables import Rows
from bratsfuse.issues import Issue, error
from bratsfuse.leaderboard.agreement import CLOSE, differing
from bratsfuse.leaderboard.criteria import metric_of
from bratsfuse.leaderboard.use_evidence import unsupported_use
from bratsfuse.metrics import METRICS
from bratsfuse.metrics.empty_policy import POLICIES
from bratsfuse.report.files import (
    DOWNSTREAM_NAME,
    PER_CASE_NAME,
    PER_SLICE_NAME,
    read_cases,
    read_downstream,
    read_report,
    read_slices,
)
from bratsfuse.report.records import Evaluation, Report, Scores
from bratsfuse.report.scores import Score
from bratsfuse.results import Measure, Results, Status, Track

_TOLD: Final = 5
"""So many contradictions of a kind are listed; a forgery has many."""

Problem = tuple[str, str]


def read_evidence(folder: Path) -> Evaluation:
    """Return the report of a folder with its tables; without them if it is refused.

    Raises
    ------
    InvalidInputError
        If the report or one of its tables is missing, broken or altered.
    """
    report = read_report(folder)
    if report.status == "refused":
        return Evaluation(report=report)
    evaluation = Evaluation(
        report=report,
        per_slice=read_slices(folder),
        per_case=read_cases(folder),
        downstream=read_downstream(folder) if report.downstream else None,
    )
    tables = (PER_SLICE_NAME, PER_CASE_NAME)
    for name in (*tables, DOWNSTREAM_NAME) if report.downstream else tables:
        expected = report.files.get(name, "none")
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise InvalidInputError(
                f"{folder / name}: altered: its SHA-256 is {found}, the report has "
                f"{expected}; score the submission again"
            )
    return evaluation


def contradictions(evaluation: Evaluation, where: str) -> list[Issue]:
    """Return what the tables of a report do not support, as errors at a place."""
    slices, cases = evaluation.per_slice, evaluation.per_case
    if slices is None or cases is None:
        return []
    report = evaluation.report
    told = list(_layout(report, slices, cases))
    if not told and (section := report.downstream) and evaluation.downstream:
        told = list(unsupported_use(section, evaluation.downstream, cases))
        told += _values(evaluation.downstream)
    if not told:
        told += _values(slices)
        told += _values(cases)
        told += _coverage(report, slices, cases)
        told += _case_means(slices, cases)
        told += _scores(report, slices, cases)
    return [error(where, code, f"{text}; score it again") for code, text in told]


def _layout(report: Report, slices: Results, cases: Results) -> Iterator[Problem]:
    """Yield why two tables cannot be compared with each other and with a report."""
    if report.protocol.policy not in POLICIES or report.seed < 0:
        text = f"policy {report.protocol.policy!r} and seed {report.seed}"
        known = f"expected one of {', '.join(POLICIES)} and a seed from 0"
        yield "bad-protocol", f"{text}; {known}"
    expected = set(_expected(report))
    for table in (slices, cases):
        for measure in sorted(expected - set(table.measures)):
            yield "bad-table", f"the table per {table.unit} has no {measure}"
        for measure in sorted(set(table.measures) - expected):
            text = f"the table per {table.unit} has {measure}"
            yield "bad-table", f"{text}, which the protocol does not name"
        for measure in sorted(set(table.measures) & expected):
            if measure.key not in METRICS[measure.track]:
                yield "bad-protocol", f"{measure} is no metric of this version"
    if len(slices) != report.data.slice_sets:
        text = f"{len(slices)} slices in the table per slice"
        yield "bad-table", f"{text}, but the split has {report.data.slice_sets}"
    if dict(zip(slices.cases, slices.patients, strict=True)) != dict(
        zip(cases.cases, cases.patients, strict=True)
    ):
        yield "bad-table", "the tables per slice and per case differ in their cases"


def _expected(report: Report) -> Iterator[Measure]:
    """Yield every measure that the tracks of a report are scored by."""
    protocol = report.protocol
    if "fusion" in report.coverage:
        yield from (Measure("fusion", "", key) for key in protocol.fusion)
    if "segmentation" in report.coverage:
        for region in protocol.regions:
            for key in protocol.segmentation:
                yield Measure("segmentation", region, key)


def _values(table: Results) -> Iterator[Problem]:
    """Yield the columns that contain what their metric cannot give."""
    undefined = table.status == Status.UNDEFINED
    if (np.isnan(table.values) != undefined).any():
        yield "bad-table", f"the table per {table.unit} has undefined values as scored"
    for measure in table.measures:
        metric, values = metric_of(measure), table.column(measure)
        outside = (values < metric.low - CLOSE) | (values > metric.high + CLOSE)
        if outside.any():
            text = f"{measure} per {table.unit} is {values[outside][0]}"
            yield "bad-table", f"{text}, outside [{metric.low:g}, {metric.high:g}]"


def _coverage(report: Report, slices: Results, cases: Results) -> Iterator[Problem]:
    """Yield the tracks whose missing slices are not those of the tables."""
    for track, counts in report.coverage.items():
        missing = _missing(slices, track)
        lacking = {
            case for case, gone in zip(slices.cases, missing, strict=True) if gone
        }
        if counts.missing != missing.sum():
            text = f"{track}: {counts.missing} slice sets are missing"
            yield "bad-coverage", f"{text}, in the table per slice {missing.sum()}"
        if counts.cases_complete != len(cases) - len(lacking):
            text = f"{track}: {counts.cases_complete} cases are complete"
            found = len(cases) - len(lacking)
            yield "bad-coverage", f"{text}, in the table per slice {found}"
        incomplete = _missing(cases, track)
        if lacking != {
            case for case, gone in zip(cases.ids, incomplete, strict=True) if gone
        }:
            text = f"{track}: the tables differ in which cases lack slices"
            yield "bad-coverage", text


def _missing(table: Results, track: Track) -> npt.NDArray[np.bool_]:
    columns = [table.measures.index(measure) for measure in table.of_track(track)]
    return np.asarray((table.status[:, columns] == Status.MISSING).any(axis=1))


def _case_means(slices: Results, cases: Results) -> Iterator[Problem]:
    """Yield the fusion measures whose cases are not the means of their slices."""
    rows = Rows(
        ids=slices.ids,
        cases=slices.cases,
        patients=slices.patients,
        diagonal_mm=(),
        missing=_missing(slices, "fusion"),
    )
    expected = fusion_per_case(slices, rows)
    order = [cases.ids.index(case) for case in expected.ids]
    for measure in slices.of_track("fusion"):
        found, means = cases.column(measure)[order], expected.column(measure)
        if not np.allclose(found, means, rtol=CLOSE, atol=CLOSE, equal_nan=True):
            text = f"{measure} per case is not the mean of the slices of the case"
            yield "bad-scores", text


def _scores(report: Report, slices: Results, cases: Results) -> Iterator[Problem]:
    """Yield the scores that summing up the tables does not give."""
    policy, seed = report.protocol.policy, report.seed
    of_slices = summarise(slices, policy=policy, seed=seed)
    of_cases = summarise(cases, policy=policy, seed=seed)
    found = _flat(report.scores)
    expected = {
        f"{measure.track} {measure}": score
        for scores, track in ((of_slices, "fusion"), (of_cases, "segmentation"))
        for measure, score in scores.items()
        if measure.track == track
    }
    expected |= {
        f"segmentation per slice {measure}": score
        for measure, score in of_slices.items()
        if measure.track == "segmentation"
    }
    wrong = [
        text
        for name in dict.fromkeys([*expected, *found])
        for text in differing(name, found.get(name), expected.get(name))
    ]
    yield from (("bad-scores", text) for text in wrong[:_TOLD])
    if len(wrong) > _TOLD:
        yield "bad-scores", f"and {len(wrong) - _TOLD} more of its scores are wrong"


def _flat(scores: Scores) -> dict[str, Score]:
    regions: Mapping[str, Mapping[str, Mapping[str, Score]]] = {
        "segmentation": scores.segmentation,
        "segmentation per slice": scores.segmentation_per_slice,
    }
    return {f"fusion {key}": score for key, score in scores.fusion.items()} | {
        f"{kind} {region} {key}": score
        for kind, nested in regions.items()
        for region, of_region in nested.items()
        for key, score in of_region.items()
    }
