"""One level of a wavelet, along the columns of an image.

Taps by rows: a library's loop along a column takes one number at a time.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Float = npt.NDArray[np.float64]


@compiled
def bands(image: Float, rows: npt.NDArray[Any], low: Float, high: Float) -> Float:
    """Return the low band of every column, and the high one below.

    Parameters
    ----------
    image
        Shape (H, W), C-contiguous.
    rows
        The numbers of its rows, with N - 1 more at both ends for what lies beyond.
    low, high
        The filters of the decomposition, shape (N,).

    Returns
    -------
    numpy.ndarray
        Shape (2 * floor((H + N - 1) / 2), W).
    """
    taps, width = low.size, image.shape[1]
    half = (rows.size - taps + 1) // 2
    out = np.zeros((2 * half, width))
    for i in range(half):
        upper, lower = out[i], out[half + i]
        for k in range(taps):
            row = image[rows[2 * i + taps - k]]
            a, b = low[k], high[k]
            for j in range(width):
                upper[j] += a * row[j]
                lower[j] += b * row[j]
    return out
