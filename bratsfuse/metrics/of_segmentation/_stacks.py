"""Masks in channels, where a label map is expected: what they are and how to join them.

One-hot channels, nested regions and batches all have the shape of a volume. Scored as
one they would give a number.
"""

from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_MOST_CHANNELS: Final = 8
"""More than the labels of any coding; volumes have more slices."""

_SMALLEST_SIDE: Final = 16
"""Below it integers are taken for labels: channels would not be seen."""

_REGIONS: Final = 3

LABEL_TOLERANCE: Final = 1e-2
"""Labels that were stored as floats are not further from integers."""


def looks_like_channels(array: npt.NDArray[Any]) -> bool:
    """Return whether an array of integers is rather channels than a volume of labels.

    True for one-hot channels, of which exactly one is set at every pixel, and for
    three channels of zeros and ones along the first axis, each within another, as WT,
    TC and ET are.
    """
    if array.ndim != 3 or min(array.shape[0], array.shape[-1]) > _MOST_CHANNELS:
        return False
    if sorted(array.shape)[1] < _SMALLEST_SIDE or not _is_binary(array):
        return False
    if _one_hot_axis(array) is not None:
        return True
    order = _nesting(array)
    sizes = np.count_nonzero(array, axis=(1, 2))
    return order is not None and bool(sizes[order[0]] > sizes[order[1]])


def channels_advice(array: npt.NDArray[Any], name: str) -> str:
    """Return the line of code that makes a label map of channels, ``""`` if unclear.

    The line runs on NumPy arrays and on torch tensors.

    Parameters
    ----------
    array
        Boolean, of zeros and ones, or what a network gives for each channel.
    name
        Of the argument, as it stands in the line.
    """
    expression, inner, more = _one_of_batch(array, name)
    axis = _one_hot_axis(inner)
    if axis is not None:
        # torch has no argmax of booleans
        numbers = f"(1 * {expression})" if array.dtype == np.bool_ else expression
        line = f"{numbers}.argmax({axis})"
        channels = "background, 1, 2, ... in this order"
    elif (order := _nesting(inner)) is not None:
        wt, tc, et = (f"({expression}[{channel}] > 0)" for channel in order)
        line = f"2 * {wt} - 1 * {tc} + 2 * {et}"
        channels = "WT, TC and ET, the larger around the smaller"
    elif _are_apart(inner):
        terms = (f"{i + 1} * ({expression}[{i}] > 0)" for i in range(len(inner)))
        line = " + ".join(terms)
        channels = "the labels 1, 2, ... in this order"
    else:
        return "" if expression == name else f"{name} = {expression}{more}"
    return f"{name} = {line}, if its channels are {channels}{more}"


def _one_of_batch(
    array: npt.NDArray[Any], name: str
) -> tuple[str, npt.NDArray[Any], str]:
    """Return the first of a batch, or what an axis of length one wraps."""
    if array.ndim > 2 and array.shape[-1] == 1:
        return f"{name}[..., 0]", array[..., 0], ""
    is_batch = array.ndim == 5 or (
        array.ndim == 4 and (len(array) == 1 or _one_hot_axis(array[0]) == 0)
    )
    if not is_batch or _one_hot_axis(array) is not None:
        return name, array, ""
    more = f", and so on for each of {len(array)}" if len(array) > 1 else ""
    return f"{name}[0]", array[0], more


def _is_binary(array: npt.NDArray[Any]) -> bool:
    if array.dtype.kind == "b":
        return True
    if array.min() != 0 or array.max() != 1:
        return False
    return array.dtype.kind != "f" or bool(np.isin(array, (0, 1)).all())


def _one_hot_axis(array: npt.NDArray[Any]) -> int | None:
    """Return the axis along which the values of every pixel add up to one."""
    if array.ndim not in (3, 4) or array.size == 0:
        return None
    for axis in (0, -1):
        if 2 <= array.shape[axis] <= _MOST_CHANNELS:
            sums = array.sum(axis=axis, dtype=np.float32)
            if np.allclose(sums, 1, atol=1e-3) or _are_scores(array):
                return axis
    return None


def _are_scores(array: npt.NDArray[Any]) -> bool:
    """Return whether values are what a network gives, and no labels."""
    return array.dtype.kind == "f" and bool(
        np.abs(array - np.rint(array)).max(initial=0) > LABEL_TOLERANCE
    )


def _are_apart(array: npt.NDArray[Any]) -> bool:
    """Return whether channels of zeros and ones along the first axis never meet."""
    if array.ndim not in (3, 4) or not 2 <= len(array) <= _MOST_CHANNELS:
        return False
    return _is_binary(array) and int(array.sum(axis=0, dtype=np.int64).max()) == 1


def _nesting(array: npt.NDArray[Any]) -> tuple[int, ...] | None:
    """Return the channels by size, if each contains the next smaller one."""
    if array.ndim not in (3, 4) or array.shape[0] != _REGIONS or not array.any():
        return None
    if not _is_binary(array):
        return None
    channels = array.astype(np.bool_)
    sizes = [int(channel.sum()) for channel in channels]
    order = sorted(range(_REGIONS), key=lambda channel: -sizes[channel])
    nested = not any(
        (channels[inner] & ~channels[outer]).any() for outer, inner in pairwise(order)
    )
    return tuple(order) if nested else None
