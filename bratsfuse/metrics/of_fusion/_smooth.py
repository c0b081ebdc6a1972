"""Separable filtering, the inner loop of every window metric."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.of_fusion._box import Box

Float = npt.NDArray[np.float64]

ROWS = 32
"""Of windows at a time: the products below them stay in the processor's cache."""


@compiled
def combine(
    flat: Float, start: int, pitch: int, taps: Float, out: npt.NDArray[Any]
) -> None:
    """Write into ``out[j]`` the sum of ``taps[k] * flat[start + k * pitch + j]``.

    The taps are symmetric and odd in number. Equal ones share a multiplication, so that
    a mirrored image gives the mirrored result to the last bit; four pairs a round keep
    the running sum in registers.
    """
    half = taps.size // 2
    last = start + (taps.size - 1) * pitch
    centre = flat[start + half * pitch :]
    for j in range(out.size):
        out[j] = taps[half] * centre[j]
    whole = half - half % 4
    for k in range(0, whole, 4):
        t0, t1, t2, t3 = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        a0, b0 = flat[start + k * pitch :], flat[last - k * pitch :]
        a1, b1 = flat[start + (k + 1) * pitch :], flat[last - (k + 1) * pitch :]
        a2, b2 = flat[start + (k + 2) * pitch :], flat[last - (k + 2) * pitch :]
        a3, b3 = flat[start + (k + 3) * pitch :], flat[last - (k + 3) * pitch :]
        for j in range(out.size):
            out[j] += (
                t0 * (a0[j] + b0[j])
                + t1 * (a1[j] + b1[j])
                + t2 * (a2[j] + b2[j])
                + t3 * (a3[j] + b3[j])
            )
    for k in range(whole, half):
        t0 = taps[k]
        a0, b0 = flat[start + k * pitch :], flat[last - k * pitch :]
        for j in range(out.size):
            out[j] += t0 * (a0[j] + b0[j])


@compiled
def zero_around(shape: tuple[int, int], box: Box) -> Float:
    """Return a map that is 0 around a box and not yet written in it."""
    top, bottom, left, right = box
    out = np.empty(shape)
    out[:top] = 0.0
    out[bottom:] = 0.0
    out[top:bottom, :left] = 0.0
    out[top:bottom, right:] = 0.0
    return out


@compiled
def smooth_rows(image: Float, taps: Float, step: int, box: Box) -> Float:
    """Return the image filtered along both axes, for every ``step``-th row.

    Parameters
    ----------
    image
        Shape (H, W), C-contiguous, no side shorter than the taps.
    taps
        Symmetric weights, odd in number, N of them.
    step
        1 keeps every row of the valid area, 2 every second one.
    box
        Outside it the image is 0.

    Returns
    -------
    numpy.ndarray
        Shape (ceil((H - N + 1) / step), W - N + 1): where the window fits the image.
    """
    height, width = image.shape
    more = taps.size - 1
    flat = image.ravel()
    top, bottom, left, right = box
    begin = max(top - more + step - 1, 0) // step
    end = min((bottom + step - 1) // step, (height - taps.size) // step + 1)
    first, last = max(left - more, 0), min(right, width - more)
    shape = ((height - taps.size) // step + 1, width - more)
    out = zero_around(shape, (begin, end, first, last))
    row = np.zeros(width)
    for i in range(begin, end):
        combine(flat, i * step * width + left, width, taps, row[left:right])
        combine(row, first, 1, taps, out[i][first:last])
    return out


@compiled
def smooth_products(one: Float, other: Float, taps: Float, box: Box) -> Float:
    """Return the product of two images filtered along both axes.

    Parameters
    ----------
    one, other
        Shape (H, W), C-contiguous, no side shorter than the taps.
    taps
        Symmetric weights, odd in number, N of them.
    box
        Outside it the product is 0.

    Returns
    -------
    numpy.ndarray
        Shape (H - N + 1, W - N + 1): where the window fits the images.
    """
    height, width = one.shape
    more = taps.size - 1
    top, bottom, left, right = box
    begin, end = max(top - more, 0), min(bottom, height - more)
    first, last = max(left - more, 0), min(right, width - more)
    out = zero_around((height - more, width - more), (begin, end, first, last))
    products, row = np.empty((ROWS + more) * width), np.zeros(width)
    for start in range(begin, end, ROWS):
        rows = min(ROWS, end - start)
        for i in range(rows + more):
            own, its = one[start + i][left:right], other[start + i][left:right]
            product = products[i * width + left :]
            for j in range(own.size):
                product[j] = own[j] * its[j]
        for i in range(rows):
            combine(products, i * width + left, width, taps, row[left:right])
            combine(row, first, 1, taps, out[start + i][first:last])
    return out
