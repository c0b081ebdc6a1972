"""Maps of a large image in a temporary file, written and read by rows."""

import math
import tempfile
from typing import Self

import numpy as np

from bratsfuse.errors import ScoringError
from bratsfuse.metrics.of_fusion._scene import Float


class Shelf:
    """Some maps of one shape that are not in memory.

    The file is in the folder that ``tempfile`` chooses and goes when it is closed.
    A mapped file would do as well, but its pages count as memory of the process.

    Parameters
    ----------
    count
        How many maps.
    shape
        Of each: height and width.
    """

    def __init__(self, count: int, shape: tuple[int, int]) -> None:
        self.count, self.shape = count, shape
        self.file = tempfile.TemporaryFile(prefix="bratsfuse-", buffering=0)  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, number: int, start: int, rows: Float) -> None:
        """Write rows of a map, the first of which is row ``start``.

        Raises
        ------
        ScoringError
            If the disk is full.
        """
        self._seek(number, start)
        left = np.ascontiguousarray(rows).data.cast("B")
        try:
            while left:
                left = left[self.file.write(left) :]
        except OSError as error:
            size = self.count * math.prod(self.shape) * rows.itemsize
            raise ScoringError(
                f"{tempfile.gettempdir()}: found no room for {size / 1e9:.1f} GB of "
                f"maps of an image of {self.shape[0]} x {self.shape[1]} pixels "
                f"({error.strerror}); free some, or set TMPDIR to another folder"
            ) from error

    def read(self, number: int, rows: slice) -> Float:
        """Return rows of a map, shape (N, W)."""
        self._seek(number, rows.start)
        found = np.empty((rows.stop - rows.start, self.shape[1]))
        left = found.data.cast("B")
        while left:
            left = left[self.file.readinto(left) :]
        return found

    def _seek(self, number: int, row: int) -> None:
        height, width = self.shape
        self.file.seek((number * height + row) * width * np.float64().itemsize)
