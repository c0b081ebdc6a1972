"""What staged images contain: labels, single values, repeats."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.issues import Issue
from bratsfuse.plausibility import Repeats
from bratsfuse.results import Track
from bratsfuse.submission.expected import Expected
from bratsfuse.submission.file_names import COLUMN_OF
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.staged import Staged

_OLD_ENHANCING: Final = 4
_WHITE: Final = 255


def content_issues(staged: Mapping[Track, Staged], expected: Expected) -> list[Issue]:
    """Return what is wrong or odd about the pixels of predictions that are there."""
    findings = Findings()
    for track, images in staged.items():
        where = COLUMN_OF[track]
        repeats = Repeats()
        for row in np.flatnonzero(images.present).tolist():
            image, slice_id = images[row], str(expected.ids[row])
            if track == "segmentation":
                _check_labels(image, slice_id, expected, findings)
            repeats.add(image, slice_id)
        for doubt in repeats.doubts(len(expected)):
            findings.add(doubt.code, where, doubt.found)
    return findings.issues()


def _check_labels(
    image: npt.NDArray[np.uint8],
    slice_id: str,
    expected: Expected,
    findings: Findings,
) -> None:
    values = np.flatnonzero(np.bincount(image.ravel(), minlength=256)).tolist()
    wrong = [value for value in values if value not in expected.labels]
    if not wrong:
        return
    code = "bad-label"
    if _WHITE in wrong:
        code = "binary-mask"
    elif _OLD_ENHANCING in wrong:
        code = "old-label-coding"
    allowed = ", ".join(map(str, sorted(expected.labels)))
    found = f"labels {', '.join(map(str, wrong[:8]))} in {{count}} slices"
    findings.add(code, "mask", f"{found}; allowed are {allowed}", example=slice_id)
