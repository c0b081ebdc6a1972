"""Guided filter fusion: who is sharper decides, edges decide how far.

Every sum is one of integers below 2**53 and therefore exact; where a value stops being
an integer it is rounded to a fixed step, so that every machine gives the same bits.
"""

import math
from typing import Final

import numpy as np

from bratsfuse.arrays import Floats, Image, Images
from bratsfuse.fusers._fuser import Fuser

BASE_WINDOW: Final = 31
"""Side in pixels of the mean filter that takes the base from the detail."""

SALIENCY_RADIUS: Final = 5
SALIENCY_SD: Final = 5.0
"""Radius and standard deviation in pixels of the Gaussian that smooths the saliency."""

BASE_GUIDE: Final = (45, 0.3)
DETAIL_GUIDE: Final = (7, 1e-6)
"""Radius in pixels, and regularisation for images in [0, 1], of the guided filters."""

_COEFFICIENT_STEPS: Final = 2.0**24
_WEIGHT_STEPS: Final = 2.0**16
_GREY_STEPS: Final = 256.0
_KERNEL_STEPS: Final = 4096


def guided_filter(images: Images) -> Image:
    """Return the fusion of the images under weights refined by guided filters.

    Each image is split into a base, its mean in a window, and the detail that is
    left. At every pixel the image of largest saliency, the smoothed magnitude of its
    Laplacian, has weight 1, and so have those that tie; a guided filter lays these
    maps along the edges of their image, broadly for bases and narrowly for details.

    Parameters
    ----------
    images
        uint8, shape (N, H, W), N >= 2, any H and W. Windows end at the border of the
        image; the Laplacian and the Gaussian repeat its pixels.

    Returns
    -------
    numpy.ndarray
        uint8, shape (H, W), clipped to [0, 255].

    References
    ----------
    Li S, Kang X, Hu J. Image fusion with guided filtering. IEEE Trans Image Process
    22(7):2864-2875, 2013, whose parameters these are.
    """
    grey = images.astype(np.float64)
    salient = _saliency(grey)
    chosen = (salient == salient.max(axis=0)).astype(np.float64)
    bases = np.stack([_base(image) for image in grey])
    fused = np.zeros(grey.shape[1:])
    for layers, guide in ((bases, BASE_GUIDE), (grey - bases, DETAIL_GUIDE)):
        # One image at a time stays in the cache of the processor.
        maps = zip(chosen, grey, strict=True)
        fused += _mixed(layers, np.stack([_refined(*pair, *guide) for pair in maps]))
    image: Image = np.clip(np.rint(fused), 0, 255).astype(np.uint8)
    return image


def _saliency(grey: Floats) -> Floats:
    """Return the smoothed magnitude of the Laplacian, up to a factor."""
    from scipy.ndimage import correlate1d

    x = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
    salient: Floats = np.abs(around - 4 * grey)
    places = range(-SALIENCY_RADIUS, SALIENCY_RADIUS + 1)
    kernel = [
        round(_KERNEL_STEPS * math.exp(-(place**2) / (2 * SALIENCY_SD**2)))
        for place in places
    ]
    for axis in (1, 2):
        salient = correlate1d(salient, kernel, axis=axis, mode="nearest")
    return salient


def _base(grey: Floats) -> Floats:
    """Return the mean of an image in a window, in fractions of a grey level."""
    radius = BASE_WINDOW // 2
    mean = box_sums(grey, radius) / box_sizes(grey.shape, radius)
    return np.rint(mean * _GREY_STEPS) / _GREY_STEPS


def _refined(
    chosen: Floats, grey: Floats, radius: int, regularisation: float
) -> Floats:
    """Return a map filtered under the guidance of its image, in integers.

    A guided filter fits the map by a linear function of the image in each window, then
    averages the functions of all windows that contain a pixel.
    """
    size = box_sizes(grey.shape, radius)
    ones, greys = box_sums(chosen, radius), box_sums(grey, radius)
    covariance = size * box_sums(chosen * grey, radius) - ones * greys
    variance = size * box_sums(grey * grey, radius) - greys * greys
    slope = covariance / (variance + regularisation * 255**2 * size**2)
    offset = (ones - slope * greys) / size
    slopes = box_sums(np.rint(slope * _COEFFICIENT_STEPS), radius)
    offsets = box_sums(np.rint(offset * _COEFFICIENT_STEPS), radius)
    weights = (slopes * grey + offsets) / size / _COEFFICIENT_STEPS
    return np.rint(np.maximum(weights, 0) * _WEIGHT_STEPS)


def _mixed(layers: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of layers; the plain mean where no weight is left."""
    weights = np.where(weights.any(axis=0), weights, 1)
    mean: Floats = (weights * layers).sum(axis=0) / weights.sum(axis=0)
    return mean


def box_sums(image: Floats, radius: int) -> Floats:
    """Return the sums over the square windows around every pixel."""
    return _window_sums(_window_sums(image, radius).T, radius).T


def _window_sums(image: Floats, radius: int) -> Floats:
    """Return the sums of rows, from `radius` before each row to as far after it.

    They are differences of running sums, which are 0 before the image and stay what
    they are after it.
    """
    length, width = image.shape
    first, end = radius + 1, radius + 1 + length
    running = np.empty((end + radius, width))
    running[:first] = 0
    np.cumsum(image, axis=0, out=running[first:end])
    running[end:] = running[end - 1]
    sums: Floats = running[first + radius :] - running[:length]
    return sums


def box_sizes(shape: tuple[int, ...], radius: int) -> Floats:
    """Return how many pixels of the image each window contains."""
    tall, wide = (_window_sums(np.ones((length, 1)), radius) for length in shape)
    return tall * wide.T


FUSER: Final = Fuser(
    function=guided_filter,
    summary="base and detail, weighted by saliency that a guided filter refines",
)
