"""Gaussian windows over the valid area of an image."""

import functools

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_fusion._box import Box

Float = npt.NDArray[np.float64]


@functools.cache
def gaussian_taps(size: int, sigma: float) -> Float:
    """Return a Gaussian sampled at ``size`` pixels around its centre, with sum 1."""
    offsets = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum())


def smooth(
    image: Float, taps: Float, step: int = 1, *, box: Box | None = None
) -> Float:
    """Return the image filtered along both axes where the window fits it.

    Parameters
    ----------
    image
        Shape (H, W), C-contiguous, no side shorter than the taps.
    taps
        Symmetric weights of one axis, odd in number, N of them.
    step
        Every ``step``-th row and column is kept, the first always.
    box
        Outside it the image is known to be 0.

    Returns
    -------
    numpy.ndarray
        Shape (ceil((H - N + 1) / step), ceil((W - N + 1) / step)), C-contiguous.
    """
    # Here and not above: importing numba takes longer than scoring ten images.
    from bratsfuse.metrics.of_fusion._smooth import smooth_rows

    rows = smooth_rows(image, taps, step, box or _whole(image))
    return rows if step == 1 else np.ascontiguousarray(rows[:, ::step])


def smooth_product(
    one: Float, other: Float, taps: Float, *, box: Box | None = None
) -> Float:
    """Return the product of two images filtered where the window fits them.

    As `smooth` of the product, which as a map of its own would take longer to store
    than to compute.
    """
    from bratsfuse.metrics.of_fusion._smooth import smooth_products

    return smooth_products(one, other, taps, box or _whole(one))


def _whole(image: Float) -> Box:
    height, width = image.shape
    return 0, height, 0, width
