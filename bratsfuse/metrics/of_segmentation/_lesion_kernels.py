"""Compiled loops over lesions: components, dilation, and which lesion meets which.

Import this module inside functions only: it imports numba. Every kernel takes volumes
of shape (D, H, W) with D = 1 for a slice, and leaves its arguments as they are.
"""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]


@compiled
def label_components(mask: Bytes) -> tuple[Labels, int]:
    """Return the components of 8- or 26-neighbours, numbered from 1, and how many.

    They are numbered as they are first met with the last axis slowest and the first
    axis fastest, the order in which the BraTS scripts meet them in a file: theirs has
    x first, ours has x last.
    """
    depth, height, width = mask.shape
    labels = np.zeros(mask.shape, np.int32)
    stack = np.empty((_foreground(mask), 3), np.int32)
    n = 0
    for k in range(width):
        for j in range(height):
            for i in range(depth):
                if mask[i, j, k] and not labels[i, j, k]:
                    n += 1
                    _flood(mask, labels, stack, i, j, k, n)
    return labels, n


@compiled
def _foreground(mask: Bytes) -> int:
    n = 0
    for value in mask.flat:
        n += value != 0
    return n


@compiled
def _flood(
    mask: Bytes, labels: Labels, stack: Labels, i: int, j: int, k: int, label: int
) -> None:
    depth, height, width = mask.shape
    labels[i, j, k] = label
    stack[0] = i, j, k
    top = 1
    while top:
        top -= 1
        i, j, k = stack[top]
        for a in range(max(i - 1, 0), min(i + 2, depth)):
            for b in range(max(j - 1, 0), min(j + 2, height)):
                for c in range(max(k - 1, 0), min(k + 2, width)):
                    if mask[a, b, c] and not labels[a, b, c]:
                        labels[a, b, c] = label
                        stack[top] = a, b, c
                        top += 1


@compiled
def dilate(mask: Bytes, steps: int) -> Bytes:
    """Return the mask after so many dilations with the 8- or 18-neighbour cross."""
    seeds = np.empty((_foreground(mask), 3), np.int32)
    n = 0
    depth, height, width = mask.shape
    for i in range(depth):
        for j in range(height):
            for k in range(width):
                if mask[i, j, k]:
                    seeds[n] = i, j, k
                    n += 1
    reached = np.zeros(mask.shape, np.int32)
    queue = np.empty((mask.size, 3), np.int32)
    _spread(seeds, steps, reached, 1, queue)
    return reached.astype(np.uint8)


@compiled
def _spread(
    seeds: Labels, steps: int, reached: Labels, stamp: int, queue: Labels
) -> int:
    """Stamp all pixels within so many dilations of the seeds; return how many.

    ``queue`` then lists them.
    """
    depth, height, width = reached.shape
    last = 0
    for s in range(seeds.shape[0]):
        queue[last] = seeds[s]
        reached[seeds[s, 0], seeds[s, 1], seeds[s, 2]] = stamp
        last += 1
    first = 0
    for _ in range(steps):
        front = last
        for q in range(first, front):
            i, j, k = queue[q]
            for a in range(max(i - 1, 0), min(i + 2, depth)):
                for b in range(max(j - 1, 0), min(j + 2, height)):
                    for c in range(max(k - 1, 0), min(k + 2, width)):
                        # The corners of the cube are not part of the cross.
                        if abs(a - i) + abs(b - j) + abs(c - k) == 3:
                            continue
                        if reached[a, b, c] != stamp:
                            reached[a, b, c] = stamp
                            queue[last] = a, b, c
                            last += 1
        first = front
    return last


@compiled
def measure(labels: Labels, n: int) -> tuple[Integers, Integers]:
    """Return the pixels and the box of each label; row 0, the background, is zero.

    A box is (first, last + 1) for the three axes.
    """
    sizes = np.zeros(n + 1, np.int64)
    boxes = np.zeros((n + 1, 6), np.int64)
    boxes[:, 0::2] = labels.size
    depth, height, width = labels.shape
    for i in range(depth):
        for j in range(height):
            for k in range(width):
                label = labels[i, j, k]
                if not label:
                    continue
                sizes[label] += 1
                box = boxes[label]
                box[0], box[1] = min(box[0], i), max(box[1], i + 1)
                box[2], box[3] = min(box[2], j), max(box[3], j + 1)
                box[4], box[5] = min(box[4], k), max(box[5], k + 1)
    return sizes, boxes


@compiled
def match(
    lesions: Labels, sizes: Integers, components: Labels, n_components: int, steps: int
) -> Integers:
    """Return each lesion with each component that its dilation meets.

    Rows of (lesion, component, pixels in both, undilated), by lesion; ``sizes`` is the
    lesions' from `measure`.
    """
    members, start = _list_members(lesions, sizes)
    reached = np.zeros(lesions.shape, np.int32)
    queue = np.empty((lesions.size, 3), np.int32)
    row_of = np.full(n_components + 1, -1, np.int64)
    pairs = np.empty((64, 3), np.int64)
    n = 0
    for lesion in range(1, sizes.size):
        first_row = n
        seeds = members[start[lesion] : start[lesion + 1]]
        for q in range(_spread(seeds, steps, reached, lesion, queue)):
            i, j, k = queue[q]
            component = np.int64(components[i, j, k])
            if not component:
                continue
            if row_of[component] < first_row:
                if n == pairs.shape[0]:
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                row_of[component] = n
                pairs[n] = lesion, component, 0
                n += 1
            pairs[row_of[component], 2] += lesions[i, j, k] == lesion
    return pairs[:n]


@compiled
def _list_members(lesions: Labels, sizes: Integers) -> tuple[Labels, Integers]:
    """Return the pixels of all lesions, lesion by lesion, and where each starts."""
    start = np.zeros(sizes.size + 1, np.int64)
    start[1:] = np.cumsum(sizes)
    members = np.empty((start[-1], 3), np.int32)
    fill = start.copy()
    depth, height, width = lesions.shape
    for i in range(depth):
        for j in range(height):
            for k in range(width):
                label = lesions[i, j, k]
                if label:
                    members[fill[label]] = i, j, k
                    fill[label] += 1
    return members, start
