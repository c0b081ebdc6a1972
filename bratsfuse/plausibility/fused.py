"""Every doubt about fused images."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bratsfuse.arrays import Image, Selection
from bratsfuse.plausibility.doubt import Doubt
from bratsfuse.plausibility.fused_copies import copy_doubts
from bratsfuse.plausibility.fused_order import order_doubts
from bratsfuse.plausibility.fused_orientation import orientation_doubts
from bratsfuse.plausibility.fused_values import (
    background_doubts,
    inversion_doubts,
    scale_doubts,
)


def fused_doubts(
    fused: Sequence[Image],
    sources: Mapping[str, Sequence[Image]],
    shown: Sequence[Selection] | None = None,
) -> list[Doubt]:
    """Return what is odd about fused images beside their sources.

    Images of a single value are left out, as they agree with nothing; of images that
    differ in shape, those of the most common one are looked at.

    Parameters
    ----------
    fused
        uint8 (H, W) each.
    sources
        Name -> as many images, each of the shape of its fused image.
    shown
        Where any modality is not 0, bool (H, W) each, if the rest has to be 0.
    """
    found = background_doubts(fused, shown) if shown is not None else []
    shapes = Counter(image.shape for image in fused)
    if not shapes:
        return []
    (shape, _), *_ = shapes.most_common(1)
    rows = [
        row
        for row, image in enumerate(fused)
        if image.shape == shape and image.min() != image.max()
    ]
    if not rows:
        return found
    images = [fused[row] for row in rows]
    beside = {name: [of[row] for row in rows] for name, of in sources.items()}
    inverted = inversion_doubts(images, beside)
    # An inverted image agrees with the edges beside its own, which is no shift.
    turned = [] if inverted else orientation_doubts(images, beside)
    mixed = [] if inverted or turned else order_doubts(images, beside)
    return [
        *turned,
        *mixed,
        *scale_doubts(images, beside),
        *inverted,
        *copy_doubts(images, beside),
        *found,
    ]
