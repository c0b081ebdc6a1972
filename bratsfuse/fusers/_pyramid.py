"""Fusion in a Laplacian pyramid, in arithmetic that is exact on every machine.

The pyramid has only dyadic weights, so that its sums are exact in float64 whatever
their order; where a value stops being dyadic it is rounded to a multiple of 1/256.
"""

from typing import Final, Literal

import numpy as np

from bratsfuse.arrays import Floats, Image, Images

PYRAMID_LEVELS: Final = 4
"""Detail levels: the base of a 240-pixel image has 15 pixels."""

_FRACTION: Final = 256


def fuse_pyramids(
    images: Images, *, base: Literal["mean", "max"], detail: Literal["energy", "max"]
) -> Image:
    """Return the fusion of the images in a Laplacian pyramid.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2, any H and W.
    base
        Whether the base is the mean of the bases or the brightest of them.
    detail
        ``energy``: the mean of the details, weighted by their local energy, the sum
        of squares in a 3 by 3 window; where no image has energy the details are 0
        anyway. ``max``: the detail of largest magnitude, the mean of those that tie.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), clipped to [0, 255].

    References
    ----------
    Burt PJ, Adelson EH. The Laplacian pyramid as a compact image code. IEEE Trans
    Commun 31(4):532-540, 1983. The energy weights follow Burt PJ, Kolczynski RJ.
    Enhanced image capture through fusion. ICCV 1993, without its match measure.
    """
    level = images.astype(np.float64)
    details = []
    for _ in range(PYRAMID_LEVELS):
        smaller = reduce(level)
        details.append(level - expand(smaller, level.shape[1:]))
        level = smaller
    choose = _weighted if detail == "energy" else _largest
    fused = _dyadic(level.mean(axis=0) if base == "mean" else level.max(axis=0))
    for each in reversed(details):
        fused = expand(fused[np.newaxis], each.shape[1:])[0] + choose(each)
    image: Image = np.clip(np.rint(fused), 0, 255).astype(np.uint8)
    return image


def reduce(images: Floats) -> Floats:
    """Return images smoothed by (1, 4, 6, 4, 1) / 16 and at half size, rounded up."""
    for axis in (1, 2):
        x = _mirrored(images, axis, before=2, after=2)
        last = 2 * ((images.shape[axis] + 1) // 2) - 1
        a, b, c, d, e = (_cut(x, axis, start, start + last, 2) for start in range(5))
        images = (a + e + 4.0 * (b + d) + 6.0 * c) / 16.0
    return images


def expand(images: Floats, shape: tuple[int, ...]) -> Floats:
    """Return images interpolated to double size: the transpose of `reduce`, doubled.

    The same kernel over samples that alternate with zeros: (1, 6, 1) / 8 where a
    sample lies, (1, 1) / 2 between two.
    """
    for axis, length in zip((1, 2), shape, strict=True):
        x = _mirrored(images, axis, before=1, after=1)
        if length % 2 == 0:  # it ends between samples: the last is its own mirror
            _cut(x, axis, -1, None)[...] = _cut(x, axis, -2, -1)
        before, here, after = (
            _cut(x, axis, start, start + images.shape[axis]) for start in range(3)
        )
        doubled = np.empty((*images.shape[:axis], length, *images.shape[axis + 1 :]))
        _cut(doubled, axis, 0, None, 2)[...] = (before + after + 6.0 * here) / 8.0
        between = (here + after) / 2.0
        _cut(doubled, axis, 1, None, 2)[...] = _cut(between, axis, 0, length // 2)
        images = doubled
    return images


def _mirrored(images: Floats, axis: int, *, before: int, after: int) -> Floats:
    """Return images continued along an axis as in a mirror, the edge not repeated."""
    length = images.shape[axis]
    places = np.arange(-before, length + after)
    period = max(2 * length - 2, 1)
    places = np.abs(places) % period
    taken: Floats = images.take(np.minimum(places, period - places), axis=axis)
    return taken


def _cut(
    images: Floats, axis: int, start: int, stop: int | None, step: int = 1
) -> Floats:
    """Return a view of images with one axis sliced."""
    where = [slice(None)] * images.ndim
    where[axis] = slice(start, stop, step)
    return images[tuple(where)]


def _weighted(detail: Floats) -> Floats:
    rounded = _dyadic(detail)
    energy = _window_sum(rounded * rounded)
    total = energy.sum(axis=0)
    energy /= np.maximum(total, 1 / _FRACTION**2)  # 0 / small where nothing is there
    energy *= rounded
    return _dyadic(energy.sum(axis=0))


def _largest(detail: Floats) -> Floats:
    rounded = _dyadic(detail)
    magnitude = np.abs(rounded)
    chosen = magnitude == magnitude.max(axis=0)
    mean: Floats = (rounded * chosen).sum(axis=0) / chosen.sum(axis=0)
    return _dyadic(mean)


def _window_sum(images: Floats) -> Floats:
    for axis in (1, 2):
        x = _mirrored(images, axis, before=1, after=1)
        images = _cut(x, axis, 0, -2) + _cut(x, axis, 1, -1)
        images += _cut(x, axis, 2, None)
    return images


def _dyadic(values: Floats) -> Floats:
    """Return values rounded to multiples of 1/256, so that sums of them are exact."""
    scaled = values * _FRACTION
    np.rint(scaled, out=scaled)
    scaled /= _FRACTION
    return scaled
