"""A new HDF5 file on a disk that may be full.

The library cannot bear a write that fails: it cannot close the file any more, and ends
the process some time later. So it writes through a file that takes everything, keeps
the first error of the system, and raises it where that does no harm.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py


class _Disk(io.FileIO):
    """A file whose writes never fail; `check` raises what should have."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self._failure: OSError | None = None
        self._path = path

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all of it, unless something could not be written before."""
        rest = memoryview(data)
        try:
            while len(rest) and self._failure is None:
                rest = rest[super().write(rest) :]
        except OSError as problem:
            self._keep(problem)
        return len(data)

    def truncate(self, size: int | None = None) -> int:
        """Set the size, if the disk has room for it."""
        try:
            return super().truncate(size)
        except OSError as problem:
            self._keep(problem)
            return self.tell() if size is None else size

    def _keep(self, problem: OSError) -> None:
        problem.filename = str(self._path)
        self._failure = self._failure or problem

    def check(self) -> None:
        """Raise the first error."""
        if self._failure is not None:
            raise self._failure


@contextmanager
def new_hdf5(path: Path) -> Iterator[tuple[h5py.File, Callable[[], None]]]:
    """Yield a new HDF5 file, and what raises an error of the disk so far, if any.

    Raises
    ------
    OSError
        If the file could not be written, at the latest when it is closed.
    """
    with _Disk(path) as disk:
        try:
            # The default (earliest) format is the one that holds no time stamps.
            with h5py.File(disk, "w") as file:
                yield file, disk.check
        finally:
            disk.check()
