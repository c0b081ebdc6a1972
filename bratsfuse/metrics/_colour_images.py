"""What the colour metrics accept: two 8-bit colour images of one shape, and a mask."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError


def checked_rows(
    source: npt.ArrayLike, fused: npt.ArrayLike, inside: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the pixels that count of both images, shape (N, 3).

    Raises
    ------
    InvalidInputError
        If an image is not uint8 of shape (H, W, 3), the shapes differ, or the mask is
        not boolean of shape (H, W).
    """
    images = [_checked(source, "source"), _checked(fused, "fused")]
    if images[0].shape != images[1].shape:
        raise InvalidInputError(
            f"fused: found shape {images[1].shape}; expected {images[0].shape}, that "
            "of the source; register and resample the images first"
        )
    shape = images[0].shape[:2]
    mask = np.ones(shape, np.bool_) if inside is None else np.asarray(inside)
    if mask.dtype != np.bool_ or mask.shape != shape:
        raise InvalidInputError(
            f"mask: found {mask.dtype} of shape {mask.shape}; expected bool of shape "
            f"{shape}; pass mask > 0 for a label map"
        )
    return images[0][mask], images[1][mask]


def _checked(image: npt.ArrayLike, name: str) -> npt.NDArray[np.uint8]:
    array: npt.NDArray[Any] = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise InvalidInputError(
            f"{name}: found shape {array.shape}; expected (H, W, 3), red, green and "
            "blue; grey images are those of bratsfuse.metrics.fusion"
        )
    if array.dtype != np.uint8:
        raise InvalidInputError(
            f"{name}: found {array.dtype}; expected uint8 levels 0..255; scale the "
            "declared range to 0..255, round, and use astype(np.uint8)"
        )
    return array
