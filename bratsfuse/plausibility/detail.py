"""How well the fine detail of images agrees, at every shift of one against the other.

Heads are nearly symmetric, so that plain correlation hardly sees a flip. Detail of a
few pixels is not: turned round or shifted by as much, two images have no more of it in
common than two patients.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

from bratsfuse.arrays import Floats, Image

_FINE: Final = 1.0
_COARSE: Final = 4.0
"""Standard deviations in pixels of the two Gaussians whose difference is detail."""

Spectrum = npt.NDArray[np.complex64]


def spectra(images: Sequence[Image]) -> Spectrum:
    """Return the spectra of the images' detail, each of unit energy.

    Parameters
    ----------
    images
        uint8 (H, W) each, all of one shape.

    Returns
    -------
    numpy.ndarray
        complex64 (N, H, W // 2 + 1); all zero for an image without detail.
    """
    stack = np.stack([np.asarray(image, np.float32) for image in images])
    height, width = stack.shape[1:]
    found: Spectrum = fft.rfft2(stack) * _band(height, width)
    power = np.square(np.abs(found))
    # Every column stands for two of the whole spectrum but the first, and the middle.
    doubled = np.full(found.shape[2], 2.0, np.float32)
    doubled[0] = 1
    if width % 2 == 0:
        doubled[-1] = 1
    energy = (power * doubled).sum((1, 2), keepdims=True) / (height * width)
    scale = np.sqrt(energy)
    return np.where(scale > 1e-3, found / np.where(scale > 0, scale, 1), 0).astype(
        np.complex64
    )


def correlations(moving: Spectrum, fixed: Spectrum, shape: tuple[int, int]) -> Floats:
    """Return the mean correlation of pairs of images for every shift.

    Parameters
    ----------
    moving, fixed
        Spectra of `spectra`, as many of each; pairs without detail count as 0.
    shape
        H and W of the images.

    Returns
    -------
    numpy.ndarray
        float64 (H, W) in [-1, 1]; at [r, c] the correlation once `moving` is moved r
        rows up and c columns left, both modulo the size of the image.
    """
    pooled = (moving * np.conj(fixed)).mean(axis=0)
    return np.asarray(fft.irfft2(pooled, s=shape), np.float64)


def peak(values: Floats) -> tuple[float, int, int]:
    """Return the largest value of a map of shifts, and rows and columns to move by.

    Shifts of more than a quarter of the image are not looked at: little of it is left.
    """
    height, width = values.shape
    rows = np.arange(-(height // 4), height // 4 + 1)
    columns = np.arange(-(width // 4), width // 4 + 1)
    near = values[np.ix_(rows, columns)]
    r, c = np.unravel_index(int(near.argmax()), near.shape)
    return float(near[r, c]), -int(rows[r]), -int(columns[c])


def _band(height: int, width: int) -> npt.NDArray[np.float32]:
    rows = fft.fftfreq(height)[:, None]
    columns = fft.rfftfreq(width)[None, :]
    square = -2 * np.pi**2 * (rows**2 + columns**2)
    band = np.exp(square * _FINE**2) - np.exp(square * _COARSE**2)
    return np.asarray(band, np.float32)
