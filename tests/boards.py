"""Reports of submissions that nobody made: what a board is given in tests."""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bratsfuse.evaluation.downstream_rules import (
    KEYS,
    POLICY,
    SEED,
    below_floor,
)
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.issues import Issue, error, warning
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.entry import Entry
from bratsfuse.metrics.fusion import DEFAULT
from bratsfuse.report import Evaluation, Report
from bratsfuse.report.files import (
    DOWNSTREAM_NAME,
    PER_CASE_NAME,
    PER_SLICE_NAME,
    REPORT_NAME,
    to_csv,
    to_json,
)
from bratsfuse.report.records import Coverage, Data, Protocol, Scores
from bratsfuse.report.scores import Downstream
from bratsfuse.results import Measure, Results, Status, Track
from bratsfuse.submission import SubmissionRecord

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
        good = np.clip(quality + rng.normal(0, 0.05, len(cases)), 0.01, 0.97)
        lower = {"hd95": 30, "nabf": 1}
        worst = lower.get(measure.key)
        table[:, place] = good if worst is None else (1 - good) * worst
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


def slices_of(table: Results, data: Data = DATA) -> Results:
    """Return scores per slice whose means are those of a table per case."""
    each, more = divmod(data.slice_sets, len(table))
    counts = [each + (row < more) for row in range(len(table))]
    rows = np.repeat(np.arange(len(table)), counts)
    return Results(
        unit="slice",
        ids=tuple(
            f"{case}_z{z:03d}"
            for case, count in zip(table.cases, counts, strict=True)
            for z in range(count)
        ),
        cases=tuple(table.cases[row] for row in rows),
        patients=tuple(table.patients[row] for row in rows),
        measures=table.measures,
        values=table.values[rows],
        status=table.status[rows],
    )


def without(table: Results, slices: Results, missing: int) -> tuple[Results, Results]:
    """Return tables per case and per slice of which the first slices are missing."""
    gone = np.arange(len(slices)) < missing
    lacking = {case for case, lost in zip(slices.cases, gone, strict=True) if lost}
    cases = np.array([case in lacking for case in table.cases])
    return tuple(  # type: ignore[return-value]
        replace(
            one,
            status=np.where(rows[:, None], Status.MISSING, one.status).astype(np.uint8),
        )
        for one, rows in ((table, cases), (slices, gone))
    )


def scores_of(table: Results, slices: Results, protocol: Protocol) -> Scores:
    settings: Any = {"policy": protocol.policy, "seed": 0}
    with np.errstate(invalid="ignore"):
        of_slices = summarise(slices, **settings)
        of_cases = summarise(table, **settings)
    return Scores(
        segmentation=by_region(of_cases),
        segmentation_per_slice=by_region(of_slices),
        fusion={
            measure.key: score
            for measure, score in of_slices.items()
            if measure.track == "fusion"
        },
    )


def evaluation_of(
    name: str,
    table: Results,
    tracks: Sequence[Track] = BOTH,
    *,
    data: Data = DATA,
    protocol: Protocol = PROTOCOL,
    missing: int = 0,
    slices: Results | None = None,
    **texts: object,
) -> Evaluation:
    """Return the evaluation that scores per case would come from."""
    slices = slices or slices_of(table, data)
    table, slices = without(table, slices, missing)
    lacking = len(set(slices.cases[:missing]))
    coverage = Coverage(
        expected=data.slice_sets,
        scored=data.slice_sets - missing,
        missing=missing,
        cases=data.cases,
        cases_complete=data.cases - lacking,
    )
    report = replace(
        report_of(name, tracks, data=data, protocol=protocol, **texts),
        status="scored",
        coverage=dict.fromkeys(tracks, coverage),
        scores=scores_of(table, slices, protocol),
        fusers={"average": {"en": 4.5}},
    )
    return Evaluation(report=report, per_case=table, per_slice=slices)


FAITHFUL = {"ssim": 0.66, "vif": 0.25}
"""Fidelity within lesions, of images that may be ranked."""

FLOOR = {"ssim": 0.57, "vif": 0.17}
"""What they must have."""


def with_use(
    evaluation: Evaluation,
    quality: float,
    *,
    fidelity: Mapping[str, float | None] = FAITHFUL,
    settings: Mapping[str, str] | None = None,
) -> Evaluation:
    """Return an evaluation whose images a segmenter has learned on, too."""
    cases = evaluation.per_case
    assert cases is not None
    regions = evaluation.report.protocol.regions
    measures = tuple(
        Measure("downstream", region, key) for region in regions for key in KEYS
    )
    rng = np.random.default_rng(round(quality * 1000))
    values = np.clip(rng.normal(quality, 0.03, (len(cases), len(measures))), 0, 1)
    table = replace(
        cases,
        measures=measures,
        values=values,
        status=np.full(values.shape, Status.SCORED, np.uint8),
    )
    scores = by_region(summarise(table, policy=POLICY, seed=SEED), "downstream")
    section = Downstream(
        seeds=(0,),
        settings=settings or {"preset": "default", "steps": "900"},
        titles={"flair": "FLAIR"},
        scores=scores,
        differences={"flair": scores},
        references={"flair": scores},
        fidelity=dict(fidelity),
        floor=FLOOR,
        below_floor=below_floor(fidelity, FLOOR),
    )
    report = replace(evaluation.report, downstream=section)
    return replace(evaluation, report=report, downstream=table)


def report_of(
    name: str,
    tracks: Sequence[Track] = BOTH,
    *,
    data: Data = DATA,
    protocol: Protocol = PROTOCOL,
    issues: Sequence[Issue] = (),
    **texts: object,
) -> Report:
    """Return the report of a refused submission."""
    return Report(
        status="refused",
        submission=SubmissionRecord(name=name, tracks=tuple(tracks), **texts),  # type: ignore[arg-type]
        submission_sha256=hashlib.sha256(f"predictions of {name}".encode()).hexdigest(),
        data=data,
        protocol=protocol,
        seed=0,
        versions={"bratsfuse": "0.0.1", "python": "3.11.9", "numpy": "2.1.0"},
        command="bratsfuse evaluate submission --release release -o report",
        created="2026-01-02T03:04:05+00:00",
        issues=tuple(issues),
    )


def write(folder: Path, evaluation: Evaluation) -> Path:
    """Write record and tables of a report, but neither page nor figures."""
    tables = {
        name: to_csv(table)
        for name, table in (
            (PER_SLICE_NAME, evaluation.per_slice),
            (PER_CASE_NAME, evaluation.per_case),
            (DOWNSTREAM_NAME, evaluation.downstream),
        )
        if table is not None
    }
    digests = {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in tables.items()
    }
    report = replace(evaluation.report, files=digests)
    folder.mkdir(parents=True)
    for name, text in {REPORT_NAME: to_json(report), **tables}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def edited(folder: Path, change: Callable[[Any], object]) -> Path:
    """Change the JSON of a report folder."""
    path = folder / REPORT_NAME
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
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
    **options: Any,
) -> Path:
    """Write the report of a submission of some quality."""
    table = table_of(name, quality, tracks, data=data, protocol=protocol, values=values)
    return write(
        folder,
        evaluation_of(name, table, tracks, data=data, protocol=protocol, **options),
    )


def write_refused(folder: Path, name: str, tracks: Sequence[Track] = BOTH) -> Path:
    """Write the report of a submission that could not be scored."""
    issues = [
        warning("mask", "constant", "odd, but no reason to refuse it"),
        error("mask/case_001_z077.png", "unknown-label", "label 4; expected 0 to 3"),
        error("mask/case_002_z081.png", "wrong-shape", "120 x 120; expected 240 x 240"),
    ]
    return write(folder, Evaluation(report=report_of(name, tracks, issues=issues)))


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
