"""Compiled loops over pixels: counts and boxes of regions, and what is in a box.

Import this module inside functions only: it imports numba. Every kernel takes volumes
of shape (D, H, W) with D = 1 for a slice, and leaves its arguments as they are.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint64]

_FAR = 1 << 30  # beyond any image


@compiled
def count_regions(
    reference: Bytes, prediction: Bytes, member: Masks, n_regions: int
) -> tuple[Integers, Integers]:
    """Return sizes and boxes of all regions from one pass over two label maps.

    ``member[label]`` has bit r set where the label belongs to region r; label 0 belongs
    to none. The sizes are rows of (both, reference, prediction); the boxes, of the
    union, are rows of (first, last + 1) for the three axes.
    """
    n_labels = np.flatnonzero(member)[-1] + 1
    joint = np.zeros((n_labels, n_labels), np.int64)
    boxes = np.zeros((n_regions, 6), np.int64)
    boxes[:, 0::2] = _FAR
    depth, height, width = reference.shape
    in_column = np.zeros(width, np.uint64)
    for i in range(depth):
        for j in range(height):
            present = np.uint8(0)
            for k in range(width):
                present |= reference[i, j, k] | prediction[i, j, k]
            if not present:  # most of an image is background
                continue
            in_row = np.uint64(0)
            for k in range(width):
                a, b = reference[i, j, k], prediction[i, j, k]
                # Higher labels belong to no region, like the background.
                joint[a if a < n_labels else 0, b if b < n_labels else 0] += 1
                in_column[k] |= member[a] | member[b]
                in_row |= member[a] | member[b]
            _extend(boxes, 0, i, in_row)
            _extend(boxes, 2, j, in_row)
    for k in range(width):
        _extend(boxes, 4, k, in_column[k])
    return _sizes(joint, member, n_regions), boxes


@compiled
def _extend(boxes: Integers, side: int, place: int, regions: np.uint64) -> None:
    """Let the boxes of these regions reach the place along one axis."""
    for r in range(boxes.shape[0]):
        if regions >> np.uint64(r) & np.uint64(1):
            boxes[r, side] = min(boxes[r, side], place)
            boxes[r, side + 1] = max(boxes[r, side + 1], place + 1)


@compiled
def _sizes(joint: Integers, member: Masks, n_regions: int) -> Integers:
    """Return each region's pixels in both masks, in the reference, in the prediction.

    ``joint[a, b]`` counts pixels of label a in the reference and b in the prediction.
    """
    sizes = np.zeros((n_regions, 3), np.int64)
    for a in range(joint.shape[0]):
        for b in range(joint.shape[1]):
            for r in range(n_regions):
                in_reference = member[a] >> np.uint64(r) & np.uint64(1)
                in_prediction = member[b] >> np.uint64(r) & np.uint64(1)
                sizes[r, 0] += joint[a, b] * np.int64(in_reference & in_prediction)
                sizes[r, 1] += joint[a, b] * np.int64(in_reference)
                sizes[r, 2] += joint[a, b] * np.int64(in_prediction)
    return sizes


@compiled
def crop(
    labels: npt.NDArray[np.integer[Any]],
    member: npt.NDArray[np.bool_],
    box: Integers,
    pad: Integers,
) -> Bytes:
    """Return the region inside the box as 0 and 1, with a margin of background."""
    shape = box[1::2] - box[0::2] + 2 * pad
    region = np.zeros((shape[0], shape[1], shape[2]), np.uint8)
    for i in range(box[0], box[1]):
        for j in range(box[2], box[3]):
            row = region[i - box[0] + pad[0], j - box[2] + pad[1], pad[2] :]
            for k in range(box[4], box[5]):
                row[k - box[4]] = member[labels[i, j, k]]
    return region
