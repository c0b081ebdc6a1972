"""Windows of 7 x 7 pixels: the SSIM without constants of Q_Y and Q_C."""

import numpy as np

from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth, smooth_product
from bratsfuse.metrics.of_fusion._scene import Float, Image, Pair, once

WINDOW, SIGMA = 7, 1.5
BORDER = WINDOW // 2
CONSTANT = 2e-16
"""Keeps 0/0 of two flat windows at 1, and is too small to change another value."""
FLAT = 1e-9
"""A variance in squared grey levels that only rounding makes differ from zero.

The smallest that a window of integers with this Gaussian can have is 2e-4.
"""


@once
def variance(image: Image) -> Float:
    """Return the variance of every window; exactly 0 where it is flat."""
    pixels = image.pixels
    found = smooth_product(pixels, pixels, _taps()) - _average(image) ** 2
    found[found < FLAT] = 0
    return found


@once
def covariance(pair: Pair) -> Float:
    """Return the covariance of every window; exactly 0 where an image is flat."""
    product = smooth_product(pair.source.pixels, pair.fused.pixels, _taps())
    found = product - _average(pair.source) * _average(pair.fused)
    found[(variance(pair.source) == 0) | (variance(pair.fused) == 0)] = 0
    return found


@once
def similarity(pair: Pair) -> Float:
    """Return the SSIM of every window, with constants that only decide 0/0."""
    one, other = _average(pair.source), _average(pair.fused)
    luminance = (2 * one * other + CONSTANT) / (one**2 + other**2 + CONSTANT)
    spread = variance(pair.source) + variance(pair.fused)
    structure = (2 * covariance(pair) + CONSTANT) / (spread + CONSTANT)
    return np.asarray(luminance * structure)


@once
def _average(image: Image) -> Float:
    return smooth(image.pixels, _taps())


def _taps() -> Float:
    return gaussian_taps(WINDOW, SIGMA)
