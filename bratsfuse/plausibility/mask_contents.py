"""What masks show without a reference: labels outside the head, one label alone."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from bratsfuse.arrays import Image, Selection
from bratsfuse.plausibility.doubt import Doubt

OUTSIDE_HEAD: Final = 0.05
"""Of the labelled pixels. Masks of BraTS have below a hundredth there."""

_SEVERAL: Final = 3
"""Slices with a label, so that one alone says something of the method."""


def outside_doubts(masks: Sequence[Image], shown: Sequence[Selection]) -> list[Doubt]:
    """Return a doubt if labels are where no modality shows anything.

    Parameters
    ----------
    masks
        Label maps, uint8 (H, W).
    shown
        Where any modality is not 0, bool (H, W) each.
    """
    marked = sum(int(np.count_nonzero(mask)) for mask in masks)
    outside = sum(
        int(np.count_nonzero(mask[~seen]))
        for mask, seen in zip(masks, shown, strict=True)
    )
    if not marked or outside / marked <= OUTSIDE_HEAD:
        return []
    told = (
        f"{100 * outside / marked:.0f} % of the labelled pixels are where every "
        f"modality is 0, in {len(masks)} slices"
    )
    return [Doubt("mask-outside-head", told)]


def single_label_doubts(masks: Sequence[Image], labels: Sequence[int]) -> list[Doubt]:
    """Return a doubt if one label is all that is predicted anywhere.

    Parameters
    ----------
    masks
        Label maps, uint8 (H, W).
    labels
        Those of the release, without the background.
    """
    used = [np.flatnonzero(np.bincount(mask.ravel())[1:]) + 1 for mask in masks]
    filled = [values for values in used if values.size]
    found = {int(value) for values in filled for value in values}
    if len(found) != 1 or len(labels) < 2 or len(filled) < _SEVERAL:
        return []
    others = ", ".join(map(str, sorted(labels)))
    told = f"label {found.pop()} alone, of {others}, in {len(filled)} slices"
    return [Doubt("single-label", told)]
