"""An entry: a report that a board has taken in, with what its ranking needs.

One strict JSON file for each. It is closed: a key that this version does not know is
refused, so that nothing on a board goes unread.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

import numpy as np

from bratsfuse import records
from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.tables import beside
from bratsfuse.issues import Issue, errors_in
from bratsfuse.leaderboard.criteria import ranked_measures
from bratsfuse.leaderboard.names import slug
from bratsfuse.records import CLOSED
from bratsfuse.report.records import Evaluation, Report
from bratsfuse.report.scores import Downstream, Score
from bratsfuse.results import SECTIONS, Measure, Results, Section, Status

LARGEST: Final = 16 * 2**20
"""Bytes of an entry: forty times what a split of a thousand cases takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """The ranked measures of every case.

    Attributes
    ----------
    measures
        The columns.
    cases, patients
        The case and the patient of each row, in the order of the release.
    values
        A row for each case; None where undefined, ``"inf"`` for what JSON has no
        number for.
    status
        The same shape, values of `bratsfuse.results.Status`.
    """

    measures: tuple[Measure, ...]
    cases: tuple[str, ...]
    patients: tuple[str, ...]
    values: tuple[tuple[float | Literal["inf", "-inf"] | None, ...], ...]
    status: tuple[tuple[Status, ...], ...]

    def to_results(self) -> Results:
        """Return the table as scoring has it."""
        shape = len(self.cases), len(self.measures)
        numbers = [[_number(value) for value in row] for row in self.values]
        return Results(
            unit="case",
            ids=self.cases,
            cases=self.cases,
            patients=self.patients,
            measures=self.measures,
            values=np.array(numbers, np.float64).reshape(shape),
            status=np.array(self.status, np.uint8).reshape(shape),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A report on a board.

    Attributes
    ----------
    schema
        Of this record.
    report
        The report without its tables, its command, its segmentation scores of slices,
        the release's fusion products, and without all that its tables do not support.
    cases
        None if the submission was refused.
    """

    __pydantic_config__: ClassVar = CLOSED

    schema: Literal[1] = 1
    report: Report
    cases: CaseTable | None

    @property
    def name(self) -> str:
        """Return the name of the submission."""
        return self.report.submission.name

    @property
    def slug(self) -> str:
        """Return the name of the entry's file, without suffix."""
        return slug(self.name)

    @property
    def failed(self) -> bool:
        """Return whether the submission could not be scored."""
        return self.report.status == "refused"

    @property
    def reasons(self) -> tuple[Issue, ...]:
        """Return why a submission could not be scored."""
        return tuple(errors_in(self.report.issues))

    @property
    def tracks(self) -> tuple[Section, ...]:
        """Return the tracks that were scored, and whether its use downstream was.

        None if the submission was refused. Segmentation is not among them if the labels
        were hidden.
        """
        scored = {*self.report.coverage, *(["downstream"] if self.downstream else [])}
        return tuple(track for track in SECTIONS if track in scored)

    @property
    def downstream(self) -> Downstream | None:
        """Return what its fused images are worth to a segmenter, if that was asked."""
        return self.report.downstream

    def complete(self, track: Section) -> bool:
        """Return whether all that a track expects was submitted.

        Downstream, whether all fused images were, and are true to their sources.
        """
        if track == "downstream":
            found = self.downstream
            return bool(found and not found.below_floor and self.complete("fusion"))
        if self.cases is None or not self.report.coverage[track].complete:
            return False
        return all(
            status is not Status.MISSING
            for row in self.cases.status
            for measure, status in zip(self.cases.measures, row, strict=True)
            if measure.track == track
        )

    def score(self, measure: Measure) -> Score:
        """Return the score of a measure that its track is ranked by."""
        if measure.track == "fusion":
            return self.report.scores.fusion[measure.key]
        if measure.track == "downstream":
            if self.downstream is None:
                raise KeyError(measure)
            return self.downstream.scores[measure.region][measure.key]
        return self.report.scores.segmentation[measure.region][measure.key]


def entry_of(evaluation: Evaluation) -> Entry:
    """Return the entry that a report with its tables makes.

    The command stays behind: it names folders and answer keys of whoever scored. So
    does what no table of the report supports: the reference rows of the downstream
    section, what the reference segmenter found, and the scores of unseen patients.
    """
    report = evaluation.report
    slim = replace(
        report,
        command="",
        fusers={},
        downstream=report.downstream and _supported(report.downstream),
        reference_segmenter=None,
        unseen=None,
        scores=replace(
            report.scores, segmentation_per_slice={}, reference_segmenter={}
        ),
    )
    table = evaluation.per_case
    more = evaluation.downstream
    if table is not None and more is not None and more.ids == table.ids:
        table = beside(table, more)
    cases = None if table is None else _case_table(table, report)
    return Entry(report=slim, cases=cases)


def _supported(section: Downstream) -> Downstream:
    return replace(section, titles={}, differences={}, references={}, unseen={})


def to_json(entry: Entry) -> str:
    """Return an entry as strict JSON, the same for the same entry."""
    return records.to_json(entry)


def read_entry(path: Path) -> Entry:
    """Return the entry of a file.

    Raises
    ------
    InvalidInputError
        If the file is too large or not what the schema asks for.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise InvalidInputError(
            f"{path}: {size} bytes; expected at most {LARGEST} in an entry"
        )
    return parse_entry(path.read_bytes(), str(path))


def parse_entry(content: bytes | str, where: str) -> Entry:
    """Return the entry of a JSON text; `where` is named in errors.

    Raises
    ------
    InvalidInputError
        If the text is too large or not what the schema asks for.
    """
    if len(content) > LARGEST:
        raise InvalidInputError(
            f"{where}: an entry of {len(content)} bytes; expected at most {LARGEST}"
        )
    try:
        return records.from_json(Entry, content)
    except InvalidInputError as problem:
        raise InvalidInputError(
            f"{where}: no entry of this version ({problem}); score the submission "
            "again with bratsfuse evaluate, and add the report with bratsfuse "
            "leaderboard add --replace"
        ) from problem


def _case_table(table: Results, report: Report) -> CaseTable:
    wanted = [
        measure
        for track in SECTIONS
        if track in report.coverage or (track == "downstream" and report.downstream)
        for measure in ranked_measures(track, report.protocol)
        if measure in table.measures  # what lacks is told with the other problems
    ]
    columns = [table.measures.index(measure) for measure in wanted]
    return CaseTable(
        measures=tuple(wanted),
        cases=table.ids,
        patients=table.patients,
        values=tuple(
            tuple(map(_json_number, row)) for row in table.values[:, columns].tolist()
        ),
        status=tuple(
            tuple(map(Status, row)) for row in table.status[:, columns].tolist()
        ),
    )


def _json_number(value: float) -> float | Literal["inf", "-inf"] | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _number(value: float | str | None) -> float:
    return math.nan if value is None else float(value)
