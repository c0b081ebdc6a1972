"""How long is a contour, how large a surface, inside one 2x2 or 2x2x2 block of pixels.

A surfel sits at the corner shared by the pixels of a block. Which of them are inside
the mask is a code of 4 or 8 bits, and the code fixes the piece of contour (the length
of the marching-squares segments) or of surface (the area of the marching-cubes
triangles) that the surfel stands for. The convention is that of S. Nikolov et al.,
"Clinically applicable segmentation of head and neck anatomy for radiotherapy", JMIR
2021, and its surface-distance package.

A pixel at offset (i, j) of a block is bit 2i + j; one at (i, j, k) is bit 4i + 2j + k.
"""

import itertools
import math
from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Triangles of one code of each class; the other codes are its rotations, reflections
# and complements. In units: eighths of the slanted triangle (1, 1, 1); halves of the
# faces normal to an axis; quarters of the bevels parallel to an axis.
_CLASSES: Final[dict[int, tuple[int, tuple[int, ...], tuple[int, ...]]]] = {
    0b00000001: (1, (), ()),
    0b00000011: (0, (), (2, 2)),
    0b00000110: (2, (), ()),
    0b00000111: (3, (0,), ()),
    0b00001111: (0, (0, 0), ()),
    0b00010110: (3, (), ()),
    0b00010111: (6, (), ()),
    0b00011000: (2, (), ()),
    0b00011001: (1, (), (0, 0)),
    0b00011011: (4, (), (0, 1)),
    0b00011110: (4, (0,), ()),
    0b00111100: (0, (), (2, 2, 2, 2)),
    0b01101001: (4, (), ()),
}


@lru_cache(maxsize=64)
def surfel_sizes(spacing_mm: tuple[float, ...]) -> FloatArray:
    """Return the contour length or surface area of every neighbourhood code.

    Parameters
    ----------
    spacing_mm
        Two or three pixel sizes in millimetres.

    Returns
    -------
    numpy.ndarray
        Read-only float64, shape (16,) in millimetres for two axes, (256,) in square
        millimetres for three. Zero where all pixels agree.
    """
    sizes = (
        _contour_lengths(*spacing_mm)
        if len(spacing_mm) == 2
        else _surface_areas(*spacing_mm)
    )
    sizes.flags.writeable = False
    return sizes


def _contour_lengths(row_mm: float, column_mm: float) -> FloatArray:
    diagonal = 0.5 * math.sqrt(row_mm**2 + column_mm**2)
    lengths = np.full(16, diagonal)
    lengths[[0b0000, 0b1111]] = 0.0
    lengths[[0b0011, 0b1100]] = column_mm  # two pixels of a row: a horizontal segment
    lengths[[0b0101, 0b1010]] = row_mm
    lengths[[0b0110, 0b1001]] = 2.0 * diagonal  # touching at the corner only
    return lengths


def _surface_areas(*spacing_mm: float) -> FloatArray:
    plane = np.array([math.prod(spacing_mm) / size for size in spacing_mm])
    slanted = math.sqrt(float(np.sum(plane**2))) / 8
    bevels = np.sqrt(np.sum(plane**2) - plane**2) / 4
    areas: FloatArray = _facets() @ np.concatenate([[slanted], plane / 2, bevels])
    return areas


@cache
def _facets() -> FloatArray:
    """Return how many facets of each of the seven kinds each of the 256 codes has."""
    table = np.zeros((256, 7))
    for code, (slanted, faces, bevels) in _CLASSES.items():
        for axes in itertools.permutations(range(3)):
            row = np.zeros(7)
            row[0] = slanted
            for axis in faces:
                row[1 + axes[axis]] += 1
            for axis in bevels:
                row[4 + axes[axis]] += 1
            for flips in itertools.product((0, 1), repeat=3):
                image = _move(code, axes, flips)
                table[[image, 255 - image]] = row
    return table


def _move(code: int, axes: tuple[int, ...], flips: tuple[int, ...]) -> int:
    """Return the code after sending old axis a to ``axes[a]`` and flipping axes."""
    image = 0
    for corner, offset in enumerate(itertools.product((0, 1), repeat=3)):
        if not code >> corner & 1:
            continue
        moved = [0, 0, 0]
        for old, new in enumerate(axes):
            moved[new] = offset[old] ^ flips[new]
        image |= 1 << (4 * moved[0] + 2 * moved[1] + moved[2])
    return image
