"""The box of an image outside which every pixel is 0.

Most of a skull-stripped slice is background. What a loop makes of it is known
beforehand, so that the loops of the dearest metrics run over the box alone and leave a
constant around it: not an approximation, the values are the same.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Box = tuple[int, int, int, int]
"""The first row, the one after the last, and the same of columns."""


def box_of(values: npt.NDArray[Any]) -> Box:
    """Return the smallest box with all values but zeros, shape (H, W)."""
    if all(line.any() for line in (values[0], values[-1], values[:, 0], values[:, -1])):
        return 0, values.shape[0], 0, values.shape[1]  # as of most photographs
    rows = np.flatnonzero(values.any(axis=1))
    columns = np.flatnonzero(values.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def around(*boxes: Box) -> Box:
    """Return the smallest box around boxes."""
    tops, bottoms, lefts, rights = zip(*boxes, strict=True)
    return min(tops), max(bottoms), min(lefts), max(rights)


def grown(box: Box, margin: int, shape: tuple[int, int]) -> Box:
    """Return the box with a margin, as far as the image goes."""
    top, bottom, left, right = box
    height, width = shape
    return (
        max(top - margin, 0),
        min(bottom + margin, height),
        max(left - margin, 0),
        min(right + margin, width),
    )


def halved_box(box: Box) -> Box:
    """Return the box of an image averaged over blocks of 2 x 2 pixels."""
    top, bottom, left, right = box
    return top // 2, (bottom + 1) // 2, left // 2, (right + 1) // 2


def windows_at(box: Box, window: int, shape: tuple[int, int], step: int = 1) -> Box:
    """Return the box of windows that reach into a box of an image.

    Parameters
    ----------
    box
        Of the image.
    window
        Their side; they lie only where they fit the image.
    shape
        Of the image.
    step
        From window to window.
    """
    ends = []
    for start, stop, size in zip(box[::2], box[1::2], shape, strict=True):
        count = (size - window) // step + 1
        first = max(start - window + step, 0) // step
        ends += [min(first, count), min((stop + step - 1) // step, count)]
    top, bottom, left, right = ends
    return top, bottom, left, right


def part(box: Box) -> tuple[slice, slice]:
    """Return the slices that cut the box out of a map."""
    top, bottom, left, right = box
    return slice(top, bottom), slice(left, right)
