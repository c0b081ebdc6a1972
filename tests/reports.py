"""Evaluations drawn from a seed: plausible scores of masks that are ellipses."""

from dataclasses import dataclass

import numpy as np

from bratsfuse.issues import error, warning
from bratsfuse.metrics.fusion import DEFAULT
from bratsfuse.metrics.segmentation import DEFAULT as UNASKED
from bratsfuse.metrics.segmentation import METRICS
from bratsfuse.report import Evaluation, Report
from bratsfuse.report.drawn import Picture, Volumes
from bratsfuse.report.records import Coverage, Data, Protocol, Scores
from bratsfuse.report.scores import Score
from bratsfuse.results import TRACKS, Measure, Results, Status
from bratsfuse.submission import SubmissionRecord

REGIONS = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}
DIAGONAL = 339.4112549695428
FUSION_LEVEL = dict(
    zip(
        DEFAULT,
        (5.9, 61, 22, 7.4, 4.1, 1.1, 0.83, 1.3, 17.8, 1.2, 1.1, 0.9, 0.62, 0.05),
        strict=True,
    )
)
NAMES = {"name": "Ridge-Net", "method": "A small U-Net on two fused modalities."}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an evaluation is to look like."""

    cases: int = 80
    slices: int = 408
    tracks: tuple = TRACKS
    seed: int = 1
    gold: bool = False
    missing: int = 0
    undefined: bool = False
    synthetic: bool = True
    labels: str = "public"
    fusers: tuple = ("average", "maximum", "laplacian")
    submission: dict | None = None
    issues: tuple = ()


def evaluation(**choices) -> Evaluation:
    """A whole evaluation; see `Plan` for the choices."""
    plan = Plan(**choices)
    rng = np.random.default_rng(plan.seed)
    cases = tuple(f"BraTS2021_{9000 + n:05d}" for n in range(plan.cases))
    # The last patient has two cases.
    patients = cases if plan.cases < 3 else (*cases[:-1], cases[-2])
    places = np.sort(np.arange(plan.slices) % plan.cases)
    hard = rng.beta(2, 9, plan.cases)
    per_case = _table(rng, plan, "case", hard, range(plan.cases), cases, patients)
    per_slice = _table(rng, plan, "slice", hard[places], places, cases, patients)
    scores = Scores(
        segmentation=_by_region(per_case, rng),
        segmentation_per_slice=_by_region(per_slice, rng),
        fusion={m.key: _score(per_slice, m, rng) for m in per_slice.of_track("fusion")},
    )
    return Evaluation(
        report=_report(plan, cases, patients, scores, rng),
        per_slice=per_slice,
        per_case=per_case,
        volumes=_volumes(rng, plan, cases, hard)
        if "segmentation" in plan.tracks
        else None,
        pictures=_pictures(rng, plan, per_slice) if plan.labels == "public" else (),
    )


def refused() -> Evaluation:
    """A submission that could not be scored."""
    issues = (
        error("predictions.h5", "duplicate-id", "c_z010 is there twice; drop one"),
        error("c_z077", "bad-label", "mask holds 4; expected 0-3; map 4 to 3"),
        warning("submission.toml", "no-url", "url is empty; say where to read more"),
    )
    report = _report(
        Plan(cases=4, slices=9, issues=issues), "abcd", "abcd", Scores(), None
    )
    return Evaluation(report=report)


def _report(plan, cases, patients, scores, rng) -> Report:
    scored = rng is not None
    expected, missing = plan.slices, plan.missing
    coverage = Coverage(
        expected=expected,
        scored=expected - missing,
        missing=missing,
        cases=plan.cases,
        cases_complete=plan.cases - (missing > 0),
    )
    names = NAMES | {"authors": ("A. Phantom", "B. Phantom")} | (plan.submission or {})
    fusers = (
        {
            name: {
                key: mean * rng.uniform(0.7, 1.2) for key, mean in FUSION_LEVEL.items()
            }
            for name in plan.fusers
        }
        if scored and "fusion" in plan.tracks
        else {}
    )
    return Report(
        status="scored" if scored else "refused",
        submission=SubmissionRecord(tracks=plan.tracks, **names),
        submission_sha256="5e" * 32,
        data=Data(
            fingerprint="a1" * 32,
            split="test",
            split_sha256="c4" * 32,
            source="phantom cases in the layout of BraTS 2021",
            synthetic=plan.synthetic,
            labels=plan.labels,
            slice_sets=plan.slices,
            cases=plan.cases,
            patients=len(set(patients)),
        ),
        protocol=Protocol(
            version=1,
            policy="brats",
            preset="brats2023-gli",
            regions=REGIONS,
            segmentation=UNASKED,
            fusion=DEFAULT,
            sources=("t1ce", "flair"),
        ),
        seed=0,
        versions={
            "bratsfuse": "0.4.0",
            "python": "3.11.2",
            "numpy": "2.4.6",
            "scipy": "1.17.1",
            "platform": "Linux x86_64",
        },
        command="bratsfuse evaluate submission --release release -o report",
        created="2026-11-21T06:00:00Z",
        coverage=dict.fromkeys(plan.tracks, coverage) if scored else {},
        scores=scores,
        fusers=fusers,
        issues=plan.issues,
    )


def _table(rng, plan, unit, hard, places, cases, patients) -> Results:
    columns = {}
    rows = len(hard)
    if "fusion" in plan.tracks and unit == "slice":
        for key, level in FUSION_LEVEL.items():
            columns[Measure("fusion", "", key)] = level * (
                1 + 0.15 * rng.standard_normal(rows) - 0.3 * (hard - 0.2)
            )
    if "segmentation" in plan.tracks:
        for region, ease in (("WT", 0.5), ("TC", 0.9), ("ET", 1.2)):
            dice = np.clip(1 - ease * hard - 0.04 * rng.random(rows), 0, 1)
            dice = np.ones(rows) if plan.gold else dice
            for key in UNASKED:
                measure = Measure("segmentation", region, key)
                columns[measure] = _segmentation(rng, key, dice)
    values = np.column_stack(list(columns.values()) or [np.empty((rows, 0))])
    status = np.full(values.shape, Status.SCORED, np.uint8)
    measures = tuple(columns)
    for column, measure in enumerate(measures):
        _mark(values, status, column, measure, plan, rows)
    places = list(places)
    ids = (
        cases
        if unit == "case"
        else tuple(f"{cases[place]}_z{60 + n:03d}" for n, place in enumerate(places))
    )
    return Results(
        unit=unit,
        ids=tuple(ids),
        cases=tuple(cases[place] for place in places),
        patients=tuple(patients[place] for place in places),
        measures=measures,
        values=values,
        status=status,
    )


def _segmentation(rng, key, dice):
    record = METRICS[key]
    if record.unit == "mm":
        return (1 - dice) * rng.uniform(8, 60, len(dice))
    if record.unit == "lesions":
        return np.round((key == "lesion_tp") + 2 * (1 - dice) * rng.random(len(dice)))
    if key == "volume_error":
        return (dice - 1) * rng.choice([-1, 1], len(dice))
    return np.clip(dice + (1 - dice) * rng.uniform(-0.3, 0.3, len(dice)), 0, 1)


def _mark(values, status, column, measure, plan, rows):
    """Let the policy, absence and undefined values show in some rows."""
    if measure.region == "ET" and rows > 5 and not plan.gold:
        worst = {"dice": 0.0, "hd95": DIAGONAL}.get(measure.key)
        if worst is not None:
            values[2, column], status[2, column] = worst, Status.POLICY
    if measure.key == "volume_error" and rows > 3:
        values[1, column], status[1, column] = np.nan, Status.UNDEFINED
    if plan.undefined and measure.region == "ET":
        values[:, column], status[:, column] = np.nan, Status.UNDEFINED
    if plan.missing and measure.track == "segmentation":
        record = METRICS[measure.key]
        worst = DIAGONAL if record.unit == "mm" else 0.0
        values[-1, column], status[-1, column] = worst, Status.MISSING


def _by_region(table, rng):
    found = {}
    for measure in table.of_track("segmentation"):
        found.setdefault(measure.region, {})[measure.key] = _score(table, measure, rng)
    return found


def _score(table, measure, rng) -> Score:
    column = table.column(measure)
    status = table.status[:, table.measures.index(measure)]
    defined = ~np.isnan(column)
    values = column[defined]
    n = len(values)
    blank = dict.fromkeys(("low", "high", "t_low", "t_high", "median", "sd"))
    counts = {
        "n": n,
        "n_undefined": len(column) - n,
        "n_missing": int((status == Status.MISSING).sum()),
        "n_policy": int((status == Status.POLICY).sum()),
    }
    if not n:
        return Score(mean=None, **blank, **counts)
    blank["median"] = float(np.median(values))
    if len(set(table.patients)) > 1 and n > 1:
        draws = values[rng.integers(0, n, (400, n))].mean(axis=1)
        half = 2.0 * values.std(ddof=1) / n**0.5
        blank |= {
            "low": float(np.quantile(draws, 0.025)),
            "high": float(np.quantile(draws, 0.975)),
            "t_low": float(values.mean() - half),
            "t_high": float(values.mean() + half),
            "sd": float(values.std(ddof=1)),
        }
    return Score(mean=float(values.mean()), **blank, **counts)


def _volumes(rng, plan, cases, hard) -> Volumes:
    whole = rng.lognormal(8.5, 0.7, len(cases))
    shares = np.array([1, 0.45, 0.3])
    reference = np.outer(whole, shares) * rng.uniform(0.6, 1.3, (len(cases), 3))
    if len(cases) > 5:
        reference[:2, 2] = 0
    error_ = 1 + rng.normal(0, 0.4, reference.shape) * hard[:, None]
    prediction = reference * (1 if plan.gold else error_)
    if len(cases) > 5:
        prediction[1, 2] = 0 if plan.gold else 40
    return Volumes(
        cases=cases,
        regions=tuple(REGIONS),
        reference=reference.astype(np.int64),
        prediction=prediction.astype(np.int64),
        pixel_mm2=(1.0,) * len(cases),
    )


def _pictures(rng, plan, table) -> tuple[Picture, ...]:
    pictures = []
    for track in plan.tracks:
        for number, rank in enumerate(("worst", "median", "best")):
            grey, reference = head(rng, 110 + 8 * number)
            shift = (0 if plan.gold else 9 - 4 * number, 0)
            prediction = np.roll(reference, shift, (0, 1))
            fused = np.clip(grey * 0.7 + 40 * (grey > 0), 0, 255).astype(np.uint8)
            scoring = track == "segmentation"
            pictures.append(
                Picture(
                    slice_id=table.ids[number % len(table)],
                    rank=rank,
                    track=track,
                    score=("mean Dice", 0.5 + number / 5) if scoring else ("VIF", 0.8),
                    original=grey,
                    fused=None if scoring else fused,
                    reference=reference if scoring else None,
                    prediction=prediction if scoring else None,
                )
            )
    return tuple(pictures)


def head(rng, column):
    """A head of noise, 240 x 240, and the label map of its tumour."""
    y, x = np.mgrid[:240, :240]
    brain = ((y - 120) / 95) ** 2 + ((x - 120) / 75) ** 2 < 1
    radius = np.hypot((y - 90) / 1.2, x - column) + 3 * np.sin(y / 7)
    labels = np.select([radius < 9, radius < 17, radius < 30], [1, 3, 2], 0)
    labels = np.where(brain, labels, 0).astype(np.uint8)
    coarse = np.kron(rng.normal(0, 12, (24, 24)), np.ones((10, 10)))
    grey = (
        90 + coarse + rng.normal(0, 5, (240, 240)) + np.array([0, -30, 60, 90])[labels]
    )
    return np.where(brain, np.clip(grey, 1, 255), 0).astype(np.uint8), labels
