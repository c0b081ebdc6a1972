"""Classical fusers: pure functions of N aligned 8-bit images that return one.

All of them give the same bits on every machine. `average` and `maximum` are integer
arithmetic. The pyramid of `laplacian` has only dyadic weights, so that its sums are
exact in float64 whatever their order; where a value stops being dyadic it is rounded
to a multiple of 1/256 first.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from bratsfuse.errors import InvalidInputError, UnknownNameError

Images = npt.NDArray[np.uint8]
"""uint8, shape (N, H, W), N >= 2: aligned images of one slice, background 0."""

Image = npt.NDArray[np.uint8]
"""uint8, shape (H, W)."""

_Array = npt.NDArray[np.float64]

PYRAMID_LEVELS: Final = 4
"""Detail levels of `laplacian`: the base of a 240-pixel image has 15 pixels."""

_KERNEL: Final = np.array([1, 4, 6, 4, 1]) / 16
_FRACTION: Final = 256


def average(images: Images) -> Image:
    """Return the mean of the images, rounded half up.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), in [0, 255].

    Raises
    ------
    InvalidInputError
        If `images` is not uint8, not 3-dimensional, or a single image.
    """
    _check(images)
    count = len(images)
    total = images.sum(axis=0, dtype=np.int64)
    mean = (2 * total + count) // (2 * count)
    return mean.astype(np.uint8)


def maximum(images: Images) -> Image:
    """Return the brightest value of the images at every pixel.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), in [0, 255].

    Raises
    ------
    InvalidInputError
        If `images` is not uint8, not 3-dimensional, or a single image.
    """
    _check(images)
    return images.max(axis=0)


def laplacian(images: Images) -> Image:
    """Return the fusion of the images in a Laplacian pyramid.

    The base is the mean of the bases. At each detail level a pixel is the mean of the
    details, weighted by their local energy: the sum of squares in a 3 by 3 window.
    Where no image has energy the details are 0 anyway.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2, any H and W.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), clipped to [0, 255], and 0 where every image is 0: a
        pyramid spreads light over the edge of the brain.

    Raises
    ------
    InvalidInputError
        If `images` is not uint8, not 3-dimensional, or a single image.

    References
    ----------
    Burt PJ, Adelson EH. The Laplacian pyramid as a compact image code. IEEE Trans
    Commun 31(4):532-540, 1983. The energy weights follow Burt PJ, Kolczynski RJ.
    Enhanced image capture through fusion. ICCV 1993, without its match measure.
    """
    _check(images)
    level = images.astype(np.float64)
    details = []
    for _ in range(PYRAMID_LEVELS):
        smaller = _reduce(level)
        details.append(level - _expand(smaller, level.shape[1:]))
        level = smaller
    fused = _dyadic(level.mean(axis=0))
    for detail in reversed(details):
        fused = _expand(fused[np.newaxis], detail.shape[1:])[0] + _weighted(detail)
    fused = np.clip(np.rint(fused), 0, 255).astype(np.uint8)
    fused[~images.any(axis=0)] = 0
    return fused


def _reduce(images: _Array) -> _Array:
    """Return images smoothed and at half size, odd sizes rounded up."""
    return _smooth(images)[:, ::2, ::2]


def _expand(images: _Array, shape: tuple[int, ...]) -> _Array:
    """Return images at double size, trimmed to a shape."""
    spread = np.zeros((len(images), *shape))
    spread[:, ::2, ::2] = images
    return 4.0 * _smooth(spread)


def _smooth(images: _Array) -> _Array:
    for axis in (1, 2):
        images = ndimage.correlate1d(images, _KERNEL, axis=axis, mode="mirror")
    return images


def _weighted(detail: _Array) -> _Array:
    rounded = _dyadic(detail)
    energy = _window_sum(rounded**2)
    total = energy.sum(axis=0)
    weights = energy / np.where(total > 0, total, 1)
    return _dyadic((weights * rounded).sum(axis=0))


def _window_sum(images: _Array) -> _Array:
    ones = np.ones(3)
    for axis in (1, 2):
        images = ndimage.correlate1d(images, ones, axis=axis, mode="mirror")
    return images


def _dyadic(values: _Array) -> _Array:
    """Return values rounded to multiples of 1/256, so that sums of them are exact."""
    return np.rint(values * _FRACTION) / _FRACTION


def _check(images: npt.NDArray[Any]) -> None:
    if images.dtype != np.uint8 or images.ndim != 3 or len(images) < 2:
        raise InvalidInputError(
            f"got {images.dtype} of shape {images.shape}; "
            "expected at least two uint8 images as one array (N, H, W)"
        )


FUSERS: Final[Mapping[str, Callable[[Images], Image]]] = {
    "average": average,
    "maximum": maximum,
    "laplacian": laplacian,
}
"""Name -> fuser, in the order in which a release stores their images."""


def fuser(name: str) -> Callable[[Images], Image]:
    """Return the fuser of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in FUSERS:
        known = ", ".join(FUSERS)
        raise UnknownNameError(f"unknown fuser {name!r}; known: {known}")
    return FUSERS[name]
