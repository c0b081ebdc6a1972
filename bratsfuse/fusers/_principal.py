"""Principal component fusion: weights from the covariance of the images.

The covariance is exact. Its first eigenvector is found with the four operations, the
square root and correctly rounded sums alone, and the weights are rounded to multiples
of 1/4096, so that every machine gives the same bits.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Image, Images
from bratsfuse.fusers._weighted_mean import weighted_mean

WEIGHT_STEPS: Final = 4096

_SQUARINGS: Final = 40
"""The covariance to the power 2**40: an eigenvalue smaller by 1e-10 is gone."""

_Matrix = list[list[float]]


def fuse_principal(images: Images, *, background: bool) -> Image:
    """Return the mean of the images, weighted by their first principal component.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2.
    background
        Whether pixels at which every image is 0 count in the covariance. In slices of
        a head they are half of all, which makes the weights nearly equal.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W). The weights are equal where no image varies, and shared
        by those that vary equally where none correlate.

    References
    ----------
    Naidu VPS, Raol JR. Pixel-level image fusion using wavelets and principal component
    analysis. Defence Science Journal 58(3):338-352, 2008.
    """
    pixels = images.reshape(len(images), -1)
    if not background:
        pixels = pixels[:, images.any(axis=0).ravel()]
    weights = principal_weights(pixels)
    steps = [round(WEIGHT_STEPS * weight) for weight in weights]
    return weighted_mean(images, steps)


def principal_weights(pixels: npt.NDArray[np.uint8]) -> list[float]:
    """Return the magnitudes of the first eigenvector of the covariance, of sum 1.

    Parameters
    ----------
    pixels
        uint8, shape (N, pixels).
    """
    count = len(pixels)
    power = _covariance(pixels)
    for _ in range(_SQUARINGS):
        trace = math.fsum(power[place][place] for place in range(count))
        if trace == 0:  # nothing varies
            return [1 / count] * count
        power = _squared([[value / trace for value in row] for row in power])
    # What is left of a power is the projector on the first component, whose diagonal
    # holds the squares of the eigenvector.
    magnitudes = [math.sqrt(max(power[place][place], 0)) for place in range(count)]
    whole = math.fsum(magnitudes)
    return [magnitude / whole for magnitude in magnitudes]


def _covariance(pixels: npt.NDArray[np.uint8]) -> _Matrix:
    """Return the covariance times the square of the number of pixels."""
    number = pixels.shape[1]
    values = pixels.astype(np.int64)
    sums = [int(total) for total in values.sum(axis=1)]
    return [
        [
            float(number * int((one * other).sum()) - sums[row] * sums[place])
            for place, other in enumerate(values)
        ]
        for row, one in enumerate(values)
    ]


def _squared(matrix: _Matrix) -> _Matrix:
    """Return the square of a symmetric matrix, whatever the order of its rows."""
    return [
        [
            math.fsum(a * b for a, b in zip(row, column, strict=True))
            for column in matrix
        ]
        for row in matrix
    ]
