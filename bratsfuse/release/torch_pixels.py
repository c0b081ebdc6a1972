"""The images of a torch dataset, from memory or from disk."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import torch

from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.wording import storage

AUTO_MEMORY_BYTES: Final = 2 * 1024**3
"""``in_memory="auto"`` loads what takes at most this much."""

_WHITE: Final = np.float32(255)

Names = tuple[str, ...]


class Pixels:
    """Groups of pixel columns, each a stack of images per row.

    Parameters
    ----------
    rows
        Where they are read.
    groups
        The columns that are asked for together.
    image_shape
        Of every image, (H, W).
    in_memory
        Whether to decompress everything now; ``"auto"`` if it takes at most
        `AUTO_MEMORY_BYTES`.
    """

    def __init__(
        self,
        rows: ChosenRows,
        groups: Sequence[Names],
        image_shape: tuple[int, int],
        in_memory: bool | Literal["auto"],
    ) -> None:
        self._rows = rows
        self._shape = image_shape
        self._memory: dict[Names, torch.Tensor] | None = None
        height, width = image_shape
        needed = len(rows) * sum(map(len, groups)) * height * width
        if in_memory is True or (in_memory == "auto" and needed <= AUTO_MEMORY_BYTES):
            self._memory = {names: self._load(names) for names in groups}
            rows.close()

    @property
    def in_memory(self) -> bool:
        """Return whether they are served from memory."""
        return self._memory is not None

    def __str__(self) -> str:
        if self._memory is None:
            return "read from disk"
        size = sum(images.nbytes for images in self._memory.values())
        return f"in memory {storage(size)}"

    def scaled(self, names: Names, row: int) -> torch.Tensor:
        """Return float32 (columns, H, W) in [0, 1]."""
        if self._memory is not None:
            return self._memory[names][row] / 255
        scaled = np.empty((len(names), *self._shape), dtype=np.float32)
        for plane, name in zip(scaled, names, strict=True):
            np.divide(self._rows.pixels(name, row), _WHITE, plane, dtype=np.float32)
        return torch.from_numpy(scaled)

    def labels(self, name: str, row: int) -> torch.Tensor:
        """Return int64 (H, W)."""
        if self._memory is not None:
            return self._memory[(name,)][row][0].to(torch.int64)
        return torch.from_numpy(self._rows.pixels(name, row).astype(np.int64))

    def stored(self, name: str, row: int) -> torch.Tensor:
        """Return uint8 (H, W); from memory a view, so never to be written to."""
        if self._memory is not None:
            return self._memory[(name,)][row][0]
        return torch.from_numpy(np.array(self._rows.pixels(name, row)))

    def _load(self, names: Names) -> torch.Tensor:
        """Return uint8 (rows, columns, H, W), filled row by row."""
        loaded = np.empty((len(self._rows), len(names), *self._shape), dtype=np.uint8)
        for place, name in enumerate(names):
            for row in range(len(self._rows)):
                loaded[row, place] = self._rows.pixels(name, row)
        return torch.from_numpy(loaded)


def small_column(rows: ChosenRows, name: str) -> list[Any] | None:
    """Return a column, one value or tensor per row; None if it contains images."""
    if rows.is_pixels(name):
        return None
    if rows.is_text(name):
        return rows.texts(name)
    values = rows.array(name)
    if values.ndim == 1:
        return list(values.tolist())
    return list(torch.from_numpy(np.asarray(values)))
