"""Compiled loops over pixels: counts, boxes, surfaces and exact distances.

Import this module inside functions only: it imports numba. Every kernel takes volumes
of shape (D, H, W) with D = 1 for a slice, and leaves its arguments as they are.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FAR = 1 << 30  # "no target on this line", in steps


@njit(cache=True)
def count_regions(
    reference: Bytes, prediction: Bytes, member: npt.NDArray[np.uint64], n_regions: int
) -> tuple[Integers, Integers]:
    """Return sizes and boxes of all regions from one pass over two label maps.

    ``member[label]`` has bit r set where the label belongs to region r. The sizes are
    rows of (both, reference, prediction); the boxes, of the union, are rows of
    (first, last + 1) for the three axes.
    """
    sizes = np.zeros((n_regions, 3), np.int64)
    boxes = np.zeros((n_regions, 6), np.int64)
    boxes[:, 0::2] = _FAR
    one = np.uint64(1)
    depth, height, width = reference.shape
    for i in range(depth):
        for j in range(height):
            for k in range(width):
                if reference[i, j, k] | prediction[i, j, k] == 0:
                    continue
                in_reference = member[reference[i, j, k]]
                in_prediction = member[prediction[i, j, k]]
                for r in range(n_regions):
                    a = np.int64(in_reference >> np.uint64(r) & one)
                    b = np.int64(in_prediction >> np.uint64(r) & one)
                    if a + b == 0:
                        continue
                    sizes[r, 0] += a & b
                    sizes[r, 1] += a
                    sizes[r, 2] += b
                    box = boxes[r]
                    box[0], box[1] = min(box[0], i), max(box[1], i + 1)
                    box[2], box[3] = min(box[2], j), max(box[3], j + 1)
                    box[4], box[5] = min(box[4], k), max(box[5], k + 1)
    return sizes, boxes


@njit(cache=True)
def crop(
    labels: Bytes, member: npt.NDArray[np.bool_], box: Integers, pad: Integers
) -> Bytes:
    """Return the region inside the box as 0 and 1, with a margin of background."""
    shape = box[1::2] - box[0::2] + 2 * pad
    region = np.zeros((shape[0], shape[1], shape[2]), np.uint8)
    for i in range(box[0], box[1]):
        for j in range(box[2], box[3]):
            for k in range(box[4], box[5]):
                if member[labels[i, j, k]]:
                    region[
                        i - box[0] + pad[0], j - box[2] + pad[1], k - box[4] + pad[2]
                    ] = 1
    return region


@njit(cache=True)
def surfel_distances(
    reference: Bytes, prediction: Bytes, sizes: Floats, spacing_mm: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return distances and sizes of all surfels, reference first, in raster order.

    ``sizes`` has 16 entries for slices and 256 for volumes. Both masks have a margin
    of background and at least one pixel.
    """
    codes_reference = _codes(reference, sizes.size == 256)
    codes_prediction = _codes(prediction, sizes.size == 256)
    surface_reference = _is_surfel(codes_reference, sizes)
    surface_prediction = _is_surfel(codes_prediction, sizes)
    return (
        _directed_distances(surface_reference, surface_prediction, spacing_mm),
        _select_sizes(codes_reference, surface_reference, sizes),
        _directed_distances(surface_prediction, surface_reference, spacing_mm),
        _select_sizes(codes_prediction, surface_prediction, sizes),
    )


@njit(cache=True)
def voxel_distances(
    reference: Bytes, prediction: Bytes, spacing_mm: Floats
) -> tuple[Floats, Floats]:
    """Return the distances between the boundary pixels, reference to prediction first.

    A boundary pixel has a background pixel among its 4 or 6 nearest neighbours.
    """
    boundary_reference = _boundary(reference)
    boundary_prediction = _boundary(prediction)
    return (
        _directed_distances(boundary_reference, boundary_prediction, spacing_mm),
        _directed_distances(boundary_prediction, boundary_reference, spacing_mm),
    )


@njit(cache=True)
def _codes(mask: Bytes, is_volume: bool) -> Bytes:
    depth, height, width = mask.shape
    layers = depth - 1 if is_volume else 1
    codes = np.empty((layers, height - 1, width - 1), np.uint8)
    for i in range(layers):
        for j in range(height - 1):
            for k in range(width - 1):
                code = (
                    mask[i, j, k]
                    | mask[i, j, k + 1] << 1
                    | mask[i, j + 1, k] << 2
                    | mask[i, j + 1, k + 1] << 3
                )
                if is_volume:
                    code |= (
                        mask[i + 1, j, k] << 4
                        | mask[i + 1, j, k + 1] << 5
                        | mask[i + 1, j + 1, k] << 6
                        | mask[i + 1, j + 1, k + 1] << 7
                    )
                codes[i, j, k] = code
    return codes


@njit(cache=True)
def _is_surfel(codes: Bytes, sizes: Floats) -> Bytes:
    surface = np.empty(codes.shape, np.uint8)
    full = sizes.size - 1
    for i in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            for k in range(codes.shape[2]):
                surface[i, j, k] = 0 < codes[i, j, k] < full
    return surface


@njit(cache=True)
def _select_sizes(codes: Bytes, surface: Bytes, sizes: Floats) -> Floats:
    selected = np.empty(_count(surface), np.float64)
    n = 0
    for i in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            for k in range(codes.shape[2]):
                if surface[i, j, k]:
                    selected[n] = sizes[codes[i, j, k]]
                    n += 1
    return selected


@njit(cache=True)
def _boundary(mask: Bytes) -> Bytes:
    depth, height, width = mask.shape
    boundary = np.zeros(mask.shape, np.uint8)
    first, last = (1, depth - 1) if depth > 1 else (0, 1)
    for i in range(first, last):
        for j in range(1, height - 1):
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


@njit(cache=True)
def _count(surface: Bytes) -> int:
    n = 0
    for value in surface.flat:
        n += int(value)
    return n


@njit(cache=True)
def _directed_distances(start: Bytes, target: Bytes, spacing_mm: Floats) -> Floats:
    """Return the exact distance from each start point to the nearest target, in mm.

    Only start points are visited. Along axis 1 the nearest target of every point is
    known from two sweeps; along axes 2 and 0 the search walks outwards and stops as
    soon as the walk alone is as long as the best distance.
    """
    depth, height, width = start.shape
    steps = _steps_to_target(target)
    # One value per point of the volume, found when first asked for: several start
    # points above each other share the search inside a plane.
    in_plane = np.full(start.shape if depth > 1 else (1, 1, 1), -1.0)
    distances = np.empty(_count(start), np.float64)
    n = 0
    for i in range(depth):
        for j in range(height):
            for k in range(width):
                if not start[i, j, k]:
                    continue
                if depth == 1:
                    best = _nearest_in_plane(steps[0], j, k, spacing_mm)
                else:
                    best = _nearest(steps, in_plane, i, j, k, spacing_mm)
                distances[n] = np.sqrt(best)
                n += 1
    return distances


@njit(cache=True)
def _steps_to_target(target: Bytes) -> npt.NDArray[np.int32]:
    """Return the steps along axis 1 from every point to the nearest target."""
    depth, height, width = target.shape
    steps = np.empty(target.shape, np.int32)
    for i in range(depth):
        for k in range(width):
            steps[i, 0, k] = 0 if target[i, 0, k] else _FAR
        for j in range(1, height):
            for k in range(width):
                steps[i, j, k] = 0 if target[i, j, k] else steps[i, j - 1, k] + 1
        for j in range(height - 2, -1, -1):
            for k in range(width):
                steps[i, j, k] = min(steps[i, j, k], steps[i, j + 1, k] + 1)
    return steps


@njit(cache=True)
def _nearest(
    steps: npt.NDArray[np.int32],
    in_plane: Floats,
    i: int,
    j: int,
    k: int,
    spacing_mm: Floats,
) -> float:
    depth = steps.shape[0]
    best = np.inf
    for walk in range(depth):
        apart = (walk * spacing_mm[0]) ** 2
        if apart >= best:
            break
        for plane in (i - walk, i + walk):
            if 0 <= plane < depth:
                if in_plane[plane, j, k] < 0:
                    in_plane[plane, j, k] = _nearest_in_plane(
                        steps[plane], j, k, spacing_mm
                    )
                best = min(best, in_plane[plane, j, k] + apart)
    return best


@njit(cache=True)
def _nearest_in_plane(
    steps: npt.NDArray[np.int32], j: int, k: int, spacing_mm: Floats
) -> float:
    """Return the squared distance to the nearest target of the plane; inf if none."""
    width = steps.shape[1]
    best = np.inf
    for walk in range(width):
        apart = (walk * spacing_mm[2]) ** 2
        if apart >= best:
            break
        for column in (k - walk, k + walk):
            if 0 <= column < width and steps[j, column] < _FAR:
                best = min(best, (steps[j, column] * spacing_mm[1]) ** 2 + apart)
    return best
