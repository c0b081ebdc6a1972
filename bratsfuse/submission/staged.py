"""Predictions that have been read: a plain file of images, in the release's order."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Staged:
    """The predictions of one track; travels to other processes by its path.

    Attributes
    ----------
    path
        uint8 pixels and nothing else, row after row; there while the submission is
        being read.
    shape
        Slice sets, rows, columns.
    present
        Which slice sets have a prediction; the others are all zero.
    """

    path: Path
    shape: tuple[int, int, int]
    present: npt.NDArray[np.bool_]

    @cached_property
    def _pixels(self) -> npt.NDArray[np.uint8]:
        return np.memmap(self.path, np.uint8, "r", shape=self.shape)

    def __getitem__(self, row: int) -> npt.NDArray[np.uint8]:
        return np.asarray(self._pixels[row])

    def __getstate__(self) -> dict[str, object]:
        """Return the state without the mapped file, which does not travel."""
        return {key: value for key, value in self.__dict__.items() if key != "_pixels"}
