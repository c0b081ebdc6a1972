"""The images of a torch dataset, from memory or from disk.

A batch is read into one buffer per group of columns, several images at a time, since
inflating does not hold Python's lock. Its samples are views of the buffer.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

import numpy as np
import torch

from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.wording import storage

AUTO_MEMORY_BYTES: Final = 2 * 1024**3
"""``in_memory="auto"`` loads what takes at most this much."""

_WHITE: Final = np.float32(255)

_WORTH_A_THREAD: Final = 4
"""Fewer images are read before another thread has begun."""

Names = tuple[str, ...]


class Batch:
    """The images of some rows, one buffer per group of columns.

    Parameters
    ----------
    buffers
        Group -> uint8 (rows, columns, H, W).
    """

    def __init__(self, buffers: dict[Names, torch.Tensor]) -> None:
        self._buffers = buffers
        self._scaled: dict[Names, torch.Tensor] = {}
        self._wide: dict[Names, torch.Tensor] = {}

    def scaled(self, names: Names, place: int) -> torch.Tensor:
        """Return float32 (columns, H, W) in [0, 1] of the row at a place."""
        if names not in self._scaled:
            self._scaled[names] = self._buffers[names] / 255
        return self._scaled[names][place]

    def labels(self, name: str, place: int) -> torch.Tensor:
        """Return int64 (H, W) of the row at a place."""
        if (name,) not in self._wide:
            self._wide[(name,)] = self._buffers[(name,)][:, 0].to(torch.int64)
        return self._wide[(name,)][place]

    def stored(self, name: str, place: int) -> torch.Tensor:
        """Return uint8 (H, W) of the row at a place."""
        return self._buffers[(name,)][place, 0]


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
        self._groups = tuple(groups)
        self._shape = image_shape
        self._pool: ThreadPoolExecutor | None = None
        self._pool_of = -1
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

    def batch(self, rows: Sequence[int]) -> Batch:
        """Return the images of some rows, each read as often as it is asked for."""
        if self._memory is not None:
            chosen = torch.tensor(rows)
            return Batch(
                {
                    n: images.index_select(0, chosen)
                    for n, images in self._memory.items()
                }
            )
        buffers = {
            names: np.empty((len(rows), len(names), *self._shape), dtype=np.uint8)
            for names in self._groups
        }
        tasks = [
            (buffers[names][place, column], name, row)
            for names in self._groups
            for column, name in enumerate(names)
            for place, row in enumerate(rows)
        ]
        threads = torch.get_num_threads()  # one in the workers of a DataLoader
        if threads == 1 or len(tasks) < _WORTH_A_THREAD * threads:
            for task in tasks:
                self._read(*task)
        else:
            shares = [tasks[start::threads] for start in range(threads)]
            for _ in self._threads(threads).map(self._read_all, shares):
                pass  # raises what reading raised
        return Batch({n: torch.from_numpy(one) for n, one in buffers.items()})

    def _read_all(self, tasks: Sequence[tuple[Any, str, int]]) -> None:
        for task in tasks:
            self._read(*task)

    def _read(self, target: Any, name: str, row: int) -> None:  # noqa: ANN401
        target[...] = self._rows.pixels(name, row)

    def _threads(self, count: int) -> ThreadPoolExecutor:
        """Return the threads of this process: those of its parent are not here."""
        if self._pool is None or self._pool_of != os.getpid():
            self._pool, self._pool_of = ThreadPoolExecutor(count), os.getpid()
        return self._pool

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels to another process, which has threads of its own."""
        return {**self.__dict__, "_pool": None}

    def _load(self, names: Names) -> torch.Tensor:
        """Return uint8 (rows, columns, H, W), filled row by row."""
        loaded = np.empty((len(self._rows), len(names), *self._shape), dtype=np.uint8)
        for place, name in enumerate(names):
            for row in range(len(self._rows)):
                self._read(loaded[row, place], name, row)
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
