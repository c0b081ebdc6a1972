"""Threads that read the samples of a batch: inflating does not hold Python's lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch

Place = TypeVar("Place")
Result = TypeVar("Result")


class ReadingThreads:
    """As many threads as torch has; started on first use, by every process anew."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._owner = -1

    def map(
        self,
        read: Callable[[int, Place], Result],
        rows: Sequence[int],
        places: Sequence[Place],
    ) -> list[Result]:
        """Return what is read of each row, each into its place, in their order."""
        threads = torch.get_num_threads()  # one in the workers of a DataLoader
        if threads == 1 or len(rows) == 1:
            return list(map(read, rows, places))
        if self._pool is None or self._owner != os.getpid():
            self._pool, self._owner = ThreadPoolExecutor(threads), os.getpid()
        return list(self._pool.map(read, rows, places))

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels to another process, which has threads of its own."""
        return {"_pool": None, "_owner": -1}
