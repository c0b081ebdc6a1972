"""FMI: mutual information of the features of two images, window by window.

A window of 3 x 3 features is taken as a density. This module imports numba: the files
of the three metrics import it when they compute, and bring the features.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.logarithms import binary_logarithms
from bratsfuse.metrics.of_fusion._densities import (
    CELLS,
    STEPS,
    correlations,
    couplings,
    densities,
)
from bratsfuse.metrics.of_fusion._scene import Image, Pair, Scene, cropped, mean, once

Float = npt.NDArray[np.float64]
Row = npt.NDArray[Any]

CLEAN, FIRST, LATER = 0, 1, 2
BATCH = 256
"""Windows at a time: what is known of them stays in the processor's cache."""


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
def window_information(a: Float, f: Float, first: Float, rule: int) -> Float:
    """Return FMI of every 3 x 3 window of one feature image with the fused one.

    The joint density of a window is ``(1 - phi) p q + phi M`` with M the coupling and
    phi such that it has the windows' correlation. Away from M's cells it is the scaled
    product, whose entropy follows from those of p and q; only the cells of M, at most
    17 of 81, are visited. phi can exceed 1: the density is then negative somewhere and
    the entropy is that of its absolute values, as in the published code.

    Windows are taken many at a time, so that each step is a loop over them.

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
    out = np.zeros((height - 2, width))
    places = to_compare(a, f, first, rule, out)
    values, scores = np.empty(BATCH), out.ravel()
    p, log_p = np.empty((CELLS, BATCH)), np.empty((CELLS, BATCH))
    q, log_q = np.empty((CELLS, BATCH)), np.empty((CELLS, BATCH))
    coupled = np.empty((2, STEPS, BATCH))
    phi, rest, entropy = np.empty(BATCH), np.empty(BATCH), np.empty(BATCH)
    similarity, logs = np.empty(BATCH), np.empty(BATCH)
    for start in range(0, places.size, BATCH):
        batch = places[start : start + BATCH]
        count = batch.size
        of_p, of_q = np.empty((5, count)), np.empty((5, count))
        densities(a.ravel(), width, batch, p, log_p, of_p)
        densities(f.ravel(), width, batch, q, log_q, of_q)
        correlations(p, q, (of_p[4], of_q[4]), similarity[:count])
        sums = couplings(p, q, log_p, log_q, similarity[:count], coupled)
        for n in range(count):
            product = -sums[0, n] if similarity[n] < 0 else sums[0, n]
            covariance = product - of_p[2, n] * of_q[2, n]
            phi[n] = similarity[n] * np.sqrt(of_p[3, n] * of_q[3, n]) / covariance
            rest[n] = values[n] = 1 - phi[n]
        binary_logarithms(values[:count], logs[:count])
        for n in range(count):
            own = of_p[1, n] + of_q[1, n] - logs[n]
            entropy[n] = rest[n] * (own + sums[1, n] * logs[n] + sums[2, n])
        for k in range(STEPS):
            masses, products = coupled[0, k], coupled[1, k]
            for n in range(count):
                masses[n] = rest[n] * products[n] + phi[n] * masses[n]
                values[n] = masses[n]
            binary_logarithms(values[:count], logs[:count])
            for n in range(count):
                entropy[n] -= masses[n] * logs[n]
        for n in range(count):
            # The number of a single cell has no variance.
            if of_p[0, n] > 1 and of_q[0, n] > 1 and similarity[n] != 0:
                own = of_p[1, n] + of_q[1, n]
                scores[batch[n]] = 2 * (own - entropy[n]) / own
    return out[:, : width - 2].copy()


@compiled
def to_compare(a: Float, f: Float, first: Float, rule: int, out: Float) -> Row:
    """Write what is known of equal and flat windows; return where the others are."""
    height, width = a.shape
    places = np.empty((height - 2) * (width - 2), np.int64)
    count = 0
    for i in range(height - 2):
        alike = np.full(width - 2, rule != LATER)
        for k in range(CELLS if rule != LATER else 0):
            own, other = a[i + k % 3][k // 3 :], f[i + k % 3][k // 3 :]
            for j in range(width - 2):
                alike[j] &= own[j] == other[j]
        for j in range(width - 2):
            if rule == LATER:
                scaled = not equal(first, f, i, j)
                alike[j] = equal_scaled(a, f, i, j) if scaled else equal(a, f, i, j)
            if alike[j]:
                out[i, j] = 1.0
                continue
            one, other_one = flat(a, i, j), flat(f, i, j)
            if not one and not other_one:
                places[count] = i * width + j
                count += 1
            elif rule != CLEAN and one and other_one:
                out[i, j] = 1.0
    return places[:count]


@compiled
def flat(image: Float, i: int, j: int) -> bool:
    """Return whether a window contains one value only."""
    for row in range(i, i + 3):
        for column in range(j, j + 3):
            if image[row, column] != image[i, j]:
                return False
    return True


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
