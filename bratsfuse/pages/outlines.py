"""Regions of pixels as SVG path data, along the edges of the pixels.

Paths stay sharp at any size and hide nothing of the image below them.
"""

from collections.abc import Iterator

import numpy as np

from bratsfuse.arrays import Selection


def outline(region: Selection) -> str:
    """Return the borders of a region as SVG path data, along the edges of its pixels.

    Examples
    --------
    >>> outline(np.array([[True, True]]))
    'M0 0h2M0 1h2M0 0v1M2 0v1'
    """
    padded = np.pad(region, 1)
    level = padded[1:, 1:-1] != padded[:-1, 1:-1]
    upright = (padded[1:-1, 1:] != padded[1:-1, :-1]).T
    lines = [f"M{start} {row}h{length}" for row, start, length in _runs(level)]
    lines += [f"M{row} {start}v{length}" for row, start, length in _runs(upright)]
    return "".join(lines)


def filled(region: Selection) -> str:
    """Return a region as SVG path data: a bar for each run of pixels in a row.

    Examples
    --------
    >>> filled(np.array([[False, True, True]]))
    'M1 0h2v1h-2z'
    """
    return "".join(
        f"M{start} {row}h{length}v1h-{length}z" for row, start, length in _runs(region)
    )


def _runs(region: Selection) -> Iterator[tuple[int, int, int]]:
    """Yield row, start and length of each run of true values."""
    edges = np.diff(np.pad(region, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    for (row, start), (_, end) in zip(starts.tolist(), ends.tolist(), strict=True):
        yield row, start, end - start
