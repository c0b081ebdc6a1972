"""The coarser scales of an image: each the mean of two by two pixels."""

import numpy as np

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics.of_fusion._scene import Float, Image, Mask, Scene, once


@once
def halved(image: Image, level: int) -> Float:
    """Return the pixels, averaged over blocks of 2 x 2 ``level`` times."""
    if level == 0:
        return image.pixels
    return _halve(even(halved(image, level - 1)))


@once
def halved_mask(scene: Scene, level: int) -> Mask | None:
    """Return which pixels of a level count."""
    inside = scene.inside
    for _ in range(level if inside is not None else 0):
        fine = even(np.asarray(inside, dtype=np.float64))
        rows = fine[::2] + fine[1::2]
        inside = rows[:, ::2] + rows[:, 1::2] >= 2
    return inside


def even(pixels: Float) -> Float:
    """Return the image with an odd side made even by repeating its last line."""
    height, width = pixels.shape
    if height % 2 == 0 and width % 2 == 0:
        return pixels
    return np.pad(pixels, ((0, height % 2), (0, width % 2)), mode="edge")


@CompiledLoop
def _halve(fine: Float) -> Float:
    """Return the means of blocks of 2 x 2 pixels of an image with even sides."""
    out = np.empty((fine.shape[0] // 2, fine.shape[1] // 2))
    for i in range(out.shape[0]):
        upper, lower = fine[2 * i], fine[2 * i + 1]
        for j in range(out.shape[1]):
            left = upper[2 * j] + lower[2 * j]
            right = upper[2 * j + 1] + lower[2 * j + 1]
            out[i, j] = (left + right) / 4
    return out
