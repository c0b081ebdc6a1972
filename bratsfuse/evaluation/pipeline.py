"""From a submission to an evaluation: read, judge, score."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.references import references_of
from bratsfuse.evaluation.score import score
from bratsfuse.evaluation.settings import Settings, protocol_of
from bratsfuse.evaluation.slices import Task
from bratsfuse.evaluation.stamps import data_of, versions
from bratsfuse.issues import Issue, Severity, error, errors_in, warning
from bratsfuse.progress import Progress, silent
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.release.verify.split_rows import refuse_changed_rows
from bratsfuse.report.records import Evaluation, Report
from bratsfuse.results import Track
from bratsfuse.submission.expected import Expected, expected_of_one
from bratsfuse.submission.read import Reading, read_submission
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.suspicions import suspicions

GOLD: Final = SubmissionRecord(
    name="gold",
    method="the release's own masks: every score has to be perfect",
    tracks=("segmentation",),
)


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
        Called with ``("score", done, all)``.

    Returns
    -------
    Evaluation
        With status ``refused`` and the issues alone if anything is wrong with the
        submission; otherwise with all scores, the same for any number of workers.

    Raises
    ------
    ReleaseError
        If the release is broken or edited, or has no such split.
    InvalidInputError
        If a setting has no such value, or the answer key is not that of the release; if
        slices are to be shown whose labels are hidden.
    """
    manifest = read_manifest(release)
    expected = expected_of_one(release, manifest, settings.split)
    refuse_changed_rows(release, manifest, settings.split)
    references, labels = references_of(release, manifest, settings.split, settings.key)
    if settings.slices is not None and labels != "public":
        raise InvalidInputError(
            f"{release}: the labels of {settings.split} are hidden, and crops would be "
            "chosen and outlined by them; leave --slices out"
        )
    protocol = protocol_of(manifest, settings.policy, settings.preset)
    split = manifest.splits[settings.split]
    draft = Report(
        status="refused",
        submission=GOLD,
        submission_sha256=split.sha256,
        data=data_of(manifest, settings.split, labels),
        protocol=protocol,
        seed=settings.seed,
        versions=versions(),
        command=settings.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    task = Task(
        split=SplitFile(release / split.file),
        protocol=protocol,
        spacing_mm=tuple(manifest.case(one.case).pixel_mm for one in expected.ids),
        fused=None,
        masks=None,
        references=references,
    )
    if submission is None:
        return _gold(draft, task, expected, release, settings, progress)
    with read_submission(submission, expected) as reading:
        record = reading.record or SubmissionRecord(
            name=submission.absolute().name, tracks=()
        )
        draft = replace(
            draft,
            submission=record,
            submission_sha256=reading.sha256,
            issues=_judged(
                reading, record.tracks, task, draft, settings, expected.labels
            ),
        )
        if errors_in(draft.issues):
            return Evaluation(report=draft)
        tracks: list[Track] = [
            track
            for track in record.tracks
            if track == "fusion" or references is not None
        ]
        fused, masks = (
            reading.staged[track] if track in tracks else None
            for track in ("fusion", "segmentation")
        )
        task = replace(
            task,
            fused=fused,
            masks=masks,
            fusers=manifest.recipe.fusers if fused is not None else (),
        )
        present = {track: reading.staged[track].present for track in tracks}
        return score(draft, task, expected, present, release, settings, progress)


def _gold(
    draft: Report,
    task: Task,
    expected: Expected,
    release: Path,
    settings: Settings,
    progress: Progress,
) -> Evaluation:
    """Return the evaluation of the true masks themselves."""
    if task.references is None:
        raise InvalidInputError(_withheld(settings.split))
    task = replace(task, masks=task.references)
    everything = np.ones(len(expected), np.bool_)
    present: dict[Track, np.ndarray[tuple[int], np.dtype[np.bool_]]]
    present = {"segmentation": everything}
    return score(draft, task, expected, present, release, settings, progress)


def _judged(
    reading: Reading,
    tracks: Sequence[Track],
    task: Task,
    draft: Report,
    settings: Settings,
    labels: Collection[int],
) -> tuple[Issue, ...]:
    """Return all issues, with the severity that the settings give them."""
    issues = [
        replace(issue, severity=Severity.WARNING)
        if settings.allow_missing and issue.code == "missing-predictions"
        else issue
        for issue in reading.issues
    ]
    if task.references is None and "segmentation" in tracks:
        severity = warning if "fusion" in tracks else error
        told = _withheld(settings.split)
        issues.append(severity("segmentation", "labels-withheld", told))
    if not errors_in(issues):
        # With an answer key, what masks are compared with must not leak.
        public = draft.data.labels == "public"
        issues += suspicions(
            reading.staged,
            task.split,
            sources=draft.protocol.sources,
            labels=labels,
            references=task.references if public else None,
        )
    return tuple(issues)


def _withheld(split: str) -> str:
    return (
        f"the masks of {split} are hidden and segmentation is not scored; "
        "pass the organiser's answer key by --key, or leave it to the organiser"
    )
