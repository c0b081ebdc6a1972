"""Threads that read the samples of a batch: inflating does not hold Python's lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch

Place = TypeVar("Place")


class ReadingThreads:
    """As many threads as torch has; started on first use, by every process anew."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._owner = -1

    def run(
        self,
        read: Callable[[int, Place], None],
        rows: Sequence[int],
        places: Sequence[Place],
    ) -> None:
        """Read each row into its place.

        Every thread is given its share in one piece: to hand over a single image and
        to wake who waits for it takes as long as reading it.
        """
        threads = torch.get_num_threads()  # one in the workers of a DataLoader
        asked = list(zip(rows, places, strict=True))
        if threads == 1 or len(asked) <= 1:
            _read_all(read, asked)
            return
        if self._pool is None or self._owner != os.getpid():
            self._pool, self._owner = ThreadPoolExecutor(threads - 1), os.getpid()
        share = -(-len(asked) // threads)
        parts = [asked[i : i + share] for i in range(share, len(asked), share)]
        others = [self._pool.submit(_read_all, read, part) for part in parts]
        _read_all(read, asked[:share])
        for other in others:
            other.result()

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels to another process, which has threads of its own."""
        return {"_pool": None, "_owner": -1}


def _read_all(
    read: Callable[[int, Place], None], asked: Sequence[tuple[int, Place]]
) -> None:
    for row, place in asked:
        read(row, place)
