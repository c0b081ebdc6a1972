"""Gaussian windows over the valid area of an image."""

import functools

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


@functools.cache
def gaussian_taps(size: int, sigma: float) -> Float:
    """Return a Gaussian sampled at ``size`` pixels around its centre, with sum 1."""
    offsets = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum())


def smooth(image: Float, taps: Float, step: int = 1) -> Float:
    """Return the image filtered along both axes where the window fits it.

    Parameters
    ----------
    image
        Shape (H, W), C-contiguous, no side shorter than the taps.
    taps
        Symmetric weights of one axis, odd in number, N of them.
    step
        Every ``step``-th row and column is kept, the first always.

    Returns
    -------
    numpy.ndarray
        Shape (ceil((H - N + 1) / step), ceil((W - N + 1) / step)), C-contiguous.
    """
    # Here and not above: importing numba takes longer than scoring ten images.
    from bratsfuse.metrics.of_fusion._smooth import smooth_rows

    rows = smooth_rows(image, taps, step)
    return rows if step == 1 else np.ascontiguousarray(rows[:, ::step])
