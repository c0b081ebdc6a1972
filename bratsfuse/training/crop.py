"""The part of an image that networks see: a box that contains every brain.

Two thirds of a slice are background, and networks that normalise whole images count it.
So a network is given as much of it in use as in training: the box that the run stores,
or, where the brain of an image is not in it, a box of that size or larger around it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_MARGIN: Final = 4
"""Pixels of background around all brains, where there are as many."""

_STEP: Final = 16
"""Sides are multiples of it, which no network has to fill up, where images allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Rows `top` to `top + height` and columns `left` to `left + width` of an image."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Return the rows and the columns, to index an image with."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )

    def contains(self, other: "Box") -> bool:
        """Return whether no pixel of the other box lies outside this one."""
        return all(
            ours.start <= theirs.start and theirs.stop <= ours.stop
            for ours, theirs in zip(self.slices, other.slices, strict=True)
        )


def brain_box(shown: npt.NDArray[np.bool_]) -> Box:
    """Return the smallest box that contains every pixel that is shown.

    Parameters
    ----------
    shown
        bool, shape (H, W). Where none is shown, the box is the whole image.
    """
    if not shown.any():
        return Box(top=0, left=0, height=shown.shape[0], width=shown.shape[1])
    (top, bottom), (left, right) = (
        np.flatnonzero(shown.any(axis=axis))[[0, -1]].tolist() for axis in (1, 0)
    )
    return Box(top=top, left=left, height=bottom - top + 1, width=right - left + 1)


def training_box(shown: npt.NDArray[np.bool_]) -> Box:
    """Return the box that networks are trained on: `brain_box` with some background.

    Parameters
    ----------
    shown
        bool, shape (H, W): where any image of the train split is not 0.
    """
    found = brain_box(shown)
    least = (
        -(-(length + 2 * _MARGIN) // _STEP) * _STEP
        for length in (found.height, found.width)
    )
    return _around(found, tuple(least), shown.shape)


def box_in_use(
    shown: npt.NDArray[np.bool_], trained: Box, trained_shape: tuple[int, int]
) -> Box:
    """Return the box of an image that a trained network is given.

    Parameters
    ----------
    shown
        bool, shape (H, W): where any image is not 0.
    trained
        The box of the training.
    trained_shape
        Of the images that it was taken from.

    Returns
    -------
    Box
        That of the training if it fits; else one around what is shown, at least as
        large as that of the training where the image is.
    """
    found = brain_box(shown)
    if shown.shape == trained_shape and (trained.contains(found) or not shown.any()):
        return trained
    return _around(found, (trained.height, trained.width), shown.shape)


def _around(inner: Box, least: tuple[int, ...], shape: tuple[int, ...]) -> Box:
    """Return a box around another one, of a least size, inside an image."""
    sides = []
    for start, length, wanted, whole in zip(
        (inner.top, inner.left), (inner.height, inner.width), least, shape, strict=True
    ):
        size = min(max(length, wanted), whole)
        first = start - (size - length) // 2
        sides.append((min(max(first, 0), whole - size), size))
    (top, height), (left, width) = sides
    return Box(top=top, left=left, height=height, width=width)
