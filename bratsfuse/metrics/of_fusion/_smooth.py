"""Separable filtering, the inner loop of every window metric."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Float = npt.NDArray[np.float64]


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
def smooth_rows(image: Float, taps: Float, step: int) -> Float:
    """Return the image filtered along both axes, for every ``step``-th row.

    Parameters
    ----------
    image
        Shape (H, W), C-contiguous, no side shorter than the taps.
    taps
        Symmetric weights, odd in number, N of them.
    step
        1 keeps every row of the valid area, 2 every second one.

    Returns
    -------
    numpy.ndarray
        Shape (ceil((H - N + 1) / step), W - N + 1): where the window fits the image.
    """
    height, width = image.shape
    flat = image.ravel()
    out = np.empty(((height - taps.size) // step + 1, width - taps.size + 1))
    row = np.empty(width)
    for i in range(out.shape[0]):
        combine(flat, i * step * width, width, taps, row)
        combine(row, 0, 1, taps, out[i])
    return out
