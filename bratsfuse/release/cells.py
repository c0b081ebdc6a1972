"""Cells: what may stand in a column of each kind, and the check that it does.

A value that a column cannot store exactly as it was made is refused, so that no number
wraps, no fraction is cut off and no text ends early.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from bratsfuse.errors import InvalidInputError

Kind = Literal["image", "mask", "text", "integer", "float", "vector"]
"""What a cell contains: grey levels (H, W), canonical labels (H, W), a text, a whole
number, a number, or several numbers."""

PIXELS: Final[tuple[Kind, ...]] = ("image", "mask")
"""The kinds with one value per pixel."""

_SIGNED: Final = ("int8", "int16", "int32", "int64")
_INTEGERS: Final = (*_SIGNED, *(f"u{name}" for name in _SIGNED))
_FLOATS: Final = ("float32", "float64")

DTYPES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "image": ("uint8",),
    "mask": ("uint8",),
    "text": ("str",),
    "integer": _INTEGERS,
    "float": _FLOATS,
    "vector": (*_INTEGERS, *_FLOATS),
}
"""Kind -> the types that its values may be stored as."""


def checked_cell(kind: Kind, dtype: str, shape: tuple[int, ...], value: object) -> Any:  # noqa: ANN401  (one of many types)
    """Return a value as a column stores it.

    Parameters
    ----------
    kind, dtype
        Of the column.
    shape
        Of one cell: ``()``, ``(length,)`` or ``(H, W)``.
    value
        What was made.

    Returns
    -------
    str, numpy.generic or numpy.ndarray
        The text, or the number or array in the column's type. Numbers of a float
        column are rounded to its precision; NaN is kept.

    Raises
    ------
    InvalidInputError
        If the column cannot store it: another shape, a number out of range, a fraction
        for a whole number, pixels of another type, a text with a zero character.
    """
    import numpy as np  # here, so that a manifest is read without it

    if kind == "text":
        return _checked_text(value)
    array = np.asarray(value)
    if array.shape != shape:
        raise InvalidInputError(f"shape {array.shape}; expected {shape}")
    target = np.dtype(dtype)
    if kind in PIXELS and array.dtype != target:
        raise InvalidInputError(f"pixels of type {array.dtype}; expected {target}")
    if array.dtype.kind not in ("iu" if target.kind in "iu" else "iuf"):
        raise InvalidInputError(f"{_shown(value)}; expected {target}")
    with np.errstate(over="ignore"):
        stored = array.astype(target)
    exact = stored == array if target.kind in "iu" else _finite_alike(stored, array)
    if not np.all(exact):
        raise InvalidInputError(f"{_shown(value)}; expected the range of {target}")
    return stored[()]


def _finite_alike(stored: Any, made: Any) -> Any:  # noqa: ANN401  (arrays)
    import numpy as np

    return np.isfinite(stored) == np.isfinite(made)


def _checked_text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{_shown(value)}; expected a text")
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise InvalidInputError(f"{value!a}; expected Unicode text") from problem
    if "\0" in value:
        raise InvalidInputError(f"{value!a}; expected a text without zero characters")
    return value


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
