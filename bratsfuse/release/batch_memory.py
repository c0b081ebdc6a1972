"""The memory of a batch, in one piece.

A system hands out one large piece in a fraction of the time of many middling ones, and
its allocator keeps it for the next batch. An image that is filled for the first time
costs more in fetching pages than in scaling it.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Form = tuple[tuple[int, ...], "np.dtype[Any]"]
"""The shape and type of an array."""
Place = Mapping[str, npt.NDArray[Any]]
"""Entry of a sample -> where it is put."""

_LINE: Final = 64
"""Every array begins at a multiple of this, as vector instructions like it."""


def batch_memory(forms: Mapping[str, Form], count: int) -> list[Place]:
    """Return arrays for the samples of a batch; what they contain is undefined.

    Parameters
    ----------
    forms
        The arrays of a sample.
    count
        How many samples. As long as one is kept, the memory of all of them is.

    Examples
    --------
    >>> first, second = batch_memory({"mask": ((2, 3), np.dtype("int64"))}, 2)
    >>> first["mask"].shape, first["mask"].dtype.name
    ((2, 3), 'int64')
    """
    sizes = {
        name: -(-math.prod(shape) * dtype.itemsize // _LINE) * _LINE
        for name, (shape, dtype) in forms.items()
    }
    whole = np.empty(count * sum(sizes.values()) + _LINE, np.uint8)
    place = -whole.ctypes.data % _LINE
    samples: list[Place] = []
    for _ in range(count):
        arrays = {}
        for name, (shape, dtype) in forms.items():
            arrays[name] = np.ndarray(shape, dtype, whole, place)
            place += sizes[name]
        samples.append(arrays)
    return samples
