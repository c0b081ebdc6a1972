"""Cutting large images into strips of rows."""

from collections.abc import Iterator
from typing import Final

STRIP: Final = 2**20
"""The pixels of a strip, about."""


def row_strips(
    height: int, width: int, multiple_of: int = 1
) -> Iterator[tuple[int, int]]:
    """Yield the first row and the one after the last of each strip.

    All strips but the last have a multiple of so many rows.
    """
    rows = max(1, STRIP // max(width, 1) // multiple_of) * multiple_of
    for start in range(0, height, rows):
        yield start, min(start + rows, height)


def rows_around(
    rows: tuple[int, int], reach: int, height: int
) -> tuple[slice, slice, tuple[int, int]]:
    """Return the rows within reach of a strip, the strip in them, and what lacks.

    Returns
    -------
    tuple
        A slice of the image, a slice of that part, and how many rows the image is too
        short above and below.
    """
    start, stop = rows
    first, last = max(start - reach, 0), min(stop + reach, height)
    lacking = first - (start - reach), stop + reach - last
    return slice(first, last), slice(start - first, stop - first), lacking
