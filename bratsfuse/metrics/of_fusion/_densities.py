"""Windows of 3 x 3 features as densities, and the coupling of two of them.

Many windows at a time, one cell of all of them after the other: the loops over windows
become vector instructions.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.logarithms import binary_logarithms

Float = npt.NDArray[np.float64]
Row = npt.NDArray[Any]

CELLS = 9
MIDDLE = CELLS // 2
"""Cells are numbered from it, so that a density that is turned has turned signs."""
STEPS = 2 * CELLS - 1
"""The most cells that a monotone coupling of two densities has."""


@compiled
def densities(
    pixels: Float,
    width: int,
    places: Row,
    out: Float,
    logarithms: Float,
    moments: Float,
) -> None:
    """Fill in windows as densities, a cell of all of them at a time.

    Cells are counted column by column; values above the minimum are scaled to sum 1.

    Parameters
    ----------
    pixels, width
        The features in one row, and how many of them are a row of the image.
    places
        The first pixels of windows, none of them flat, shape (N,).
    out, logarithms
        Shape (9, N or more): the density, and its binary logarithm, 0 where it is 0.
    moments
        Shape (5, N): the sum over the largest value (1 of a single cell), the entropy,
        mean and variance of the cell's number, and the sum of the squared deviations
        from an even density.
    """
    count = places.size
    low, high = np.empty(count), np.empty(count)
    weight, entropy, mean, square = moments[0], moments[1], moments[2], moments[3]
    power = moments[4]
    for k in range(CELLS):
        cell, offset = out[k], k % 3 * width + k // 3
        for n in range(count):
            cell[n] = pixels[places[n] + offset]
        for n in range(count):
            low[n] = min(low[n], cell[n]) if k else cell[n]
            high[n] = max(high[n], cell[n]) if k else cell[n]
    for n in range(count):
        weight[n] = entropy[n] = mean[n] = square[n] = power[n] = 0.0
    for k in range(CELLS):
        cell = out[k]
        for n in range(count):
            cell[n] -= low[n]
            weight[n] += cell[n]
    for n in range(count):
        high[n] = weight[n] / (high[n] - low[n])
        low[n] = 1 / weight[n]
        weight[n] = high[n]
    for k in range(CELLS):
        cell, logarithm = out[k], logarithms[k]
        for n in range(count):
            cell[n] *= low[n]
            high[n] = cell[n]
        binary_logarithms(high, logarithm[:count])
        for n in range(count):
            entropy[n] -= cell[n] * logarithm[n]
            mean[n] += (k - MIDDLE) * cell[n]
            square[n] += (k - MIDDLE) ** 2 * cell[n]
            own = cell[n] - 1 / CELLS
            power[n] += own * own
    for n in range(count):
        square[n] -= mean[n] * mean[n]


@compiled
def correlations(p: Float, q: Float, squares: tuple[Row, Row], out: Float) -> None:
    """Write Pearson's correlation of densities whose squared deviations are known."""
    of_p, of_q = squares
    out[:] = 0
    for k in range(CELLS):
        one, other = p[k], q[k]
        for n in range(out.size):
            out[n] += (one[n] - 1 / CELLS) * (other[n] - 1 / CELLS)
    for n in range(out.size):
        out[n] /= np.sqrt(of_p[n] * of_q[n])


@compiled
def couplings(
    p: Float, q: Float, log_p: Float, log_q: Float, similarity: Float, out: Row
) -> Float:
    """Write the masses of monotone couplings of densities, and p q beside them.

    Both are laid along [0, 1], q from its other end where the similarity is negative:
    each of the 17 ends of a cell closes one that they share. In which cell of the other
    it is, is counted and not searched, so that all windows are done together.

    Parameters
    ----------
    p, q, log_p, log_q
        Densities and their logarithms, shape (9, N or more); those of q are turned.
    similarity
        Shape (N,).
    out
        Shape (2, 17, N or more): masses and products.

    Returns
    -------
    numpy.ndarray
        Shape (3, N): means of the product of the cells' numbers, sums of p q and of
        p q log2(p q) over the cells.
    """
    count = similarity.size
    for n in range(count):
        if similarity[n] < 0:
            for k in range(CELLS // 2):
                q[k, n], q[CELLS - 1 - k, n] = q[CELLS - 1 - k, n], q[k, n]
                log_q[k, n], log_q[CELLS - 1 - k, n] = (
                    log_q[CELLS - 1 - k, n],
                    log_q[k, n],
                )
    ends, others = np.zeros((CELLS, count)), np.zeros((CELLS, count))
    for k in range(1, CELLS):
        for n in range(count):
            ends[k, n] = ends[k - 1, n] + p[k - 1, n]
            others[k, n] = others[k - 1, n] + q[k - 1, n]
    sums = np.zeros((3, count))
    for k in range(CELLS):
        closed(ends, others, p, q, log_p, log_q, k, False, out, sums)
    for k in range(CELLS - 1):
        closed(others, ends, q, p, log_q, log_p, k, True, out, sums)
    return sums


@compiled
def closed(
    ends: Float,
    others: Float,
    p: Float,
    q: Float,
    log_p: Float,
    log_q: Float,
    k: int,
    second: bool,
    out: Row,
    sums: Float,
) -> None:
    """Write mass and p q of the shared cells that the end of a cell of p closes."""
    count = sums.shape[1]
    cell = np.empty(count, np.int64)
    last = k == CELLS - 1
    upper, lower = ends[k + 1 - last], ends[k]
    own, log_own = p[k], log_p[k]
    masses, products = out[0, k + CELLS * second], out[1, k + CELLS * second]
    for n in range(count):
        end = math.inf if last else upper[n]
        # Of two cells that end together the first closes the one that they share.
        cell[n] = 0
        for j in range(1, CELLS):
            cell[n] += before(others[j, n], end, second)
    for n in range(count):
        j = cell[n]
        end = 1.0 if last else upper[n]
        mass, both = max(end - max(lower[n], others[j, n]), 0.0), own[n] * q[j, n]
        masses[n], products[n] = mass, both
        sums[0, n] += (k - MIDDLE) * (j - MIDDLE) * mass
        sums[1, n] += both
        sums[2, n] += both * (log_own[n] + log_q[j, n])


@compiled
def before(one: float, other: float, equal: bool) -> int:
    """Return 1 where one is less than the other, or not more, else 0."""
    return int(one <= other if equal else one < other)
