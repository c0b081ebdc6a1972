"""The files of a report, but for its page: ``report.json`` and the long tables."""

import math
from pathlib import Path
from typing import Final, Literal

import numpy as np

from bratsfuse import records
from bratsfuse.errors import InvalidInputError
from bratsfuse.report.records import Report
from bratsfuse.results import SECTIONS, Measure, Results, Status
from bratsfuse.wording import csv_rows, csv_text

REPORT_NAME: Final = "report.json"
PER_SLICE_NAME: Final = "per_slice.csv"
PER_CASE_NAME: Final = "per_case.csv"
DOWNSTREAM_NAME: Final = "downstream.csv"

_TRACK_OF: Final = {str(track): track for track in SECTIONS}

_LARGEST: Final = 256 * 2**20
"""Bytes of a file that is read: reports travel, and are untrusted input. A table of
30 000 slices is of this size.
"""


def to_json(report: Report) -> str:
    """Return a report as strict JSON, undefined as null."""
    return records.to_json(report)


def read_report(folder: Path) -> Report:
    """Return the report of a report folder.

    Raises
    ------
    InvalidInputError
        If there is none, or it is not what the schema asks for.
    """
    path = folder / REPORT_NAME
    content = _read(path)
    try:
        return records.from_json(Report, content)
    except InvalidInputError as problem:
        raise InvalidInputError(
            f"{path}: no report of this version ({problem}); "
            "score the submission again with bratsfuse evaluate"
        ) from problem


def to_csv(results: Results) -> str:
    """Return a table in long form: one line per row and measure, with full digits."""
    lines: list[list[str]] = [_head(results.unit)]
    for row, (id_, case, patient) in enumerate(
        zip(results.ids, results.cases, results.patients, strict=True)
    ):
        place = [id_, case, patient] if results.unit == "slice" else [id_, patient]
        for measure, value, status in zip(
            results.measures,
            results.values[row].tolist(),
            results.status[row].tolist(),
            strict=True,
        ):
            text = "" if math.isnan(value) else repr(value)
            what = [measure.track, measure.region, measure.key]
            lines.append([*place, *what, text, Status(status).name.lower()])
    return csv_text(lines)


def read_cases(folder: Path) -> Results:
    """Return the per-case table of a report folder.

    Raises
    ------
    InvalidInputError
        If there is none, or it is not a complete table.
    """
    return _table(folder / PER_CASE_NAME, "case")


def read_downstream(folder: Path) -> Results:
    """Return the per-case table of a report's downstream section.

    Raises
    ------
    InvalidInputError
        If there is none, or it is not a complete table.
    """
    return _table(folder / DOWNSTREAM_NAME, "case")


def read_slices(folder: Path) -> Results:
    """Return the per-slice table of a report folder.

    Raises
    ------
    InvalidInputError
        If there is none, or it is not a complete table.
    """
    return _table(folder / PER_SLICE_NAME, "slice")


def _table(path: Path, unit: Literal["slice", "case"]) -> Results:
    rows = list(csv_rows(_read(path).decode("utf-8", "replace")))
    if not rows or rows[0] != _head(unit):
        raise InvalidInputError(
            f"{path}: found no head of a per-{unit} table; score the submission again"
        )
    places: dict[tuple[str, str, str], None] = {}
    cells: dict[tuple[str, Measure], tuple[float, Status]] = {}
    measures: dict[Measure, None] = {}
    try:
        for *place, patient, track, region, key, value, status in rows[1:]:
            measure = Measure(_TRACK_OF[track], region, key)
            places[place[0], place[-1], patient] = None
            measures[measure] = None
            number = float(value) if value else math.nan
            cells[place[0], measure] = number, Status[status.upper()]
        table = [[cells[id_, measure] for measure in measures] for id_, _, _ in places]
    except (ValueError, KeyError, IndexError) as problem:
        raise InvalidInputError(
            f"{path}: not a complete table ({problem!r}); score the submission again"
        ) from problem
    if len(places) * len(measures) != len(rows) - 1:
        raise InvalidInputError(
            f"{path}: {len(rows) - 1} lines for {len(places)} {unit}s and "
            f"{len(measures)} measures; expected one of each; score the submission "
            "again"
        )
    shape = len(places), len(measures)
    numbers = [[value for value, _ in row] for row in table]
    codes = [[int(code) for _, code in row] for row in table]
    return Results(
        unit=unit,
        ids=tuple(id_ for id_, _, _ in places),
        cases=tuple(case for _, case, _ in places),
        patients=tuple(patient for _, _, patient in places),
        measures=tuple(measures),
        values=np.array(numbers, np.float64).reshape(shape),
        status=np.array(codes, np.uint8).reshape(shape),
    )


def _head(unit: str) -> list[str]:
    place = ["slice_id", "case_id"] if unit == "slice" else ["case_id"]
    return [*place, "patient_id", "track", "region", "metric", "value", "status"]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise InvalidInputError(
            f"{path}: no such file; expected a report folder of bratsfuse evaluate"
        )
    size = path.stat().st_size
    if size > _LARGEST:
        raise InvalidInputError(
            f"{path}: {size} bytes; expected at most {_LARGEST} in a report"
        )
    return path.read_bytes()
