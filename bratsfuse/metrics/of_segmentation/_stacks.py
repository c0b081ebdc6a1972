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

    Parameters
    ----------
    array
        Boolean or of zeros and ones, or probabilities.
    name
        Of the argument, as it stands in the line.
    """
    expression, inner = name, array
    if inner.ndim > 3 and inner.shape[0] == 1:
        expression, inner = f"{name}[0]", inner[0]
    elif inner.ndim > 2 and inner.shape[-1] == 1:
        expression, inner = f"{name}[..., 0]", inner[..., 0]
    axis = _one_hot_axis(inner)
    if axis is not None:
        return (
            f"{name} = {expression}.argmax({axis}).astype(numpy.uint8), if its "
            "channels are background, 1, 2, ... in this order"
        )
    order = _nesting(inner)
    if order is not None:
        wt, tc, et = (f"{expression}[{channel}] > 0" for channel in order)
        return (
            f"{name} = numpy.select([{et}, {tc}, {wt}], [3, 1, 2])"
            ".astype(numpy.uint8), if its channels are WT, TC and ET, the larger "
            "around the smaller"
        )
    return "" if expression == name else f"{name} = {expression}"


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
            if np.allclose(sums, 1, atol=1e-3):
                return axis
    return None


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
