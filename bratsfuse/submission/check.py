"""A submission against a release: every problem, without scoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.arrays import Image
from bratsfuse.issues import Issue, note
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.results import Track
from bratsfuse.submission.expected import expected_of_one
from bratsfuse.submission.read import read_submission
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.suspicions import suspicions


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What checking a submission found.

    Attributes
    ----------
    record
        What it says of itself, if that can be read.
    sha256
        Digest of its predictions.
    coverage
        Track -> slice sets that have a readable prediction.
    expected
        Slice sets of the split.
    issues
        Every problem.
    """

    record: SubmissionRecord | None
    sha256: str
    coverage: Mapping[Track, int]
    expected: int
    issues: tuple[Issue, ...]


def check(submission: Path, release: Path, split: str) -> Check:
    """Return every problem of a submission for a split of a release.

    Raises
    ------
    ReleaseError
        If the release is broken or has no such split.
    """
    manifest = read_manifest(release)
    expected = expected_of_one(release, manifest, split)
    with (
        SplitFile(release / manifest.splits[split].file) as rows,
        read_submission(submission, expected) as reading,
    ):
        public = "mask" in rows.names
        odd = suspicions(
            reading.staged,
            rows,
            sources=manifest.recipe.sources,
            labels=expected.labels,
            references=_Masks(rows) if public else None,
        )
        if not public and "segmentation" in reading.staged:
            told = (
                f"the masks of {split} are hidden; bratsfuse evaluate scores "
                "segmentation with the organiser's answer key, --key"
            )
            odd.append(note("segmentation", "labels-withheld", told))
        coverage = {
            track: int(images.present.sum()) for track, images in reading.staged.items()
        }
    return Check(
        record=reading.record,
        sha256=reading.sha256,
        coverage=coverage,
        expected=len(expected),
        issues=(*reading.issues, *odd),
    )


class _Masks:
    """The true masks of a split."""

    def __init__(self, rows: SplitFile) -> None:
        self._rows = rows

    def __getitem__(self, row: int) -> Image:
        return self._rows.pixels("mask", row)
