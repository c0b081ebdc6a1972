"""Grey values of fused images against their sources: scale, sign and background."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bratsfuse.arrays import Image, Selection
from bratsfuse.plausibility.doubt import Doubt
from bratsfuse.plausibility.turns import Pixels

_DARK: Final = 8
"""So many times darker than their sources are images whose scale was forgotten."""
_INVERTED: Final = -0.25
"""Below this with every source: T2 of a phantom has -0.20 with T1ce and FLAIR."""
_OPPOSITE: Final = -0.5
_UNLIKE: Final = 0.2
"""Or below these with one source and with the others."""


def scale_doubts(
    fused: Sequence[Image], sources: Mapping[str, Sequence[Image]]
) -> list[Doubt]:
    """Return a doubt if no fused image is nearly as bright as its sources.

    Values in [0, 1] that were cast to uint8 are 0 and 1.
    """
    brightest = max(int(image.max()) for image in fused)
    possible = max(int(image.max()) for images in sources.values() for image in images)
    if not 0 < brightest <= possible // _DARK:
        return []
    told = (
        f"the largest value is {brightest}, that of the sources {possible}, "
        f"in {len(fused)} slices"
    )
    return [Doubt("not-scaled", told)]


def inversion_doubts(
    fused: Sequence[Image], sources: Mapping[str, Sequence[Image]]
) -> list[Doubt]:
    """Return a doubt if fused images are the negative of their sources.

    Sources may be each other's negative; a fused image is like one of them at least,
    in the whole image and where the sources are not 0.
    """
    inside = [np.any(pair, axis=0) for pair in zip(*sources.values(), strict=True)]
    everywhere = [np.ones_like(seen) for seen in inside]
    for seen, where in ((everywhere, ""), (inside, " where sources are not 0")):
        values = [_mean_correlation(fused, of, seen) for of in sources.values()]
        best, worst = max(values), min(values)
        if best < _INVERTED or (worst < _OPPOSITE and best < _UNLIKE):
            told = (
                f"correlation of grey values{where} is {worst:.2f} to {best:.2f} with "
                f"the sources, in {len(fused)} slices"
            )
            return [Doubt("inverted", told)]
    return []


def background_doubts(
    fused: Sequence[Image], shown: Sequence[Selection]
) -> list[Doubt]:
    """Return a doubt if fused images are not 0 where there is nothing to fuse.

    Metrics count such pixels: the entropy of an image rises with them, and a segmenter
    sees a head that is not there.

    Parameters
    ----------
    fused
        uint8 (H, W) each.
    shown
        Where any modality is not 0, bool (H, W) each.
    """
    outside = [image[~seen] for image, seen in zip(fused, shown, strict=True)]
    counts = [int(np.count_nonzero(pixels)) for pixels in outside]
    if not any(counts):
        return []
    told = (
        f"{np.mean(counts):.0f} pixels of a slice, up to a value of "
        f"{max(int(pixels.max(initial=0)) for pixels in outside)}, are not 0 where "
        f"every modality is 0, in {np.count_nonzero(counts)} of {len(fused)} slices"
    )
    return [Doubt("background-not-zero", told)]


def _mean_correlation(
    fused: Sequence[Image], source: Sequence[Image], seen: Sequence[Selection]
) -> float:
    """Return the mean correlation of the pixels that are seen."""
    return float(
        np.mean(
            [
                _correlation(image[inside], other[inside])
                for image, other, inside in zip(fused, source, seen, strict=True)
            ]
        )
    )


def _correlation(one: Pixels, other: Pixels) -> float:
    """Return the correlation of two rows of pixels, 0 if one is constant."""
    if one.size == 0:
        return 0.0
    a = one - one.mean(dtype=np.float32)
    b = other - other.mean(dtype=np.float32)
    # Sums, not products of matrices: those would wait for threads on a busy computer.
    scale = float(np.sqrt((a * a).sum()) * np.sqrt((b * b).sum()))
    return float((a * b).sum()) / scale if scale else 0.0
