"""Sobel gradients as strength and direction, in one pass over the image."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled

Float = npt.NDArray[np.float64]
Row = npt.NDArray[Any]

ZERO, REPEAT, REFLECT = 0, 1, 2
"""Beyond the image: zeros, the rim once more, or its mirror image without the rim."""


@compiled
def framed(pixels: Float, border: int) -> Float:
    """Return the image with one pixel more on every side.

    Parameters
    ----------
    pixels
        Shape (H, W), sides at least 2 to be reflected.
    border
        `ZERO`, `REPEAT` or `REFLECT`.

    Returns
    -------
    numpy.ndarray
        Shape (H + 2, W + 2).
    """
    height, width = pixels.shape
    wide = np.zeros((height + 2, width + 2))
    for i in range(height):
        wide[i + 1, 1 : width + 1] = pixels[i]
    if border != ZERO:
        near = 1 if border == REPEAT else 2
        wide[0] = wide[near]
        wide[height + 1] = wide[height + 1 - near]
        wide[:, 0] = wide[:, near]
        wide[:, width + 1] = wide[:, width + 1 - near]
    return wide


@compiled
def slopes_at(up: Row, middle: Row, low: Row, j: int) -> tuple[float, float]:
    """Return gx and gy, see `sobel`, at the middle of three pixels of three rows."""
    right = up[j + 2] + 2 * middle[j + 2] + low[j + 2]
    left = up[j] + 2 * middle[j] + low[j]
    under = low[j] + 2 * low[j + 1] + low[j + 2]
    over = up[j] + 2 * up[j + 1] + up[j + 2]
    return right - left, under - over


@compiled
def sobel(pixels: Float, border: int, turned: bool) -> tuple[Float, Float]:
    """Return strength and tangent of the gradient at every pixel.

    With gx the correlation with [-1 0 1; -2 0 2; -1 0 1] and gy with its transpose.

    Parameters
    ----------
    pixels
        Shape (H, W).
    border
        What lies beyond the image.
    turned
        Which tangent: False is ``-gy / gx``, infinite where gx = 0; True is
        ``gx / gy``, 0 where both are 0.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (H, W) each.
    """
    height, width = pixels.shape
    wide = framed(pixels, border)
    strength, tangent = np.empty((height, width)), np.empty((height, width))
    for i in range(height):
        up, middle, low = wide[i], wide[i + 1], wide[i + 2]
        for j in range(width):
            across, down = slopes_at(up, middle, low, j)
            strength[i, j] = math.sqrt(across * across + down * down)
            if not turned:
                tangent[i, j] = math.inf if across == 0 else -down / across
            elif down == 0:
                tangent[i, j] = across * math.inf if across != 0 else 0.0
            else:
                tangent[i, j] = across / down
    return strength, tangent


@compiled
def squared_strength(pixels: Float, border: int) -> Float:
    """Return the squared magnitude of the gradient of `sobel`.

    Of integers they are integers, so that which is larger is decided exactly.
    """
    height, width = pixels.shape
    wide = framed(pixels, border)
    squared = np.empty((height, width))
    for i in range(height):
        up, middle, low = wide[i], wide[i + 1], wide[i + 2]
        for j in range(width):
            across, down = slopes_at(up, middle, low, j)
            squared[i, j] = across * across + down * down
    return squared
