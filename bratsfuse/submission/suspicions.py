"""What only the release shows: masks the wrong way round, images with a background."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from bratsfuse.arrays import Image, Selection
from bratsfuse.issues import Issue
from bratsfuse.results import Track
from bratsfuse.submission._findings import Findings
from bratsfuse.submission.staged import Staged

_LOOKED_AT: Final = 48
"""Slices, spread over the split: enough to decide, done in a fraction of a second."""
_MARGIN: Final = 0.2

_TURNS: Final[dict[str, Callable[[Selection], Selection]]] = {
    "flipped left-right": lambda mask: mask[:, ::-1],
    "flipped up-down": lambda mask: mask[::-1],
    "rotated by 180 degrees": lambda mask: mask[::-1, ::-1],
    "transposed": lambda mask: mask.T,
}


def suspicions(
    staged: Mapping[Track, Staged], reference: Callable[[int], Image] | None
) -> list[Issue]:
    """Return a warning if masks fit the reference much better when turned round.

    Parameters
    ----------
    staged
        The predictions.
    reference
        Row -> true mask (H, W); None where labels are hidden.
    """
    findings = Findings()
    masks = staged.get("segmentation")
    if masks is None or reference is None:
        return []
    pairs = [(reference(row) > 0, masks[row] > 0) for row in _spread(masks)]
    as_is = _dice(pairs, lambda mask: mask)
    height, width = masks.shape[1:]
    scores = {
        words: _dice(pairs, turn)
        for words, turn in _TURNS.items()
        if words != "transposed" or height == width
    }
    best = max(scores, key=scores.__getitem__)
    if scores[best] > as_is + _MARGIN:
        found = (
            f"Dice of all labels is {as_is:.2f} as is, {scores[best]:.2f} {best}, "
            f"in {len(pairs)} slices"
        )
        findings.add("looks-flipped", "mask", found)
    return findings.issues()


def backgrounds(
    staged: Mapping[Track, Staged], shown: Callable[[int], Selection]
) -> list[Issue]:
    """Return a warning if fused images are not 0 where there is nothing to fuse.

    Metrics count such pixels: the entropy of an image rises with them, and a segmenter
    sees a head that is not there.

    Parameters
    ----------
    staged
        The predictions.
    shown
        Row -> where any modality is not 0, bool (H, W).
    """
    fused = staged.get("fusion")
    if fused is None:
        return []
    findings = Findings()
    rows = _spread(fused)
    outside = [fused[row][~shown(row)] for row in rows]
    counts = [int(np.count_nonzero(pixels)) for pixels in outside]
    if any(counts):
        found = (
            f"{np.mean(counts):.0f} pixels of a slice, up to a value of "
            f"{max(int(pixels.max(initial=0)) for pixels in outside)}, are not 0 where "
            f"every modality is 0, in {np.count_nonzero(counts)} of {len(rows)} slices"
        )
        findings.add("background-not-zero", "fused", found)
    return findings.issues()


def _spread(images: Staged) -> list[int]:
    """Return some rows that have a prediction, spread over the split."""
    rows = np.flatnonzero(images.present)
    count = min(len(rows), _LOOKED_AT)
    places = np.linspace(0, len(rows) - 1, count).astype(int)
    looked_at: list[int] = rows[places].tolist()
    return looked_at


def _dice(
    pairs: list[tuple[Selection, Selection]], turn: Callable[[Selection], Selection]
) -> float:
    """Return the Dice of all pairs pooled, zero if nothing is marked."""
    common = sum(int((true & turn(mask)).sum()) for true, mask in pairs)
    marked = sum(int(true.sum()) + int(mask.sum()) for true, mask in pairs)
    return 2 * common / marked if marked else 0.0
