"""Predicted masks that name their segments: whether the names fit the coding."""

from bratsfuse.anatomy.codings import Coding
from bratsfuse.issues import Issue, error, warning
from bratsfuse.raw.segment_names import read_by_names
from bratsfuse.submission.volume_slices import VolumeSlices


def segment_issues(mask: VolumeSlices, coding: Coding) -> list[Issue]:
    """Return why the segments of a mask are not of a coding, or may not be.

    One coding is for all masks of a submission, so that names that say otherwise are
    refused.
    """
    named = read_by_names(mask.segments, coding.labels, str(coding))
    if named.by_name:
        shown = ", ".join(f"{v} = {name}" for v, name in sorted(mask.segments.items()))
        text = (
            f"the mask names its segments {shown}, which is not {coding}; pass the "
            "--coding that it has, or save it in this one"
        )
        return [error(mask.case, "segment-names", text)]
    return [warning(mask.case, "segment-names", named.warning)] if named.warning else []
