"""FMI: mutual information of the features of two images, window by window.

A window of 3 x 3 features is taken as a density. This module imports numba: the files
of the three metrics import it when they compute, and bring the features.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.of_fusion._scene import Image, Pair, Scene, cropped, mean, once

Float = npt.NDArray[np.float64]
Row = npt.NDArray[Any]

CELLS = 9
CLEAN, FIRST, LATER = 0, 1, 2


def feature_information(scene: Scene, feature: Callable[[Image], Float]) -> float:
    """Return FMI of a scene, with the features that a function makes of an image."""
    windows = cropped(scene.inside, 1)
    values = [mean(information(pair, feature), windows) for pair in scene.pairs]
    return sum(values) / len(values)


@once
def information(pair: Pair, feature: Callable[[Image], Float]) -> Float:
    """Return FMI of every window of a source with the fused image."""
    source, fused = feature(pair.source), feature(pair.fused)
    return window_information(source, fused, source, CLEAN)


def published_information(scene: Scene, feature: Callable[[Image], Float]) -> float:
    """Return FMI of a scene as the published code computes it.

    It scales the fused window to [0, 1] in place unless the first source's is equal,
    and compares that with the windows of later sources; and rounding makes two flat
    windows agree.
    """
    windows = cropped(scene.inside, 1)
    first, fused = feature(scene.sources[0]), feature(scene.fused)
    rules = [FIRST, *[LATER] * (len(scene.sources) - 1)]
    values = [
        mean(window_information(feature(source), fused, first, rule), windows)
        for source, rule in zip(scene.sources, rules, strict=True)
    ]
    return sum(values) / len(values)


@compiled
def density(image: Float, row: int, column: int, out: Row) -> bool:
    """Fill ``out`` with the 3 x 3 window, column by column, scaled to sum 1.

    Returns
    -------
    bool
        Whether the window is flat; its density is then even.
    """
    low = high = image[row, column]
    for k in range(CELLS):
        value = image[row + k % 3, column + k // 3]
        out[k] = value
        low = min(low, value)
        high = max(high, value)
    if low == high:
        out[:] = 1 / CELLS
        return True
    weight = 0.0
    for k in range(CELLS):
        out[k] = (out[k] - low) / (high - low)
        weight += out[k]
    for k in range(CELLS):
        out[k] /= weight
    return False


@compiled
def bits(value: float) -> float:
    """Return ``value * log2 |value|``, 0 at 0."""
    return value * math.log2(abs(value)) if value != 0 else 0.0


@compiled
def mean_and_variance(p: Float) -> tuple[float, float]:
    """Return mean and variance of the cell number under a density."""
    mean = square = 0.0
    for k in range(CELLS):
        mean += k * p[k]
        square += k * k * p[k]
    return mean, square - mean * mean


@compiled
def single(p: Float) -> bool:
    """Return whether one cell has all the mass; its number then has no variance."""
    return bool(p.max() == 1)


@compiled
def correlation(p: Float, q: Float) -> float:
    """Return Pearson's correlation of the two rows of numbers, neither of them flat."""
    both = one = other = 0.0
    for k in range(CELLS):
        a, b = p[k] - 1 / CELLS, q[k] - 1 / CELLS
        both += a * b
        one += a * a
        other += b * b
    return both / math.sqrt(one * other)


@compiled
def coupling(p: Float, q: Float, reverse: bool, cells: Row, masses: Row) -> int:
    """List the cells of the monotone coupling of two densities and their masses.

    The mass flows as in filling glasses: each step empties a cell of p or fills one of
    q (from its other end if ``reverse``), so at most 17 cells take any.

    Returns
    -------
    int
        The number of cells listed.
    """
    i = j = count = 0
    left_p, left_q = p[0], q[CELLS - 1 if reverse else 0]
    while i < CELLS and j < CELLS:
        at = CELLS - 1 - j if reverse else j
        mass = min(left_p, left_q)
        if mass > 0:
            cells[count, 0], cells[count, 1] = i, at
            masses[count] = mass
            count += 1
        left_p -= mass
        left_q -= mass
        # Exactly one of them is zero, or both: a cell is left only when it is spent.
        if left_p <= 0:
            i += 1
            if i < CELLS:
                left_p = p[i]
        if left_q <= 0:
            j += 1
            if j < CELLS:
                left_q = q[CELLS - 1 - j if reverse else j]
    return count


@compiled
def joint_entropy(
    p: Float, q: Float, own: float, similarity: float, cells: Row, masses: Row
) -> float:
    """Return the entropy of the correlated joint density of two windows.

    The density is ``(1 - phi) p q + phi M`` with M the coupling and phi such that it
    has the windows' correlation. Away from M's cells it is the scaled product, whose
    entropy follows from the sum ``own`` of the two entropies; only the cells of M, at
    most 17 of 81, are visited. phi can exceed 1: the density is then negative somewhere
    and the entropy is that of its absolute values, as in the published code.
    """
    mean_p, variance_p = mean_and_variance(p)
    mean_q, variance_q = mean_and_variance(q)
    count = coupling(p, q, similarity < 0, cells, masses)
    covariance = -mean_p * mean_q
    for k in range(count):
        covariance += cells[k, 0] * cells[k, 1] * masses[k]
    phi = similarity * math.sqrt(variance_p * variance_q) / covariance
    rest = 1 - phi
    information = bits(rest) - rest * own
    for k in range(count):
        product = rest * p[cells[k, 0]] * q[cells[k, 1]]
        information += bits(product + phi * masses[k]) - bits(product)
    return -information


@compiled
def window_information(a: Float, f: Float, first: Float, rule: int) -> Float:
    """Return FMI of every 3 x 3 window of one feature image with the fused one.

    Parameters
    ----------
    a, f, first
        Feature images of a source, of the fused image and of the first source, shape
        (H, W).
    rule
        `CLEAN`; or as published, of the `FIRST` source or a `LATER` one.

    Returns
    -------
    numpy.ndarray
        Shape (H - 2, W - 2).
    """
    height, width = a.shape
    out = np.zeros((height - 2, width - 2))
    p, q = np.empty(CELLS), np.empty(CELLS)
    cells, masses = np.empty((2 * CELLS, 2), np.int64), np.empty(2 * CELLS)
    for i in range(height - 2):
        for j in range(width - 2):
            scaled = rule == LATER and not equal(first, f, i, j)
            if equal_scaled(a, f, i, j) if scaled else equal(a, f, i, j):
                out[i, j] = 1.0
                continue
            flat_p, flat_q = density(a, i, j, p), density(f, i, j, q)
            if rule != CLEAN and flat_p and flat_q:
                out[i, j] = 1.0
                continue
            if flat_p or flat_q or single(p) or single(q):
                continue
            similarity = correlation(p, q)
            if similarity == 0:
                continue
            own = 0.0
            for k in range(CELLS):
                own -= bits(p[k]) + bits(q[k])
            joint = joint_entropy(p, q, own, similarity, cells, masses)
            out[i, j] = 2 * (own - joint) / own
    return out


@compiled
def equal(a: Float, f: Float, i: int, j: int) -> bool:
    """Return whether two windows contain the same values."""
    for row in range(i, i + 3):
        for column in range(j, j + 3):
            if a[row, column] != f[row, column]:
                return False
    return True


@compiled
def equal_scaled(a: Float, f: Float, i: int, j: int) -> bool:
    """Return whether a window equals the other, scaled to [0, 1]; flat ones are 1."""
    low = high = f[i, j]
    for row in range(i, i + 3):
        for column in range(j, j + 3):
            low, high = min(low, f[row, column]), max(high, f[row, column])
    for row in range(i, i + 3):
        for column in range(j, j + 3):
            scaled = (f[row, column] - low) / (high - low) if high > low else 1.0
            if a[row, column] != scaled:
                return False
    return True
