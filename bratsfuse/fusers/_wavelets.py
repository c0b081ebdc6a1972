"""Fusion of wavelet coefficients: mean of the approximations, strongest details.

PyWavelets computes in floating point, which compilers may round differently. The
coefficients are rounded to multiples of 1/256 before any of them is chosen, and the
result before it becomes an image, so that such differences hardly ever turn a choice.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bratsfuse.arrays import Floats, Image, Images

if TYPE_CHECKING:
    from types import ModuleType


WAVELET: Final = "db2"
LEVELS: Final = 3

_STEPS: Final = 256.0


def fuse_decimated(images: Images) -> Image:
    """Return the fusion of the images in the discrete wavelet transform.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2, any H and W; a small image has fewer levels,
        down to none, which leaves the mean.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), clipped to [0, 255].

    References
    ----------
    Li H, Manjunath BS, Mitra SK. Multisensor image fusion using the wavelet transform.
    Graph Models Image Process 57(3):235-245, 1995, without its check of neighbours.
    """
    pywt = _pywt()
    shape = images.shape[1:]
    level = min(LEVELS, pywt.dwtn_max_level(shape, WAVELET))
    parts = pywt.wavedec2(images.astype(np.float64), WAVELET, level=level, axes=(1, 2))
    return _image(pywt.waverec2(_chosen(parts), WAVELET), shape)


def fuse_stationary(images: Images) -> Image:
    """Return the fusion of the images in the stationary wavelet transform.

    Nothing is thinned out, so that moving the images moves the fusion.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2, any H and W: they are continued as in a mirror
        to multiples of 2**LEVELS.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), clipped to [0, 255].

    References
    ----------
    Rockinger O. Image sequence fusion using a shift-invariant wavelet transform. ICIP
    1997, 3:288-291.
    """
    pywt = _pywt()
    shape = images.shape[1:]
    more = [(0, -length % 2**LEVELS) for length in shape]
    padded = np.pad(images.astype(np.float64), ((0, 0), *more), mode="symmetric")
    parts = pywt.swt2(padded, WAVELET, LEVELS, axes=(1, 2), trim_approx=True, norm=True)
    return _image(pywt.iswt2(_chosen(parts), WAVELET, norm=True), shape)


def _pywt() -> "ModuleType":
    from bratsfuse.errors import MissingExtraError

    try:
        import pywt
    except ImportError as problem:
        raise MissingExtraError(
            "PyWavelets is not installed; run: pip install 'bratsfuse[wavelets]'"
        ) from problem
    return pywt  # type: ignore[no-any-return]


def _chosen(parts: list[Any]) -> list[Any]:
    """Return one decomposition made of those of all images."""
    approximation, *details = parts
    return [
        _rounded(approximation).mean(axis=0),
        *(tuple(_strongest(band) for band in bands) for bands in details),
    ]


def _strongest(band: Floats) -> Floats:
    """Return the coefficients of largest magnitude, the mean of those that tie."""
    rounded = _rounded(band)
    magnitude = np.abs(rounded)
    largest = magnitude == magnitude.max(axis=0)
    mean: Floats = (rounded * largest).sum(axis=0) / largest.sum(axis=0)
    return mean


def _rounded(values: Floats) -> Floats:
    return np.rint(values * _STEPS) / _STEPS


def _image(values: Floats, shape: tuple[int, ...]) -> Image:
    cropped = values[: shape[0], : shape[1]]
    # Means of two grey levels lie halfway: without this, noise would round them.
    image: Image = np.clip(np.rint(_rounded(cropped)), 0, 255).astype(np.uint8)
    return image
