"""What only the reference shows: masks that are the wrong way round."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from bratsfuse.arrays import Image, Selection
from bratsfuse.issues import Issue
from bratsfuse.results import Track
from bratsfuse.submission._findings import Findings
from bratsfuse.submission.staged import Staged

_LOOKED_AT: Final = 48
"""Slices, spread over the split: enough to tell, done in a fraction of a second."""
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
        Row -> true mask (H, W); None where labels are withheld.
    """
    findings = Findings()
    masks = staged.get("segmentation")
    if masks is None or reference is None:
        return []
    rows = np.flatnonzero(masks.present)
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _LOOKED_AT)).astype(int)]
    pairs = [(reference(row) > 0, masks[row] > 0) for row in rows.tolist()]
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


def _dice(
    pairs: list[tuple[Selection, Selection]], turn: Callable[[Selection], Selection]
) -> float:
    """Return the Dice of all pairs pooled, zero if nothing is marked."""
    common = sum(int((true & turn(mask)).sum()) for true, mask in pairs)
    marked = sum(int(true.sum()) + int(mask.sum()) for true, mask in pairs)
    return 2 * common / marked if marked else 0.0
