"""Reports of submissions that nobody made: what a board is given in tests."""

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bratsfuse.issues import Issue, error, warning
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.metrics.fusion import DEFAULT
from bratsfuse.report.files import PER_CASE_NAME, REPORT_NAME, to_csv, to_json
from bratsfuse.report.records import (
    Coverage,
    Data,
    Protocol,
    Report,
    Score,
    Scores,
)
from bratsfuse.results import Measure, Results, Status, Track
from bratsfuse.submission.record import SubmissionRecord

REGIONS = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}

PROTOCOL = Protocol(
    version=1,
    policy="brats",
    preset="brats2023-gli",
    regions=REGIONS,
    segmentation=("dice", "iou", "hd95"),
    fusion=DEFAULT,
    sources=("t1ce", "flair"),
)

DATA = Data(
    fingerprint="f" * 64,
    split="test",
    split_sha256="5" * 64,
    source="BraTS 2021 phantoms",
    synthetic=True,
    labels="public",
    slice_sets=36,
    cases=12,
    patients=12,
)

BOTH: tuple[Track, ...] = ("fusion", "segmentation")


def measures_of(tracks: Sequence[Track], protocol: Protocol) -> tuple[Measure, ...]:
    found: list[Measure] = []
    if "fusion" in tracks:
        found += [Measure("fusion", "", key) for key in protocol.fusion]
    if "segmentation" in tracks:
        found += [
            Measure("segmentation", region, key)
            for region in protocol.regions
            for key in protocol.segmentation
        ]
    return tuple(found)


def table_of(
    name: str,
    quality: float,
    tracks: Sequence[Track] = BOTH,
    *,
    data: Data = DATA,
    protocol: Protocol = PROTOCOL,
    values: Mapping[tuple[str, str], Sequence[float]] | None = None,
) -> Results:
    """Return scores per case about a quality in [0, 1].

    `values` replaces whole columns by region and key.
    """
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    rng = np.random.default_rng(seed)
    cases = tuple(f"case_{number:03d}" for number in range(data.cases))
    patients = tuple(
        f"patient_{number % data.patients:03d}" for number in range(data.cases)
    )
    measures = measures_of(tracks, protocol)
    table = np.empty((len(cases), len(measures)))
    for place, measure in enumerate(measures):
        good = np.clip(quality + rng.normal(0, 0.05, len(cases)), 0.01, 0.99)
        lower = measure.key in ("hd95", "nabf")
        table[:, place] = (1 - good) * 30 if lower else good
        if values and (measure.region, measure.key) in values:
            table[:, place] = values[measure.region, measure.key]
    status = np.where(np.isnan(table), Status.UNDEFINED, Status.SCORED)
    return Results(
        unit="case",
        ids=cases,
        cases=cases,
        patients=patients,
        measures=measures,
        values=table,
        status=status.astype(np.uint8),
    )


def scores_of(table: Results) -> Scores:
    segmentation: dict[str, dict[str, Score]] = {}
    fusion: dict[str, Score] = {}
    for measure in table.measures:
        values = table.column(measure)
        defined = values[np.isfinite(values)]
        mean, spread = float(defined.mean()), float(defined.std(ddof=1))
        half = 1.96 * spread / len(defined) ** 0.5
        score = Score(
            mean=None if np.isinf(values).any() else mean,
            low=mean - half,
            high=mean + half,
            t_low=mean - half,
            t_high=mean + half,
            median=float(np.median(defined)),
            sd=spread,
            n=int((~np.isnan(values)).sum()),
            n_undefined=int(np.isnan(values).sum()),
        )
        if measure.track == "fusion":
            fusion[measure.key] = score
        else:
            segmentation.setdefault(measure.region, {})[measure.key] = score
    return Scores(segmentation=segmentation, fusion=fusion)


def report_of(
    name: str,
    table: Results | None,
    tracks: Sequence[Track] = BOTH,
    *,
    data: Data = DATA,
    protocol: Protocol = PROTOCOL,
    missing: int = 0,
    issues: Sequence[Issue] = (),
    **texts: object,
) -> Report:
    """Return the report of a table; that of a refused submission without one."""
    record = SubmissionRecord(name=name, tracks=tuple(tracks), **texts)  # type: ignore[arg-type]
    coverage = Coverage(
        expected=data.slice_sets,
        scored=data.slice_sets - missing,
        missing=missing,
        cases=data.cases,
        cases_complete=data.cases - min(missing, data.cases),
    )
    report = Report(
        status="refused" if table is None else "scored",
        submission=record,
        submission_sha256=hashlib.sha256(f"predictions of {name}".encode()).hexdigest(),
        data=data,
        protocol=protocol,
        seed=0,
        versions={"bratsfuse": "0.0.1", "python": "3.11.9", "numpy": "2.1.0"},
        command="bratsfuse evaluate submission --release release -o report",
        created="2026-01-02T03:04:05+00:00",
        issues=tuple(issues),
    )
    if table is None:
        return report
    return replace(
        report,
        coverage=dict.fromkeys(tracks, coverage),
        scores=scores_of(table),
        fusers={"average": {"en": 4.5}},
        files={PER_CASE_NAME: hashlib.sha256(to_csv(table).encode()).hexdigest()},
    )


def write(folder: Path, report: Report, table: Results | None = None) -> Path:
    """Write a report folder and return it."""
    folder.mkdir(parents=True)
    (folder / REPORT_NAME).write_text(to_json(report), encoding="utf-8")
    if table is not None:
        (folder / PER_CASE_NAME).write_text(to_csv(table), encoding="utf-8")
    return folder


def write_scored(
    folder: Path,
    name: str,
    quality: float = 0.8,
    tracks: Sequence[Track] = BOTH,
    *,
    data: Data = DATA,
    protocol: Protocol = PROTOCOL,
    values: Mapping[tuple[str, str], Sequence[float]] | None = None,
    missing: int = 0,
    **texts: object,
) -> Path:
    """Write the report of a submission of some quality."""
    table = table_of(name, quality, tracks, data=data, protocol=protocol, values=values)
    report = report_of(
        name, table, tracks, data=data, protocol=protocol, missing=missing, **texts
    )
    return write(folder, report, table)


def write_refused(folder: Path, name: str, tracks: Sequence[Track] = BOTH) -> Path:
    """Write the report of a submission that could not be scored."""
    issues = [
        warning("mask", "constant", "odd, but no reason to refuse it"),
        error("mask/case_001_z077.png", "unknown-label", "label 4; expected 0 to 3"),
        error("mask/case_002_z081.png", "wrong-shape", "120 x 120; expected 240 x 240"),
    ]
    return write(folder, report_of(name, None, tracks, issues=issues))


def adder(folder: Path) -> Callable[..., Entry]:
    """Return a function that adds new reports to the board of a folder."""
    numbers = itertools.count()

    def add(
        name: str,
        *arguments: Any,
        replace: bool = False,
        make: Callable[..., Path] = write_scored,
        **options: Any,
    ) -> Entry:
        report = make(folder / f"report{next(numbers)}", name, *arguments, **options)
        return admit(report, folder / "board", replace=replace)

    return add
