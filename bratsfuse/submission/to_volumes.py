"""The predictions of a submission as volumes: one NIfTI file per case and track."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError, SubmissionError
from bratsfuse.issues import Issue, errors_in
from bratsfuse.place import new_result
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.own_folders import RECORD_NAME
from bratsfuse.records import to_json
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.terms import write_terms
from bratsfuse.release.volumes import (
    VOLUMES,
    CaseVolumes,
    VolumeExport,
)
from bratsfuse.submission.expected import ALL_SPLITS, expected_of
from bratsfuse.submission.file_names import COLUMN_OF, TRACK_OF
from bratsfuse.submission.read import read_submission
from bratsfuse.wording import counted, suggestion

_INCOMPLETE: Final = "missing-predictions"
"""The one error that does not matter here: what is there can be shown."""


class InvalidSubmissionError(SubmissionError):
    """The submission cannot be exported; `issues` contains every reason."""

    def __init__(self, submission: Path, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        count = counted(len(self.issues), "problem")
        super().__init__(
            f"{submission}: {count}; nothing was written; correct what is listed"
        )


def export_predictions(
    submission: Path,
    release: Path,
    target: Path,
    columns: Sequence[str] = (),
    *,
    progress: Progress = silent,
) -> VolumeExport:
    """Return what was written: the predictions of a submission as volumes.

    Parameters
    ----------
    submission, release
        The predictions, of any splits, and what they are for.
    target
        The new folder, as `bratsfuse.release.volumes.export_volumes` writes it:
        ``mask/<case>.nii.gz`` and ``fused/<case>.nii.gz``, uint8.
    columns
        ``mask``, ``fused``; those of the submission if none are named.
    progress
        Called after every case.

    Raises
    ------
    InvalidSubmissionError
        If the submission is not valid; that slices are missing is no error. Its
        `issues` say why.
    InvalidInputError
        If there is no such column, or the target cannot be written.
    ReleaseError
        If the release is broken.
    """
    for name in columns:
        if name not in TRACK_OF:
            raise InvalidInputError(
                f"no predictions {name!r}; {suggestion(name, TRACK_OF)}"
            )
    manifest = read_manifest(release)
    expected = expected_of(release, manifest, ALL_SPLITS)
    writer = CaseVolumes(release, manifest)
    with (
        read_submission(submission, expected) as reading,
        new_result(target, VOLUMES, outside=[release, submission]) as new,
    ):
        errors = errors_in(reading.issues)
        if bad := [one for one in errors if one.code != _INCOMPLETE]:
            raise InvalidSubmissionError(submission, bad)
        chosen = {
            COLUMN_OF[track]: images
            for track, images in reading.staged.items()
            if not columns or COLUMN_OF[track] in columns
        }
        if columns and not chosen:
            here = ", ".join(COLUMN_OF[track] for track in reading.staged)
            raise InvalidInputError(
                f"{submission}: has no {', '.join(columns)}; expected some of {here}"
            )
        slices: dict[str, tuple[int, ...]] = {}
        rows_of: dict[str, list[int]] = {}
        for row, one in enumerate(expected.ids):
            rows_of.setdefault(one.case, []).append(row)
        for done, (case, rows) in enumerate(rows_of.items(), 1):
            for name, images in chosen.items():
                by_z = {
                    expected.ids[row].z: images[row]
                    for row in rows
                    if images.present[row]
                }
                if by_z:
                    writer.write(new / name, case, by_z, name)
                    slices[case] = tuple(by_z)
            progress("volumes", done, len(rows_of))
        export = VolumeExport(
            fingerprint=manifest.fingerprint,
            folders=tuple(name for name in chosen if (new / name).is_dir()),
            position_known=writer.position_known,
            slices=slices,
        )
        (new / RECORD_NAME).write_text(to_json(export), encoding="utf-8")
        write_terms(new, release, manifest)
    return export
