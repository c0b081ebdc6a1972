"""Fused images that are one of their sources."""

from collections.abc import Mapping, Sequence

import numpy as np

from bratsfuse.arrays import Image
from bratsfuse.plausibility.doubt import Doubt


def copy_doubts(
    fused: Sequence[Image], sources: Mapping[str, Sequence[Image]]
) -> list[Doubt]:
    """Return a doubt for each source that fused images repeat pixel by pixel.

    A slice does not count where all sources are equal: there a copy is the fusion.
    """
    found = []
    for name, images in sources.items():
        count = 0
        for row, image in enumerate(fused):
            others = [of[row] for of in sources.values()]
            differ = any(not np.array_equal(images[row], other) for other in others)
            count += differ and np.array_equal(image, images[row])
        if count:
            told = f"{count} of {len(fused)} are equal to {name}"
            found.append(Doubt("same-as-source", told))
    return found
