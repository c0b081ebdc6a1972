"""The memory of a batch, in one piece, and used again once nobody has the batch.

A system hands out fresh memory page by page and fills it with zeros before: for the
samples of a batch that takes as long as inflating them.
"""

import math
import sys
import threading
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
_ROOMY: Final = 2
"""A sample alone must not hold on to the memory of a batch."""
_PIECES: Final = 2
"""A loop has one batch in its hands while it asks for the next."""


class BatchMemory:
    """Memory for samples; the last two pieces are kept.

    Parameters
    ----------
    forms
        The arrays of a sample.
    """

    def __init__(self, forms: Mapping[str, Form]) -> None:
        self._forms = forms
        self._sizes = {
            name: -(-math.prod(shape) * dtype.itemsize // _LINE) * _LINE
            for name, (shape, dtype) in forms.items()
        }
        self._kept: list[npt.NDArray[np.uint8]] = []
        self._choosing = threading.Lock()

    def places(self, count: int) -> list[Place]:
        """Return arrays for so many samples; what they contain is undefined.

        As long as one of them, or a view of one, is kept, the memory of all is theirs.

        Examples
        --------
        >>> memory = BatchMemory({"mask": ((2, 3), np.dtype("int64"))})
        >>> first, second = memory.places(2)
        >>> first["mask"].shape, first["mask"].dtype.name
        ((2, 3), 'int64')
        """
        needed = count * sum(self._sizes.values()) + _LINE
        with self._choosing:  # of two threads one would be given what the other has
            return self._cut(count, self._free(needed))

    def _free(self, needed: int) -> npt.NDArray[np.uint8]:
        """Return a piece that nobody has."""
        for number in range(len(self._kept)):
            fits = needed <= len(self._kept[number]) <= _ROOMY * needed
            if fits and _references(self._kept, number) <= _OURS:
                return self._kept[number]
        piece = np.empty(needed, np.uint8)
        self._kept = [piece, *self._kept[: _PIECES - 1]]
        return piece

    def _cut(self, count: int, piece: npt.NDArray[np.uint8]) -> list[Place]:
        place = -piece.ctypes.data % _LINE
        samples: list[Place] = []
        for _ in range(count):
            arrays = {}
            for name, (shape, dtype) in self._forms.items():
                arrays[name] = np.ndarray(shape, dtype, piece, place)
                place += self._sizes[name]
            samples.append(arrays)
        return samples

    def __getstate__(self) -> Mapping[str, Form]:
        """Return what travels to another process, which has memory of its own."""
        return self._forms

    def __setstate__(self, forms: Mapping[str, Form]) -> None:
        """Begin without memory."""
        self.__init__(forms)  # type: ignore[misc]


def _references(pieces: list[npt.NDArray[np.uint8]], number: int) -> int:
    """Return how often a piece is referred to, with what refers to it here."""
    return sys.getrefcount(pieces[number])


_OURS: Final = _references([np.empty(1, np.uint8)], 0)
"""Of a piece that nobody else has: versions of Python count differently."""
