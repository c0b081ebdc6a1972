"""The arrays that every part of the package hands to the next, by name."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""One 8-bit image: a modality, a fused image or a mask of labels, shape (H, W)."""

Images: TypeAlias = npt.NDArray[np.uint8]
"""Aligned 8-bit images, shape (N, H, W)."""

Selection: TypeAlias = npt.NDArray[np.bool_]
"""What is chosen, such as the pixels of a region or the rows with a prediction."""

Floats: TypeAlias = npt.NDArray[np.float64]
"""Numbers that are computed with, of any shape: pixels, scores or differences."""


def in_frame(image: npt.NDArray[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Return an image (rows, columns) in the middle of a frame of zeros.

    Parameters
    ----------
    image
        At most as large as the frame along both axes.
    shape
        Rows and columns of the frame; an image of that shape is returned as it is.
    """
    if image.shape == shape:
        return image
    framed = np.zeros(shape, dtype=image.dtype)
    framed[_inside(image.shape, shape)] = image
    return framed


def out_of_frame(framed: npt.NDArray[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Return the image of a shape that `in_frame` has put into a frame."""
    return framed[_inside(shape, framed.shape)]


def _inside(inner: tuple[int, ...], frame: tuple[int, ...]) -> tuple[slice, slice]:
    top, left = ((full - part) // 2 for full, part in zip(frame, inner, strict=True))
    return slice(top, top + inner[0]), slice(left, left + inner[1])


def zero_background(fused: Image, sources: Iterable[Image]) -> Image:
    """Return a fused image that is 0 where every source that it is made of is 0.

    The one way out for images of any method: filters and networks spread light over
    the edge of the brain, and metrics and segmenters would count it.

    Parameters
    ----------
    fused
        uint8 (H, W).
    sources
        The images that the method was given, uint8 (H, W) each, at least one.
    """
    return np.where(np.any([*sources], axis=0), fused, np.uint8(0))
