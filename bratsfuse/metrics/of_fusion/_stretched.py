"""What the measures of visibility look at: stretched images and their frequencies."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_fusion._scene import Float, Image, once

ALL: Final = slice(None)


@once
def stretched(image: Image) -> Image:
    """Return an image of uint8, not constant, scaled to 0..255, rounded half up."""
    levels = stretch(np.arange(256), image.grey.min(), image.grey.max())
    return Image(levels[image.grey])


def stretch(levels: npt.NDArray[Any], low: float, high: float) -> Float:
    """Return levels of an image with this range, scaled to 0..255."""
    scaled = (np.asarray(levels, np.float64) - low) / (float(high) - low) * 255
    return np.asarray(np.floor(scaled + 0.5))  # np.rint would round half to even


def radial_frequency(shape: tuple[int, ...], pixels: float, rows: slice = ALL) -> Float:
    """Return the distance from frequency zero, in cycles per so many pixels, doubled.

    In the order of ``np.fft.fft2``, of some rows of it: f * size / ``pixels`` with f in
    [-1, 1) per axis.
    """
    height, width = shape
    vertical = np.fft.fftfreq(height)[rows, np.newaxis] * 2 * height / pixels
    horizontal = np.fft.fftfreq(width) * 2 * width / pixels
    return np.asarray(np.sqrt(vertical**2 + horizontal**2))
