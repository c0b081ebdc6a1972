"""Compiled loops over runs: stretches of pixels of one row, along the last axis.

A tumour has a hundred times fewer runs than its image has pixels. Import this module
inside functions only: it imports numba. Runs are rows of (i, j, first, last + 1), in
the order of the memory, and no two of one mask touch within a row.
"""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.of_segmentation._surface_kernels import any_set

Bytes = npt.NDArray[np.uint8]
Runs = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]


@compiled
def find_runs(labels: Bytes, rows: Integers) -> Runs:
    """Return the runs of equal labels above 0, each with its label as a fifth entry.

    ``rows`` are those that are looked at, i * height + j.
    """
    _, height, width = labels.shape
    runs = np.empty((4096, 5), np.int32)
    n = 0
    for row in rows:
        i, j = row // height, row % height
        line = labels[i, j]
        k = 0
        while k < width:
            if not line[k]:
                k += 1 if any_set(line[k : k + 16]) else 16
                continue
            start = k
            while k < width and line[k] == line[start]:
                k += 1
            if n == runs.shape[0]:
                runs = np.concatenate((runs, np.empty_like(runs)))
            runs[n] = i, j, start, k, np.int64(line[start])
            n += 1
    return runs[:n]


@compiled
def select_runs(labelled: Runs, member: npt.NDArray[np.bool_]) -> Runs:
    """Return the runs of the mask of some labels: neighbours in a row are one run."""
    runs = np.empty((labelled.shape[0], 4), np.int32)
    n = 0
    for i, j, start, stop, label in labelled:
        if not member[label]:
            continue
        if (
            n
            and runs[n - 1, 0] == i
            and runs[n - 1, 1] == j
            and runs[n - 1, 3] == start
        ):
            runs[n - 1, 3] = stop
            continue
        runs[n] = i, j, start, stop
        n += 1
    return runs[:n]


@compiled
def number_runs(runs: Runs) -> tuple[Numbers, int]:
    """Return each run's component of 8- or 26-neighbours, and how many there are.

    Components are numbered from 1 as they are met in memory. Runs are joined with those
    of the four rows before that they touch; joined runs are named by their first.
    """
    bounds, corner = _row_bounds(runs)
    first = np.arange(runs.shape[0])
    start = 0
    while start < runs.shape[0]:
        i, j = runs[start, 0] - corner[0], runs[start, 1] - corner[1]
        stop = bounds[i, j, 1]
        if j:
            _join(first, runs, start, stop, bounds[i, j - 1])
        if i:
            for row in range(max(j - 1, 0), min(j + 2, bounds.shape[1])):
                _join(first, runs, start, stop, bounds[i - 1, row])
        start = stop
    n = 0
    numbers = np.empty(runs.shape[0], np.int32)
    for run in range(runs.shape[0]):
        if first[run] == run:
            n += 1
            numbers[run] = n
        else:
            numbers[run] = numbers[first[run]]
    return numbers, n


@compiled
def _row_bounds(runs: Runs) -> tuple[Integers, tuple[int, int]]:
    """Return the first run of every row, and the one after its last; the first row."""
    low, high = np.array([1 << 30, 1 << 30]), np.zeros(2, np.int64)
    for run in range(runs.shape[0]):
        for axis in range(2):
            low[axis] = min(low[axis], runs[run, axis])
            high[axis] = max(high[axis], runs[run, axis] + 1)
    shape = np.maximum(high - low, 0)
    bounds = np.zeros((shape[0], shape[1], 2), np.int64)
    for run in range(runs.shape[0]):
        row = bounds[runs[run, 0] - low[0], runs[run, 1] - low[1]]
        if not row[1]:
            row[0] = run
        row[1] = run + 1
    return bounds, (low[0], low[1])


@compiled
def _join(first: Integers, runs: Runs, start: int, stop: int, others: Integers) -> None:
    """Join the runs of one row with those of another that they touch."""
    near = others[0]
    for run in range(start, stop):
        while near < others[1] and runs[near, 3] < runs[run, 2]:
            near += 1
        other = near
        while other < others[1] and runs[other, 2] <= runs[run, 3]:
            one, two = _root(first, run), _root(first, other)
            first[max(one, two)] = min(one, two)
            other += 1


@compiled
def _root(first: Integers, run: int) -> int:
    """Return the first run that is joined with a run, and shorten the way to it."""
    while first[run] != run:
        first[run] = first[first[run]]
        run = int(first[run])
    return run


@compiled
def measure_runs(runs: Runs, numbers: Numbers, n: int) -> Integers:
    """Return the pixels of each component; entry 0, the background, is zero."""
    sizes = np.zeros(n + 1, np.int64)
    for run in range(runs.shape[0]):
        sizes[numbers[run]] += runs[run, 3] - runs[run, 2]
    return sizes


@compiled
def overlapping_runs(
    runs: Runs, numbers: Numbers, other_runs: Runs, other_numbers: Numbers
) -> Integers:
    """Return rows of (component, other component, pixels) for runs that overlap."""
    rows = np.empty((runs.shape[0] + other_runs.shape[0], 3), np.int64)
    n = a = b = 0
    while a < runs.shape[0] and b < other_runs.shape[0]:
        one, other = runs[a], other_runs[b]
        if one[0] != other[0] or one[1] != other[1]:
            before = one[0] < other[0] or (one[0] == other[0] and one[1] < other[1])
            a, b = (a + 1, b) if before else (a, b + 1)
            continue
        both = min(one[3], other[3]) - max(one[2], other[2])
        if both > 0:
            rows[n] = np.int64(numbers[a]), np.int64(other_numbers[b]), both
            n += 1
        a, b = (a + 1, b) if one[3] <= other[3] else (a, b + 1)
    return rows[:n]


@compiled
def joint_box(runs: Runs, other_runs: Runs) -> Integers:
    """Return the box of both, (first, last + 1) for three axes; neither is empty."""
    box = np.array([1 << 30, 0] * 3)
    for some in (runs, other_runs):
        for i, j, start, stop in some:
            box[0], box[1] = min(box[0], i), max(box[1], i + 1)
            box[2], box[3] = min(box[2], j), max(box[3], j + 1)
            box[4], box[5] = min(box[4], start), max(box[5], stop)
    return box


@compiled
def fill(runs: Runs, box: Integers, pad: Integers) -> Bytes:
    """Return the runs in their box as 0 and 1, with a margin of background."""
    shape = box[1::2] - box[0::2] + 2 * pad
    mask = np.zeros((shape[0], shape[1], shape[2]), np.uint8)
    corner = box[0::2] - pad
    for i, j, start, stop in runs:
        row = mask[i - corner[0], j - corner[1]]
        row[start - corner[2] : stop - corner[2]] = 1
    return mask
