"""What only the release shows: predictions that break no rule and are not plausible."""

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from bratsfuse.arrays import Image, Selection
from bratsfuse.issues import Issue
from bratsfuse.plausibility import LOOKED_AT, fused_doubts, mask_doubts, spread
from bratsfuse.results import Track
from bratsfuse.submission.file_names import COLUMN_OF
from bratsfuse.submission.findings import Findings
from bratsfuse.submission.staged import Staged


class Rows(Protocol):
    """The slice sets of a split of a release, row by row."""

    def pixels(self, name: str, row: int) -> Image:
        """Return the image of a column."""
        ...

    def shown(self, row: int) -> Selection:
        """Return where any modality is not 0."""
        ...


class References(Protocol):
    """One true mask per row."""

    def __getitem__(self, row: int) -> Image:
        """Return the mask of a row."""
        ...


def suspicions(
    staged: Mapping[Track, Staged],
    rows: Rows,
    *,
    sources: Sequence[str],
    labels: Collection[int],
    references: References | None,
) -> list[Issue]:
    """Return a warning for everything about predictions that is not plausible.

    Parameters
    ----------
    staged
        The predictions.
    rows
        The release's split.
    sources
        The source modalities that fused images are compared with.
    labels
        The labels of the release.
    references
        The true masks; None where labels are hidden, or must not leak.
    """
    findings = Findings()
    shown_at = functools.cache(rows.shown)  # both tracks ask for much the same rows
    for track, images in staged.items():
        present = np.flatnonzero(images.present).tolist()
        looked_at = [present[place] for place in spread(len(present), LOOKED_AT)]
        predictions = [images[row] for row in looked_at]
        shown = [shown_at(row) for row in looked_at]
        if track == "fusion":
            beside = {
                name: [rows.pixels(name, row) for row in looked_at] for name in sources
            }
            doubts = fused_doubts(predictions, beside, shown)
        else:
            true = None
            if references is not None:
                true = [references[row] for row in looked_at]
            known = [label for label in labels if label]
            doubts = mask_doubts(predictions, known, reference=true, shown=shown)
        for doubt in doubts:
            findings.add(doubt.code, COLUMN_OF[track], doubt.found)
    return findings.issues()
