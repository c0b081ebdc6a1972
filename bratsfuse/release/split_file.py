"""A split of a release, open for reading: columns, pixels, rows."""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import h5py
import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Modality
from bratsfuse.errors import ReleaseError, WorkerDiedError
from bratsfuse.release.column import Column
from bratsfuse.release.hdf5 import BROKEN, open_regular, sound_dataset, texts
from bratsfuse.release.store import FORMAT
from bratsfuse.release.stored_images import StoredImages
from bratsfuse.release.trial import try_reading
from bratsfuse.wording import check_names

NAMES: Final = ("case_id", "patient_id")
"""Columns whose texts become names of files."""


class SplitFile:
    """A split of a release, open for reading.

    The file is opened on first use and again in every process that inherits or
    unpickles the object, so that it works with forked and spawned workers.

    Parameters
    ----------
    path
        The HDF5 file of the split.

    Raises
    ------
    ReleaseError
        On first use, if the file is missing, broken or unfinished.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: h5py.File | None = None
        self._datasets: dict[str, h5py.Dataset] = {}
        self._images: dict[str, StoredImages | None] = {}
        self._owner = -1
        self._opening = threading.RLock()  # several threads may read a batch

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy in another process needs: HDF5 handles do not travel."""
        return {"path": self.path}

    def __setstate__(self, state: Mapping[str, Path]) -> None:
        """Restore a closed file that opens on first use."""
        self.__init__(state["path"])  # type: ignore[misc]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._file is not None and self._owner == os.getpid():
            self._file.close()
        self._file = None
        self._datasets = {}
        self._images = {}

    @property
    def attributes(self) -> dict[str, object]:
        """Return the file's attributes, JSON decoded where it is JSON."""
        with self._reading("its attributes"):
            return {n: _decoded(value) for n, value in self._open().attrs.items()}

    @property
    def names(self) -> list[str]:
        """Return the names of the columns that are stored."""
        with self._reading("its list of columns"):
            return sorted(self._open())

    def __len__(self) -> int:
        return self.length("slice_index")

    def length(self, name: str) -> int:
        """Return the number of rows of a column."""
        return len(self._dataset(name))

    def form(self, name: str) -> tuple[str, tuple[int, ...]] | None:
        """Return the dtype (``str`` for text) and shape of a column; None if none."""
        with self._reading(f"column {name}"):
            dataset = sound_dataset(self._open(), name)
            if dataset is None:
                return None
            text = h5py.check_string_dtype(dataset.dtype)
            dtype = "str" if text and text.length is None else dataset.dtype.name
            return dtype, dataset.shape

    def is_pixels(self, name: str) -> bool:
        """Return whether a column contains one image per row."""
        return bool(self._dataset(name).ndim == 3)

    def is_text(self, name: str) -> bool:
        """Return whether a column contains one text per row."""
        return h5py.check_string_dtype(self._dataset(name).dtype) is not None

    def texts(self, name: str) -> list[str]:
        """Return a complete text column; ids and patients in it are names indeed."""
        with self._reading(f"column {name}"):
            values = texts(self._open(), self._dataset(name))
            if name in NAMES:
                check_names(name, dict.fromkeys(values))
            return values

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return a complete numeric column, row by row where it contains pixels."""
        dataset = self._dataset(name)
        if dataset.ndim < 3:
            with self._reading(f"column {name}"):
                return np.asarray(dataset[()])
        array = np.empty(dataset.shape, dataset.dtype)
        for row in range(len(dataset)):
            array[row] = self.pixels(name, row)
        return array

    def pixels(self, name: str, row: int) -> npt.NDArray[Any]:
        """Return one row of a pixel column.

        One that is exactly one gzip-compressed chunk is read past HDF5 and inflated by
        libdeflate, in half the time; HDF5 reads any other.

        Raises
        ------
        ReleaseError
            If the stored bytes are broken.
        """
        dataset = self._dataset(name)
        images = self._images[name]
        try:
            return images.read(row) if images else np.asarray(dataset[row])
        except BROKEN as problem:
            raise self._broken(f"row {row} of column {name}", problem) from problem

    def shown(self, row: int) -> npt.NDArray[np.bool_]:
        """Return where any modality of a row is not 0, bool (H, W).

        Raises
        ------
        ReleaseError
            If the stored bytes are broken.
        """
        images = [self.pixels(modality, row) for modality in Modality]
        return np.asarray(np.any(images, axis=0))

    def _dataset(self, name: str) -> h5py.Dataset:
        if name in self._datasets and self._owner == os.getpid():
            return self._datasets[name]
        with self._opening, self._reading(f"column {name}"):
            file = self._open()
            dataset = sound_dataset(file, name)
            if dataset is None:
                raise ReleaseError(
                    f"{self.path}: no column {name!r}; it has {', '.join(self.names)}"
                )
            self._images[name] = StoredImages.of(file, dataset)
            self._datasets[name] = dataset
        return self._datasets[name]

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Turn what a broken file makes HDF5 raise into one line."""
        try:
            yield
        except BROKEN as problem:
            if isinstance(problem, (ReleaseError, WorkerDiedError)):
                raise
            raise self._broken(what, problem) from problem

    def _broken(self, what: str, problem: Exception) -> ReleaseError:
        reason = " ".join(str(problem).split())
        return ReleaseError(
            f"{self.path}: {what} cannot be read ({reason}); "
            "run bratsfuse verify, then build or copy the release again"
        )

    def _open(self) -> h5py.File:
        if self._file is None or self._owner != os.getpid():
            self._datasets, self._images = {}, {}
            self._file, self._owner = _opened(self.path), os.getpid()
        return self._file


def _opened(path: Path) -> h5py.File:
    try:
        try_reading(path)
        file = open_regular(path)
    except WorkerDiedError:
        raise
    except (OSError, RuntimeError) as problem:
        reason = "there is no such file" if not path.exists() else "HDF5 cannot read it"
        raise ReleaseError(
            f"{path}: {reason}; expected a split of a bratsfuse release"
        ) from problem
    try:
        whole = file.attrs.get("format") == FORMAT and bool(file.attrs.get("complete"))
    except BROKEN:
        whole = False
    if not whole:
        file.close()
        raise ReleaseError(
            f"{path}: not a finished split of a bratsfuse release; build it again"
        )
    return file


def _decoded(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def rows_of(
    split: SplitFile, columns: Sequence[Column], places: Iterable[int] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield rows of a split as column name -> value, one at a time.

    Parameters
    ----------
    split
        The open split.
    columns
        The columns to read: pixels as (H, W), vectors as (4,), scalars, texts.
    places
        The rows to read; None for all.

    Raises
    ------
    ReleaseError
        If a column is missing or its bytes are broken.
    """
    small = {
        column.name: split.texts(column.name)
        if column.kind == "text"
        else split.array(column.name)
        for column in columns
        if not column.pixels
    }
    for row in range(len(split)) if places is None else places:
        yield {
            column.name: split.pixels(column.name, row)
            if column.pixels
            else small[column.name][row]
            for column in columns
        }
