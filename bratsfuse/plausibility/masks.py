"""Every doubt about masks."""

from collections.abc import Sequence

import numpy as np

from bratsfuse.arrays import Image, Selection
from bratsfuse.plausibility.doubt import Doubt
from bratsfuse.plausibility.mask_codings import coding_doubts
from bratsfuse.plausibility.mask_contents import outside_doubts, single_label_doubts
from bratsfuse.plausibility.mask_orientation import best_turn


def mask_doubts(
    masks: Sequence[Image],
    labels: Sequence[int],
    *,
    reference: Sequence[Image] | None = None,
    shown: Sequence[Selection] | None = None,
) -> list[Doubt]:
    """Return what is odd about masks.

    Parameters
    ----------
    masks
        Label maps, uint8 (H, W) each, all of one shape.
    labels
        Those that masks may contain, without the background.
    reference
        As many true label maps; None where they are hidden.
    shown
        Where any modality is not 0, bool (H, W) each; None if that is not known.
    """
    if not masks:
        return []
    single = single_label_doubts(masks, labels)
    found: list[Doubt] = []
    if reference is not None:
        marked = [[image > 0 for image in images] for images in (reference, masks)]
        turn, found = best_turn(*marked)
        # One label for all tissue fits the largest best, and no coding is meant by it.
        if not single:
            turned = [np.ascontiguousarray(turn(mask)) for mask in masks]
            found = [*found, *coding_doubts(reference, turned, labels)]
    if shown is not None:
        found = [*found, *outside_doubts(masks, shown)]
    return [*found, *single]
