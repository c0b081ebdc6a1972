"""First derivatives of an image by the Sobel masks, each made once per border rule."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._scene import Image, once

Slope = npt.NDArray[Any]

Border = Literal["constant", "edge", "reflect"]
"""Beyond the image: zeros, the rim repeated, or mirrored without repeating the rim."""


@once
def sobel(image: Image, border: Border) -> tuple[Slope, Slope]:
    """Return the derivatives along columns and rows, unnormalised.

    Parameters
    ----------
    image
        Shape (H, W).
    border
        What lies beyond it.

    Returns
    -------
    tuple of numpy.ndarray
        float64, shape (H, W) each: correlations with [-1 0 1; -2 0 2; -1 0 1] and with
        [-1 -2 -1; 0 0 0; 1 2 1]. Integers if the grey levels are.
    """
    return sobel_of(image.pixels, border)


def sobel_of(pixels: Slope, border: Border) -> tuple[Slope, Slope]:
    """Return the same derivatives of a bare array."""
    wide = np.pad(pixels, 1, mode=border)
    down = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    across = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    return down[:, 2:] - down[:, :-2], across[2:] - across[:-2]
