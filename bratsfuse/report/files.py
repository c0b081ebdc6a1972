"""The files of a report, but for its page: ``report.json`` and the long tables."""

import csv
import io
import math
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from bratsfuse.errors import InvalidInputError
from bratsfuse.report.records import Report
from bratsfuse.results import TRACKS, Measure, Results, Status

REPORT_NAME: Final = "report.json"
PER_SLICE_NAME: Final = "per_slice.csv"
PER_CASE_NAME: Final = "per_case.csv"

_TRACK_OF: Final = {str(track): track for track in TRACKS}

_LARGEST: Final = 64 * 2**20
"""Bytes of a file that is read: reports travel, and come from strangers."""


def to_json(report: Report) -> str:
    """Return a report as strict JSON, undefined as null."""
    adapter = TypeAdapter(Report)
    return adapter.dump_json(report, indent=1).decode() + "\n"


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
        return TypeAdapter(Report).validate_json(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole file"
        raise InvalidInputError(
            f"{path}: no report of this version ({place}: {first['msg']}); "
            "score the submission again with bratsfuse evaluate"
        ) from problem


def to_csv(results: Results) -> str:
    """Return a table in long form: one line per row and measure, with full digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_head(results.unit))
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
            writer.writerow([*place, *what, text, Status(status).name.lower()])
    return stream.getvalue()


def read_cases(folder: Path) -> Results:
    """Return the per-case table of a report folder.

    Raises
    ------
    InvalidInputError
        If there is none, or it is not a whole table.
    """
    path = folder / PER_CASE_NAME
    rows = list(csv.reader(io.StringIO(_read(path).decode("utf-8", "replace"))))
    if not rows or rows[0] != _head("case"):
        raise InvalidInputError(f"{path}: found no head of a per-case table")
    patients: dict[str, str] = {}
    cells: dict[tuple[str, Measure], tuple[float, Status]] = {}
    measures: dict[Measure, None] = {}
    try:
        for case, patient, track, region, key, value, status in rows[1:]:
            measure = Measure(_TRACK_OF[track], region, key)
            patients[case] = patient
            measures[measure] = None
            number = float(value) if value else math.nan
            cells[case, measure] = number, Status[status.upper()]
        table = [[cells[case, measure] for measure in measures] for case in patients]
    except (ValueError, KeyError) as problem:
        raise InvalidInputError(
            f"{path}: not a whole table ({problem!r}); score the submission again"
        ) from problem
    return Results(
        unit="case",
        ids=tuple(patients),
        cases=tuple(patients),
        patients=tuple(patients.values()),
        measures=tuple(measures),
        values=np.array([[value for value, _ in row] for row in table]),
        status=np.array([[int(code) for _, code in row] for row in table], np.uint8),
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
