"""Compiled loops over pixels: surfaces and exact distances.

Import this module inside functions only: it imports numba. Every kernel takes volumes
of shape (D, H, W) with D = 1 for a slice, and leaves its arguments as they are.
"""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint64]
Steps = npt.NDArray[np.int32]
Plane = npt.NDArray[np.int32]
Row = npt.NDArray[np.int32]

_FAR = 1 << 30  # "no target on this line", in steps


@compiled
def surfel_distances(
    reference: Bytes, prediction: Bytes, sizes: Floats, spacing_mm: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return distances and sizes of the reference's surfels, then the prediction's.

    ``sizes`` has 16 entries for slices and 256 for volumes. Both masks have a margin
    of background and at least one pixel.
    """
    reference_codes = _surfel_codes(reference, sizes.size - 1)
    prediction_codes = _surfel_codes(prediction, sizes.size - 1)
    lists = (
        _directed_distances(reference_codes, prediction_codes, spacing_mm),
        _directed_distances(prediction_codes, reference_codes, spacing_mm),
    )
    return lists[0][0], sizes[lists[0][1]], lists[1][0], sizes[lists[1][1]]


@compiled
def voxel_distances(
    reference: Bytes, prediction: Bytes, spacing_mm: Floats
) -> tuple[Floats, Floats]:
    """Return the distances between the boundary pixels, reference to prediction first.

    A boundary pixel has a background pixel among its 4 or 6 nearest neighbours.
    """
    reference_edge = _boundary(reference)
    prediction_edge = _boundary(prediction)
    return (
        _directed_distances(reference_edge, prediction_edge, spacing_mm)[0],
        _directed_distances(prediction_edge, reference_edge, spacing_mm)[0],
    )


@compiled
def _surfel_codes(mask: Bytes, full: int) -> Bytes:
    """Return the code of every pixel corner; 0 where no surface passes.

    A code is a sum of powers of two, modulo 256, as in the surface-distance package:
    that defines it for numbered lesions too, which some scripts pass.
    """
    depth, height, width = mask.shape
    layers = depth - 1 if full == 255 else 1
    codes = np.empty((layers, height - 1, width - 1), np.uint8)
    for i in range(layers):
        for j in range(height - 1):
            for k in range(width - 1):
                code = (
                    np.int64(mask[i, j, k])
                    + (mask[i, j, k + 1] << 1)
                    + (mask[i, j + 1, k] << 2)
                    + (mask[i, j + 1, k + 1] << 3)
                )
                if full == 255:
                    code = (
                        code
                        + (mask[i + 1, j, k] << 4)
                        + (mask[i + 1, j, k + 1] << 5)
                        + (mask[i + 1, j + 1, k] << 6)
                        + (mask[i + 1, j + 1, k + 1] << 7)
                    )
                code &= 255
                codes[i, j, k] = 0 if code == full else code
    return codes


@compiled
def _boundary(mask: Bytes) -> Bytes:
    """Return 1 at the pixels that erosion with the 4- or 6-neighbour cross removes."""
    depth, height, width = mask.shape
    boundary = np.zeros(mask.shape, np.uint8)
    first, last = (1, depth - 1) if depth > 1 else (0, 1)
    for i in range(first, last):
        for j in range(1, height - 1):
            if not any_set(mask[i, j]):
                continue
            for k in range(1, width - 1):
                inside = (
                    mask[i, j - 1, k]
                    & mask[i, j + 1, k]
                    & mask[i, j, k - 1]
                    & mask[i, j, k + 1]
                )
                if depth > 1:
                    inside &= mask[i - 1, j, k] & mask[i + 1, j, k]
                boundary[i, j, k] = mask[i, j, k] & ~inside
    return boundary


@compiled
def _directed_distances(
    start: Bytes, target: Bytes, spacing_mm: Floats
) -> tuple[Floats, Bytes]:
    """Return the exact distance from each start point to the nearest target, in mm.

    The second array contains the values of ``start`` at these points. Points of one
    plane share their searches along rows, and all that these read is that plane.
    """
    mm = spacing_mm[0], spacing_mm[1], spacing_mm[2]
    if start.shape[0] == 1:  # a slice: its axis 1 is the one to take steps along
        start = start.reshape((start.shape[1], 1, start.shape[2]))
        target = target.reshape(start.shape)
        mm = mm[1], mm[0], mm[2]
    depth, height, width = start.shape
    steps = _steps_to_target(target)
    n_points = np.count_nonzero(start)
    distances = np.empty(n_points, np.float64)
    values = np.empty(n_points, np.uint8)
    in_row = np.empty((height, width), np.float64)
    searched = np.full((height, width), -1, np.int32)
    n = 0
    for i in range(depth):
        for j in range(height):
            if not any_set(start[i, j]):
                continue
            for k in range(width):
                if not start[i, j, k]:
                    continue
                values[n] = start[i, j, k]
                distances[n] = 0.0
                if steps[i, j, k]:
                    distances[n] = np.sqrt(
                        _nearest(steps[i], in_row, searched, i, j, k, mm)
                    )
                n += 1
    return distances, values


@compiled
def any_set(row: Bytes) -> bool:
    """Return whether a pixel of a row is set."""
    present = np.uint8(0)
    for k in range(row.size):
        present |= row[k]
    return bool(present)


@compiled
def _steps_to_target(target: Bytes) -> Steps:
    """Return the steps along axis 0 from every point to the nearest target."""
    depth, height, width = target.shape
    steps = np.empty(target.shape, np.int32)
    for j in range(height):
        for k in range(width):
            steps[0, j, k] = 0 if target[0, j, k] else _FAR
    for i in range(1, depth):
        for j in range(height):
            for k in range(width):
                steps[i, j, k] = 0 if target[i, j, k] else steps[i - 1, j, k] + 1
    for i in range(depth - 2, -1, -1):
        for j in range(height):
            for k in range(width):
                steps[i, j, k] = min(steps[i, j, k], steps[i + 1, j, k] + 1)
    return steps


@compiled
def _nearest(
    steps: Plane,
    in_row: Floats,
    searched: Plane,
    plane: int,
    j: int,
    k: int,
    mm: tuple[float, float, float],
) -> float:
    """Return the squared distance to the nearest target.

    The search walks outwards along axis 1 and stops as soon as the walk alone is as
    long as the best distance. Nothing is approximated: every target left out is
    farther away. ``in_row`` keeps what it found where ``searched`` is this plane.
    """
    height = steps.shape[0]
    best = np.inf
    for walk in range(max(j + 1, height - j)):
        apart = (walk * mm[1]) ** 2
        if apart >= best:
            break
        for row in (j - walk, j + walk):
            if not 0 <= row < height:
                continue
            if searched[row, k] != plane:
                searched[row, k] = plane
                in_row[row, k] = _nearest_in_row(steps[row], k, mm)
            best = min(best, in_row[row, k] + apart)
    return best


@compiled
def _nearest_in_row(steps: Row, k: int, mm: tuple[float, float, float]) -> float:
    """Return the squared distance to the nearest target by steps and along the row."""
    width = steps.size
    best = np.inf
    for walk in range(max(k + 1, width - k)):
        apart = (walk * mm[2]) ** 2
        if apart >= best:
            break
        if k >= walk and steps[k - walk] < _FAR:
            best = min(best, (steps[k - walk] * mm[0]) ** 2 + apart)
        if k + walk < width and steps[k + walk] < _FAR:
            best = min(best, (steps[k + walk] * mm[0]) ** 2 + apart)
    return best
