"""Masks against the reference: whether they are turned round or shifted."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import fft

from bratsfuse.arrays import Selection
from bratsfuse.plausibility.detail import peak
from bratsfuse.plausibility.doubt import Doubt
from bratsfuse.plausibility.turns import AS_IS, Turn, shift_in_words, turns_of

_MARGIN: Final = 0.2
_FITS: Final = 0.5
_AHEAD: Final = 0.1
"""A shift is looked for among thousands: what it finds has to fit well, and better
than any turn."""


def best_turn(
    reference: Sequence[Selection], masks: Sequence[Selection]
) -> tuple[Turn, list[Doubt]]:
    """Return the turn by which masks fit, and a doubt if that is not as they are.

    Parameters
    ----------
    reference, masks
        What is marked, bool (H, W) each; as many of each, all of one shape.
    """
    height, width = masks[0].shape
    turns = turns_of((height, width))
    scores = {
        words: _dice(reference, [turn(mask) for mask in masks])
        for words, turn in turns.items()
    }
    best = max(scores, key=scores.__getitem__)
    as_is = scores[AS_IS]
    moved, rows, columns = _best_shift(reference, masks)
    if moved > max(as_is + _MARGIN, scores[best] + _AHEAD, _FITS):
        told = (
            f"Dice of all labels is {as_is:.2f} as is, {moved:.2f} "
            f"{shift_in_words(rows, columns)}, in {len(masks)} slices"
        )
        return turns[AS_IS], [Doubt("looks-shifted", told)]
    if scores[best] <= as_is + _MARGIN:
        return turns[AS_IS], []
    told = (
        f"Dice of all labels is {as_is:.2f} as is, {scores[best]:.2f} {best}, "
        f"in {len(masks)} slices"
    )
    return turns[best], [Doubt("looks-flipped", told)]


def _best_shift(
    reference: Sequence[Selection], masks: Sequence[Selection]
) -> tuple[float, int, int]:
    """Return the Dice of masks that are all shifted alike, and by how much to move."""
    marked = sum(int(one.sum()) for one in (*reference, *masks))
    common = np.zeros(masks[0].shape)
    for true, mask in zip(reference, masks, strict=True):
        pair = [fft.rfft2(one.astype(np.float32)) for one in (mask, true)]
        common += fft.irfft2(pair[0] * np.conj(pair[1]), s=mask.shape)
    return peak(2 * common / max(marked, 1))


def _dice(reference: Sequence[Selection], masks: Sequence[Selection]) -> float:
    """Return the Dice of all pairs pooled, zero if nothing is marked."""
    pairs = list(zip(reference, masks, strict=True))
    common = sum(int((true & mask).sum()) for true, mask in pairs)
    marked = sum(int(true.sum()) + int(mask.sum()) for true, mask in pairs)
    return 2 * common / marked if marked else 0.0
