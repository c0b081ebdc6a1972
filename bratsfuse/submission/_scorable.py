"""No submission is between refused and scorable: what is not an error is complete.

The reading process is not trusted, so that this is decided here, from what it left.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bratsfuse.issues import Issue, errors_in
from bratsfuse.records import SliceId
from bratsfuse.results import Track
from bratsfuse.submission.file_names import COLUMN_OF, RECORD_NAME
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.record import SubmissionRecord
from bratsfuse.submission.staged import Staged

_ALLOWED: Final = "missing-predictions"


def unscorable(
    record: SubmissionRecord | None,
    staged: Mapping[Track, Staged],
    ids: Sequence[SliceId],
    issues: Sequence[Issue],
) -> list[Issue]:
    """Return the errors without which the submission would wrongly pass as valid.

    Parameters
    ----------
    record
        What the submission says of itself.
    staged
        The predictions that were read.
    ids
        Every slice set that needs a prediction, in the order of the rows.
    issues
        What is known to be wrong; if that refuses the submission, nothing is added.
    """
    # Whoever scores may allow what is missing, and nothing else.
    if any(issue.code != _ALLOWED for issue in errors_in(issues)):
        return []
    findings = Findings()
    if record is None:
        findings.add("no-record", RECORD_NAME, "nothing of it could be read")
        return findings.issues()
    if not record.tracks:
        findings.add("no-tracks", RECORD_NAME, "tracks is missing or empty")
    known = {issue.where for issue in issues if issue.code == _ALLOWED}
    for track in record.tracks:
        where = COLUMN_OF[track]
        if track not in staged or not staged[track].present.any():
            found = f"declared, but no prediction of this split was read from {where}"
            findings.add("track-without-predictions", track, found)
        elif where not in known:
            for one, here in zip(ids, staged[track].present, strict=True):
                if not here:
                    found = f"{{count}} of {len(ids)} slice sets have none"
                    findings.add(_ALLOWED, where, found, example=str(one))
    return findings.issues()
