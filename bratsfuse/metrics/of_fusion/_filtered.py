"""Filters of the whole spectrum, with one map of complex numbers at a time."""

from collections.abc import Callable

import numpy as np

from bratsfuse.metrics.in_strips.strips import row_strips
from bratsfuse.metrics.of_fusion._scene import Float

Shape = tuple[int, int]


def filtered(
    pixels: Callable[[int, int], Float],
    response: Callable[[Shape, slice], Float],
    shape: Shape,
) -> Float:
    """Return an image with each frequency times its response.

    Parameters
    ----------
    pixels
        The rows of the image from one up to another, shape (N, W).
    response
        Of some rows of the spectrum of an image of a shape, in the order of
        ``np.fft.fft2``.
    shape
        Height and width.

    Returns
    -------
    numpy.ndarray
        Shape (H, W); the real part of a complex map, which it keeps alive.
    """
    from scipy import fft

    spectrum = np.empty(shape, np.complex128)
    for start, stop in row_strips(*shape):
        spectrum[start:stop] = pixels(start, stop)
    spectrum = fft.fft2(spectrum, overwrite_x=True)
    for start, stop in row_strips(*shape):
        spectrum[start:stop] *= response(shape, slice(start, stop))
    found: Float = fft.ifft2(spectrum, overwrite_x=True).real
    return found
