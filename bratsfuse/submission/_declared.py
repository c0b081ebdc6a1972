"""The tracks that a submission declares against those that are there."""

from collections.abc import Collection, Sequence
from typing import Final

from bratsfuse.results import TRACKS, Track
from bratsfuse.submission.file_names import (
    COLUMN_OF,
    PREDICTIONS_NAME,
    RECORD_NAME,
    track_of_png,
)
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.meant import found_instead, likely_fix
from bratsfuse.submission.record import SubmissionRecord

_UNREAD: Final = (
    "link-outside",
    "special-file",
    "unreadable-file",
    "too-many-files",
    "file-too-large",
    "broken-zip",
    "broken-hdf5",
)
"""What could not be opened may have been the predictions."""


def tell_tracks(
    record: SubmissionRecord | None,
    tracks: Collection[Track],
    names: Sequence[str],
    findings: Findings,
) -> None:
    """Add what is declared and not there, or there and not declared.

    Parameters
    ----------
    record
        What the submission says of itself, if that can be read.
    tracks
        The tracks for which there is anything, sound or not.
    names
        Every file of the submission, at any depth.
    findings
        Where to add it.
    """
    others = [
        name
        for name in names
        if name not in (RECORD_NAME, PREDICTIONS_NAME) and track_of_png(name) is None
    ]
    if not tracks:
        tell_nothing(".", others, findings)
    if record is None or not tracks:
        return
    for track in TRACKS:
        if track in record.tracks and track not in tracks and not _unread(findings):
            found = f"declared, but there is no {COLUMN_OF[track]}"
            if others:
                found += f"; found {found_instead(others)}"
            hint = likely_fix(others)
            findings.add("track-without-predictions", track, found, hint=hint)
        elif track not in record.tracks and track in tracks:
            found = f"there is {COLUMN_OF[track]}, but it is not declared"
            findings.add("undeclared-predictions", track, found)


def tell_nothing(where: str, others: Sequence[str], findings: Findings) -> None:
    """Add that no track is there, whatever lesser things were found before."""
    if not _unread(findings):
        found = "neither fused nor mask"
        if others:
            found += f"; found {found_instead(others)}"
        findings.add("no-predictions", where, found, hint=likely_fix(others))


def _unread(findings: Findings) -> bool:
    """Return whether something could not be opened: it may be the predictions."""
    return any(code in findings for code in _UNREAD)
