"""From a submission folder to an evaluation: read, check, score, pool, summarise."""

import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from bratsfuse import __version__
from bratsfuse.anatomy import REGIONS, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.cases import (
    fusion_per_case,
    members_of,
    segmentation_per_case,
)
from bratsfuse.evaluation.pictures import choose_pictures
from bratsfuse.evaluation.references import references_of
from bratsfuse.evaluation.slices import Images, SliceScores, Task, score_slices
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.evaluation.tables import (
    Rows,
    beside,
    fusion_per_slice,
    segmentation_per_slice,
)
from bratsfuse.issues import Issue, Severity, error, errors_in, warning
from bratsfuse.manifest import Manifest, read_manifest
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.metrics.empty_policy import image_diagonal_mm
from bratsfuse.progress import Progress, silent
from bratsfuse.report.records import (
    Coverage,
    Data,
    Evaluation,
    Protocol,
    Report,
    Scores,
    Volumes,
)
from bratsfuse.results import TRACKS, Results, Track
from bratsfuse.store import SplitFile
from bratsfuse.submission.expected import Expected, expected_of
from bratsfuse.submission.read import read_submission
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.suspicions import suspicions

PROTOCOL_VERSION: Final = 1
"""Raised whenever the same choices would give other numbers."""

GOLD: Final = SubmissionRecord(
    name="gold",
    method="the release's own masks: every score has to be perfect",
    tracks=("segmentation",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a submission is to be scored.

    Attributes
    ----------
    split
        Of the release.
    key
        The organiser's file of withheld labels.
    allow_missing
        Give predictions that are missing the worst score instead of refusing.
    policy
        Of empty masks.
    preset
        Of the lesion-wise scores.
    seed
        Of the bootstrap.
    workers
        Processes.
    command
        As typed, for the record.
    """

    split: str = "test"
    key: Path | None = None
    allow_missing: bool = False
    policy: str = "brats"
    preset: str = segmentation.DEFAULT_PRESET
    seed: int = 0
    workers: int = 1
    command: str = ""


def evaluate(
    submission: Path | None,
    release: Path,
    settings: Settings,
    progress: Progress = silent,
) -> Evaluation:
    """Return the scores of a submission, or every reason why it has none.

    Parameters
    ----------
    submission
        A folder, zip or HDF5 file; None scores the release's own masks.
    release
        What the submission is for.
    settings
        How to score it.
    progress
        Told ``("score", done, all)``.

    Returns
    -------
    Evaluation
        With status ``refused`` and the issues alone if anything is wrong with the
        submission; otherwise with all scores, the same for any number of workers.

    Raises
    ------
    ReleaseError
        If the release is broken or has no such split.
    InvalidInputError
        If a setting has no such value, or the key is not that of the release.
    """
    manifest = read_manifest(release)
    expected = expected_of(release, manifest, settings.split)
    references, origin = references_of(release, manifest, settings.split, settings.key)
    protocol = protocol_of(manifest, settings.policy, settings.preset)
    draft = Report(
        status="refused",
        submission=GOLD,
        submission_sha256=manifest.splits[settings.split].sha256,
        data=_data(manifest, settings.split, origin),
        protocol=protocol,
        seed=settings.seed,
        versions=_versions(),
        command=settings.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    task = Task(
        split=SplitFile(release / manifest.splits[settings.split].file),
        protocol=protocol,
        spacing_mm=tuple(_spacing(manifest, one.case) for one in expected.ids),
        fused=None,
        masks=None,
        references=references,
    )
    if submission is None:
        if references is None:
            raise InvalidInputError(_withheld(settings.split))
        everything: dict[Track, npt.NDArray[np.bool_]]
        everything = {"segmentation": np.ones(len(expected), np.bool_)}
        gold = replace(task, masks=references)
        return _scored(draft, gold, expected, everything, settings, progress)
    with read_submission(submission, expected) as reading:
        record = reading.record or SubmissionRecord(name=submission.name, tracks=())
        issues = _judged(reading.issues, record.tracks, references, settings)
        if origin == "public" and references and not errors_in(issues):
            issues += tuple(suspicions(reading.staged, references.__getitem__))
        draft = replace(
            draft,
            submission=record,
            submission_sha256=reading.sha256,
            issues=issues,
        )
        if errors_in(issues):
            return Evaluation(report=draft)
        tracks: dict[Track, Images] = {
            track: reading.staged[track]
            for track in record.tracks
            if track == "fusion" or references is not None
        }
        return _scored(
            draft,
            replace(
                task,
                fused=tracks.get("fusion"),
                masks=tracks.get("segmentation"),
                fusers=manifest.recipe.fusers if "fusion" in tracks else (),
            ),
            expected,
            {track: reading.staged[track].present for track in tracks},
            settings,
            progress,
        )


def protocol_of(manifest: Manifest, policy: str, preset: str) -> Protocol:
    """Return the protocol by which submissions for a release are scored."""
    return Protocol(
        version=PROTOCOL_VERSION,
        policy=policy,
        preset=preset,
        regions={
            name: tuple(sorted(int(label) for label in REGIONS[Region(name)]))
            for name in manifest.source.regions
        },
        segmentation=tuple(segmentation.METRICS),
        fusion=fusion.DEFAULT,
        sources=tuple(map(str, manifest.recipe.sources)),
    )


def _judged(
    issues: Sequence[Issue],
    tracks: Sequence[Track],
    references: Images | None,
    settings: Settings,
) -> tuple[Issue, ...]:
    """Return the issues with the severity that the settings give them."""
    judged = [
        replace(issue, severity=Severity.WARNING)
        if settings.allow_missing and issue.code == "missing-predictions"
        else issue
        for issue in issues
    ]
    if references is None and "segmentation" in tracks:
        severity = warning if "fusion" in tracks else error
        judged.append(
            severity("segmentation", "labels-withheld", _withheld(settings.split))
        )
    return tuple(judged)


def _withheld(split: str) -> str:
    return (
        f"the masks of {split} are withheld and segmentation is not scored; "
        "the organiser's file of labels scores it, with --key"
    )


def _scored(
    draft: Report,
    task: Task,
    expected: Expected,
    present: Mapping[Track, npt.NDArray[np.bool_]],
    settings: Settings,
    progress: Progress,
) -> Evaluation:
    scores = score_slices(
        task, len(expected), workers=settings.workers, progress=progress
    )
    per_slice: list[Results] = []
    per_case: list[Results] = []
    volumes = None
    for track in (track for track in TRACKS if track in present):
        rows = _rows(task, expected, ~present[track])
        if track == "fusion":
            slices = fusion_per_slice(scores, rows, task.protocol)
            cases = fusion_per_case(slices, rows)
        else:
            slices = segmentation_per_slice(scores, rows, task.protocol)
            cases = segmentation_per_case(scores, slices, rows, task.protocol)
            volumes = _volumes(scores, rows, task)
        per_slice.append(slices)
        per_case.append(cases)
    slices, cases = _joined(per_slice), _joined(per_case)
    report = replace(
        draft,
        status="scored",
        coverage={track: _coverage(expected, here) for track, here in present.items()},
        scores=_scores(slices, cases, settings),
        fusers=_profiles(scores, task),
    )
    pictures = () if report.data.labels == "key" else choose_pictures(task, slices)
    return Evaluation(
        report=report,
        per_slice=slices,
        per_case=cases,
        volumes=volumes,
        pictures=pictures,
    )


def _scores(slices: Results, cases: Results, settings: Settings) -> Scores:
    policy, seed = settings.policy, settings.seed
    of_slices = summarise(slices, policy=policy, seed=seed)
    return Scores(
        segmentation=by_region(summarise(cases, policy=policy, seed=seed)),
        segmentation_per_slice=by_region(of_slices),
        fusion={
            measure.key: score
            for measure, score in of_slices.items()
            if measure.track == "fusion"
        },
    )


def _joined(tables: Sequence[Results]) -> Results:
    first, *more = tables
    for table in more:
        first = beside(first, table)
    return first


def _rows(task: Task, expected: Expected, missing: npt.NDArray[np.bool_]) -> Rows:
    return Rows(
        ids=tuple(map(str, expected.ids)),
        cases=tuple(one.case for one in expected.ids),
        patients=expected.patients,
        diagonal_mm=tuple(
            image_diagonal_mm(expected.image_shape, spacing)
            for spacing in task.spacing_mm
        ),
        missing=missing,
    )


def _volumes(scores: SliceScores, rows: Rows, task: Task) -> Volumes:
    members = members_of(rows.cases)
    summed = [scores.counts[index].sum(axis=0) for index in members.values()]
    counts = np.stack(summed)
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    return Volumes(
        cases=tuple(members),
        regions=tuple(task.protocol.regions),
        reference=tp + fn,
        prediction=tp + fp,
        pixel_mm2=tuple(
            float(np.prod(task.spacing_mm[index[0]])) for index in members.values()
        ),
    )


def _coverage(expected: Expected, present: npt.NDArray[np.bool_]) -> Coverage:
    cases = {one.case for one in expected.ids}
    lacking = {
        one.case for one, here in zip(expected.ids, present, strict=True) if not here
    }
    return Coverage(
        expected=len(expected),
        scored=int(present.sum()),
        missing=int((~present).sum()),
        cases=len(cases),
        cases_complete=len(cases) - len(lacking),
    )


def _profiles(scores: SliceScores, task: Task) -> dict[str, dict[str, float | None]]:
    return {
        name: dict(zip(task.protocol.fusion, _means(values), strict=True))
        for name, values in zip(task.fusers, scores.fusers, strict=True)
    }


def _means(values: npt.NDArray[np.float64]) -> Iterable[float | None]:
    for column in values.T:
        defined = column[~np.isnan(column)]
        yield float(defined.mean()) if defined.size else None


def _spacing(manifest: Manifest, case: str) -> tuple[float, float]:
    """Return the pixel size along rows and columns: a stored slice is transposed."""
    x, y = manifest.cases[case].spacing_mm[:2]
    return y, x


def _data(
    manifest: Manifest, split: str, labels: Literal["public", "key", "withheld"]
) -> Data:
    record = manifest.splits[split]
    return Data(
        fingerprint=manifest.fingerprint,
        split=split,
        split_sha256=record.sha256,
        source=manifest.source.title,
        synthetic=manifest.source.synthetic,
        labels=labels,
        slice_sets=record.slice_sets,
        cases=record.cases,
        patients=record.patients,
    )


def _versions() -> dict[str, str]:
    return {
        "bratsfuse": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "numba")},
        "platform": f"{sys.platform} {platform.machine()}",
    }
