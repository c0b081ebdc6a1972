"""The kinds of arrays that both chapters accept, each without loss or a guess.

NumPy arrays, torch tensors on any device, Pillow images of one band, and whatever NumPy
takes for an array. What would lose something on the way is refused, with the line of
code that decides it.
"""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError

LABEL_MODES: Final = ("1", "L", "P", "I", "I;16", "I;16B")
"""Of Pillow images of labels; with a palette, its indices are the labels."""

GREY_MODES: Final = ("L", "1")
"""Of Pillow images of grey levels: indices of a palette and deeper levels are none."""


def as_array(
    value: object, name: str, modes: Collection[str] = LABEL_MODES
) -> npt.NDArray[Any]:
    """Return an argument as a NumPy array of numbers.

    Parameters
    ----------
    value
        An array, a torch tensor, a Pillow image of one band or nested lists. It is not
        modified.
    name
        The argument, for messages.
    modes
        Of the Pillow images whose values are what is expected.

    Returns
    -------
    numpy.ndarray
        The argument itself or a view of it where that is possible; of any dtype that
        is a number or boolean, and any shape.

    Raises
    ------
    InvalidInputError
        If it is a masked array, whose mask no metric would see, an image with colours,
        or nothing that has numbers.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise InvalidInputError(
            f"{name}: found a masked array, expected an array without a mask, which "
            f"metrics do not see; decide what its masked pixels are: {name}.filled(0) "
            f"fills them, and inside=~{name}.mask leaves them out of a fusion metric"
        )
    if isinstance(value, np.ndarray):
        pass
    elif _comes_from("torch", value):
        value = _of_tensor(value, name)
    elif _comes_from("PIL", value):
        _check_mode(value, name, modes)
    elif advice := _advice_on_volumes(value):
        raise InvalidInputError(
            f"{name}: found {type(value).__name__}, expected an array; {advice}"
        )
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        of = f" of {array.dtype}" if array.ndim else ""
        raise InvalidInputError(
            f"{name}: found {type(value).__name__}{of}, expected an array of numbers; "
            "read or convert it first"
        )
    return array


def clean_booleans(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return a boolean array whose bytes are 0 and 1.

    Pillow hands out 0 and 255 for images of mode 1, which NumPy calls true and counts
    255 times.
    """
    stored = mask.view(np.uint8)
    return stored != 0 if stored.size and stored.max() > 1 else mask


def _comes_from(package: str, value: object) -> bool:
    """Return whether a value is of a package's type; the package is not imported."""
    return any(
        cls.__module__.partition(".")[0] == package for cls in type(value).__mro__
    )


def _of_tensor(tensor: Any, name: str) -> npt.NDArray[Any]:  # noqa: ANN401  (torch)
    try:
        return np.asarray(tensor.detach().cpu().numpy())
    except (AttributeError, RuntimeError, TypeError) as problem:
        raise InvalidInputError(
            f"{name}: found a torch tensor that is no array ({problem}), expected a "
            "dense one; convert it with tensor.to_dense() or tensor.float()"
        ) from problem


def _check_mode(
    image: Any,  # noqa: ANN401  (Pillow)
    name: str,
    modes: Collection[str],
) -> None:
    if image.mode not in modes:
        raise InvalidInputError(
            f"{name}: found a Pillow image of mode {image.mode}, expected "
            f"{' or '.join(modes)}; colours become grey levels by {name}.convert('L'); "
            "a mask painted in colours needs a table of them first"
        )


def _advice_on_volumes(value: object) -> str:
    """Return how to get the array of a volume's object; its spacing is easily lost."""
    if _comes_from("SimpleITK", value):
        return (
            "pass SimpleITK.GetArrayFromImage(image), whose axes are z, y, x, with "
            "spacing_mm=image.GetSpacing()[::-1]"
        )
    if _comes_from("nibabel", value):
        return (
            "pass numpy.asarray(image.dataobj) with "
            "spacing_mm=image.header.get_zooms()[:3]"
        )
    return ""
