"""The 8-bit scaling of the recipe: robust, per volume and modality, and undoable."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Window
from bratsfuse.release.recipe import WINDOW_PER_MILLE


def robust_window(voxels: npt.NDArray[Any]) -> Window:
    """Return the intensity window of the brain voxels of one modality.

    Parameters
    ----------
    voxels
        The non-zero voxels of the volume, any shape and real type.

    Returns
    -------
    Window
        The order statistics of ranks ``floor((n - 1) * 0.005)`` and
        ``floor((n - 1) * 0.995)``, counted from 0. They are not interpolated, so that
        no arithmetic can differ between machines.

    Raises
    ------
    InvalidInputError
        If there are no voxels or the two ranks have the same value.
    """
    count = voxels.size
    if count == 0:
        raise InvalidInputError("no brain voxels; expected some that are not 0")
    ranks = [(count - 1) * part // 1000 for part in WINDOW_PER_MILLE]
    ordered = np.partition(voxels, ranks, axis=None)
    low, high = (float(ordered[rank]) for rank in ranks)
    if not low < high:
        raise InvalidInputError(
            f"99 % of the brain voxels are {low:g}; expected an image with contrast"
        )
    return Window(low, high)


def to_uint8(image: npt.NDArray[Any], window: Window) -> npt.NDArray[np.uint8]:
    """Return an image scaled to 8 bits; background stays 0.

    Parameters
    ----------
    image
        Any shape and real type, background exactly 0.
    window
        What becomes 0 and 255; values beyond are clipped.

    Returns
    -------
    numpy.ndarray
        ``rint(255 * (image - low) / (high - low))``, ties to even, and 0 where the
        image is 0. Each step is one IEEE operation in float64, so that every machine
        gets the same bits.
    """
    values = image.astype(np.float64)
    scaled = np.rint((values - window.low) * 255.0 / (window.high - window.low))
    scaled[values == 0] = 0
    return np.clip(scaled, 0, 255).astype(np.uint8)


def to_intensity(
    image: npt.NDArray[np.uint8], window: Window
) -> npt.NDArray[np.float64]:
    """Return the source intensities that an 8-bit image stands for.

    The inverse of `to_uint8` up to half a grey level, ``(high - low) / 510``, inside
    the window; background, which is 0, comes back as `Window.low`.
    """
    return window.low + image.astype(np.float64) * (window.high - window.low) / 255.0
