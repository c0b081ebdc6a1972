"""What the fusion metrics accept: 8-bit grey levels of one shape, nothing inferred."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics._array_kinds import GREY_MODES, as_array, clean_booleans

_HINTS = {
    "f": (
        "scale it by its declared range, not by its own extremes: "
        "np.rint(image * 255).astype(np.uint8) if the range is [0, 1], "
        "np.rint(image).clip(0, 255).astype(np.uint8) if it is [0, 255]"
    ),
    "b": "a mask is no image; for one use image.astype(np.uint8) * 255",
    "u": "scale its declared range to 0..255, round, and use astype(np.uint8)",
    "i": "if its values are grey levels 0..255 use image.astype(np.uint8)",
}


def checked_sources(
    sources: npt.ArrayLike | Sequence[npt.ArrayLike],
) -> npt.NDArray[np.uint8]:
    """Return the sources as one array, or say what is wrong with them.

    Parameters
    ----------
    sources
        uint8, shape (S, H, W), S >= 2, or S images of shape (H, W).

    Returns
    -------
    numpy.ndarray
        uint8, shape (S, H, W): a copy, so that a caller may reuse the array.

    Raises
    ------
    InvalidInputError
        If an image is not uint8, or they are fewer than two or differ in shape.
    """
    if isinstance(sources, list | tuple):
        images = [
            as_array(source, f"sources[{number}]", GREY_MODES)
            for number, source in enumerate(sources)
        ]
        shapes = {image.shape for image in images}
        if len(shapes) > 1:
            raise InvalidInputError(
                f"sources: found the shapes {sorted(shapes)}; expected equal ones; "
                "register and resample the images first"
            )
        # One uint8 and one float image would stack to float and hide which is wrong.
        grey = [
            _grey_levels(image, f"sources[{number}]")
            for number, image in enumerate(images)
        ]
        stack: npt.NDArray[Any] = np.stack(grey) if grey else np.empty(0, np.uint8)
    else:
        stack = as_array(sources, "sources", GREY_MODES)
    if stack.ndim != 3 or stack.shape[0] < 2 or 0 in stack.shape:
        raise InvalidInputError(
            f"sources: found shape {stack.shape}; expected (S, H, W) with S >= 2 "
            "grey images in one argument; pass both together: (a, b), then fused"
        )
    return np.array(_grey_levels(stack, "sources"), order="C")


def checked_fused(
    fused: npt.ArrayLike | None, shape: tuple[int, int] | None = None
) -> npt.NDArray[np.uint8]:
    """Return a copy of the fused image, or say what is wrong with it.

    Parameters
    ----------
    fused
        uint8, shape (H, W).
    shape
        The shape of the sources; None if there are none.

    Raises
    ------
    InvalidInputError
        If it is not uint8 or not of that shape.
    """
    image = as_array(fused, "fused", GREY_MODES)
    if shape is not None and image.shape != shape:
        raise InvalidInputError(
            f"fused: found shape {image.shape}; expected {shape}, that of the sources; "
            "pass one grey image on the same grid"
        )
    if image.ndim != 2 or 0 in image.shape:
        raise InvalidInputError(
            f"fused: found shape {image.shape}; expected (H, W), one grey image"
        )
    return np.array(_grey_levels(image, "fused"), order="C")


def checked_mask(
    inside: npt.ArrayLike, shape: tuple[int, ...]
) -> npt.NDArray[np.bool_]:
    """Return a copy of the mask, or say what is wrong with it.

    Parameters
    ----------
    inside
        Boolean, shape (H, W).
    shape
        The shape of the images.

    Raises
    ------
    InvalidInputError
        If it is not boolean or not of that shape.
    """
    mask = as_array(inside, "mask")
    if mask.dtype != np.bool_:
        raise InvalidInputError(
            f"mask: found {mask.dtype}; expected bool; pass mask > 0 for a label map"
        )
    if mask.shape != shape:
        raise InvalidInputError(
            f"mask: found shape {mask.shape}; expected {shape}, that of the images"
        )
    return np.array(clean_booleans(mask), order="C")


def _grey_levels(image: npt.NDArray[Any], name: str) -> npt.NDArray[np.uint8]:
    """Return an image as uint8, if its values are grey levels beyond doubt.

    Computing hands 8-bit images out as int32 or int64, torch among others; 16 bits are
    how scanners store what has another range.
    """
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind == "i" and image.dtype.itemsize >= 4 and image.size:
        low, high = int(image.min()), int(image.max())
        if low >= 0 and high <= 255:
            return image.astype(np.uint8)
    hint = _HINTS.get(image.dtype.kind, "pass an array of numbers")
    raise InvalidInputError(
        f"{name}: found {image.dtype}; expected uint8 grey levels 0..255, because "
        f"SSIM, VIF and Qabf change with the scale of the image; {hint}"
    )
