"""What the measures of visibility look at: stretched images and their frequencies."""

import numpy as np

from bratsfuse.metrics.of_fusion._scene import Float, Image, once


@once
def stretched(image: Image) -> Image:
    """Return the image scaled to 0..255, rounded half up; it is not constant."""
    low = image.pixels.min()
    scaled = (image.pixels - low) / (image.pixels.max() - low) * 255
    return Image(np.floor(scaled + 0.5))  # np.rint would round half to even


def radial_frequency(shape: tuple[int, ...], pixels: float) -> Float:
    """Return the distance from frequency zero, in cycles per so many pixels, doubled.

    In the order of ``np.fft.fft2``: f * size / ``pixels`` with f in [-1, 1) per axis.
    """
    height, width = shape
    vertical = np.fft.fftfreq(height)[:, np.newaxis] * 2 * height / pixels
    horizontal = np.fft.fftfreq(width) * 2 * width / pixels
    return np.asarray(np.sqrt(vertical**2 + horizontal**2))
