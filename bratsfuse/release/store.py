"""Columnar HDF5: the only module that knows it.

A split is one file with root-level datasets of equal length, the form that
``datasets.load_dataset`` reads by itself. Pixels are gzip-compressed in chunks of one
row, so that a random row costs one inflate per column.
"""

import json
import math
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

import h5py
import numpy as np
import numpy.typing as npt
from zlib_ng import zlib_ng

from bratsfuse.errors import ReleaseError
from bratsfuse.release.columns import Column

FORMAT: Final = "bratsfuse"
FORMAT_VERSION: Final = 1
GZIP_LEVEL: Final = 4

WRITTEN_LAST: Final = ("format", "format_version", "complete")
"""The attributes that every split file has, which tell that it is finished."""

_BROKEN: Final = (
    OSError,
    RuntimeError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    cast("type[Exception]", zlib_ng.error),
)
"""What reading a broken HDF5 file has been seen to raise."""

Rows = Mapping[str, npt.NDArray[Any] | Sequence[str]]
"""Column name -> one value per row."""


def write_rows(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """Write rows into a new file, without attributes.

    Parameters
    ----------
    path
        Appears under this name only when it is whole.
    columns
        The table of columns, in storage order.
    rows
        Column name -> array with one row per slice set, or a list of texts.

    Raises
    ------
    OSError
        If the file cannot be written, for example because the disk is full.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    with _writing(temporary) as file:
        for column in columns:
            values = rows[column.name]
            dataset = _create(file, column, np.shape(values))
            for row, value in enumerate(values):
                _put(dataset, row, value)
    temporary.replace(path)


def _put(dataset: h5py.Dataset, row: int, value: object) -> None:
    if dataset.ndim == 3:
        dataset.id.write_direct_chunk((row, 0, 0), _deflated(np.asarray(value)))
    else:
        dataset[row] = value


def stream_rows(
    path: Path,
    columns: Sequence[Column],
    shape: tuple[int, int, int],
    rows: Iterable[Mapping[str, Any]],
) -> None:
    """Write rows into a new file as they come, never more than one in memory.

    Parameters
    ----------
    path
        The new file, whole once this returns.
    columns
        The table of columns, in storage order.
    shape
        The number of rows, and rows and columns of every image.
    rows
        Column name -> one value; as many as `shape` says.

    Raises
    ------
    OSError
        If the file cannot be written, for example because the disk is full.
    """
    length, *image_shape = shape
    with _writing(path) as file:
        datasets = [
            _create(file, column, _full_shape(column, length, tuple(image_shape)))
            for column in columns
        ]
        for row, values in enumerate(rows):
            for column, dataset in zip(columns, datasets, strict=True):
                _put(dataset, row, values[column.name])


def _deflated(image: npt.NDArray[Any]) -> bytes:
    """Return the bytes that HDF5's gzip filter would store, found by runs alone.

    Noise leaves nothing else to find: against the filter's own search the files grow
    by 1 %, and are written twice and read a fifth faster.
    """
    runs = zlib.compressobj(
        GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE
    )
    return runs.compress(np.ascontiguousarray(image).data) + runs.flush()


def merge(
    parts: Sequence[Path],
    path: Path,
    columns: Sequence[Column],
    attributes: Mapping[str, object],
) -> None:
    """Write one split file out of part files, in their order.

    Compressed chunks are copied as they are. The attribute ``complete`` is written
    last, so that a file cut short is never taken for a finished one.

    Parameters
    ----------
    parts
        Files of `write_rows` with equal columns and image shapes, at least one.
    path
        The new file.
    columns
        The table of columns, in storage order.
    attributes
        Name -> text, number, or a JSON value, which is stored as text.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    """
    with _writing(path) as file:
        lengths = [_length(part) for part in parts]
        image_shape = _image_shape(parts[0], columns)
        targets = {
            column.name: _create(
                file, column, _full_shape(column, sum(lengths), image_shape)
            )
            for column in columns
        }
        start = 0
        for part, length in zip(parts, lengths, strict=True):
            with h5py.File(part, "r") as source:
                for column in columns:
                    _copy(column, source[column.name], targets[column.name], start)
            start += length
        _finish(file, attributes)


def widen(
    old: Path,
    path: Path,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, npt.NDArray[Any] | str]],
    attributes: Callable[[], Mapping[str, object]],
) -> None:
    """Write a split file out of another one, with columns added or replaced.

    Parameters
    ----------
    old
        The split file to copy from; compressed chunks are copied as they are.
    path
        The new file.
    columns
        The table of columns, in storage order.
    rows
        One mapping per row, of the names of the new columns, all equal, to their
        values; at least one row. Every other column of the table is copied.
    attributes
        Called when all rows are written; returns what `merge` takes.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    """
    with _writing(path) as file, h5py.File(old, "r") as source:
        rows = iter(rows)
        first = next(rows)
        length = _length(old)
        kept = [column for column in columns if column.name not in first]
        image_shape = _image_shape(old, kept)
        targets = {
            column.name: _create(file, column, _full_shape(column, length, image_shape))
            for column in columns
        }
        for column in kept:
            _copy(column, source[column.name], targets[column.name], 0)
        for row, values in enumerate(chain([first], rows)):
            for name, value in values.items():
                _put(targets[name], row, value)
        _finish(file, attributes())


def _finish(file: h5py.File, attributes: Mapping[str, object]) -> None:
    for name, value in attributes.items():
        text = value if isinstance(value, str | int) else json.dumps(value)
        file.attrs[name] = text
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = FORMAT_VERSION
    file.flush()
    file.attrs["complete"] = True


class _writing:  # noqa: N801  (reads as a verb where it is used)
    """A new HDF5 file, closed in any case; a failing close raises OSError."""

    def __init__(self, path: Path) -> None:
        # The default (earliest) format is the one that holds no time stamps.
        self._file = h5py.File(path, "w")

    def __enter__(self) -> h5py.File:
        return self._file

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
        except RuntimeError as problem:
            if kind is None:
                raise OSError(str(problem)) from problem


def _create(file: h5py.File, column: Column, shape: tuple[int, ...]) -> h5py.Dataset:
    if column.kind == "text":
        return file.create_dataset(column.name, shape[:1], dtype=h5py.string_dtype())
    if column.kind == "pixels":
        return file.create_dataset(
            column.name,
            shape,
            dtype=column.dtype,
            chunks=(1, *shape[1:]),
            compression="gzip",
            compression_opts=GZIP_LEVEL,
        )
    return file.create_dataset(column.name, shape, dtype=column.dtype)


def _copy(
    column: Column, source: h5py.Dataset, target: h5py.Dataset, start: int
) -> None:
    if column.kind != "pixels":
        target[start : start + len(source)] = source[()]
        return
    for row in range(len(source)):
        mask, chunk = source.id.read_direct_chunk((row, 0, 0))
        target.id.write_direct_chunk((start + row, 0, 0), chunk, mask)


def _length(part: Path) -> int:
    with h5py.File(part, "r") as file:
        return len(file["slice_index"])


def _image_shape(part: Path, columns: Sequence[Column]) -> tuple[int, ...]:
    name = next(column.name for column in columns if column.kind == "pixels")
    with h5py.File(part, "r") as file:
        shape: tuple[int, ...] = file[name].shape[1:]
    return shape


def _full_shape(
    column: Column, length: int, image_shape: tuple[int, ...]
) -> tuple[int, ...]:
    if column.kind == "pixels":
        return (length, *image_shape)
    return (length, 4) if column.kind == "vector" else (length,)


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
        self._rows: dict[str, _RowForm | None] = {}
        self._owner = -1

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
        self._rows = {}

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
            dataset = self._open().get(name)
            if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
                return None
            text = h5py.check_string_dtype(dataset.dtype)
            dtype = "str" if text and text.length is None else dataset.dtype.name
            return dtype, dataset.shape

    def is_pixels(self, name: str) -> bool:
        """Return whether a column holds one image per row."""
        return bool(self._dataset(name).ndim == 3)

    def texts(self, name: str) -> list[str]:
        """Return a text column in whole."""
        with self._reading(f"column {name}"):
            return [value.decode() for value in self._dataset(name)[()]]

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return a numeric column in whole, row by row where it holds pixels."""
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

        A chunk that is exactly one gzip-compressed row is inflated by zlib-ng, in
        less than half the time of HDF5's zlib; HDF5 reads any other.

        Raises
        ------
        ReleaseError
            If the stored bytes are broken.
        """
        dataset = self._dataset(name)
        form = self._rows[name]
        try:
            if form is None:
                return np.asarray(dataset[row])
            mask, chunk = dataset.id.read_direct_chunk((row, 0, 0))
            if mask:  # the filter was skipped for this chunk
                return np.asarray(dataset[row])
            content = zlib_ng.decompress(chunk, bufsize=form.size)
            return np.frombuffer(content, form.dtype).reshape(form.shape)
        except _BROKEN as problem:
            raise self._broken(f"row {row} of column {name}", problem) from problem

    def _dataset(self, name: str) -> h5py.Dataset:
        if name in self._datasets and self._owner == os.getpid():
            return self._datasets[name]
        file = self._open()
        with self._reading(f"column {name}"):
            if name not in file:
                raise ReleaseError(
                    f"{self.path}: no column {name!r}; it has {', '.join(self.names)}"
                )
            self._datasets[name] = file[name]
            self._rows[name] = _row_form(file[name])
        return self._datasets[name]

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Turn what a broken file makes HDF5 raise into one line."""
        try:
            yield
        except _BROKEN as problem:
            if isinstance(problem, ReleaseError):
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
            self._datasets, self._rows = {}, {}
            self._file, self._owner = _opened(self.path), os.getpid()
        return self._file


def _opened(path: Path) -> h5py.File:
    try:
        file = h5py.File(path, "r")
    except (OSError, RuntimeError) as problem:
        reason = "there is no such file" if not path.exists() else "HDF5 cannot read it"
        raise ReleaseError(
            f"{path}: {reason}; expected a split of a bratsfuse release"
        ) from problem
    try:
        whole = file.attrs.get("format") == FORMAT and bool(file.attrs.get("complete"))
    except _BROKEN:
        whole = False
    if not whole:
        file.close()
        raise ReleaseError(
            f"{path}: not a finished split of a bratsfuse release; build it again"
        )
    return file


@dataclass(frozen=True, slots=True)
class _RowForm:
    """A row that is one deflated chunk: what its bytes become."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    size: int


def _row_form(dataset: h5py.Dataset) -> _RowForm | None:
    """Return the form of a pixel column's rows, None if HDF5 has to read them."""
    shape = dataset.shape[1:]
    properties = dataset.id.get_create_plist()
    if (
        len(shape) != 2
        or dataset.chunks != (1, *shape)
        or properties.get_nfilters() != 1
        or properties.get_filter(0)[0] != h5py.h5z.FILTER_DEFLATE
    ):
        return None
    return _RowForm(shape, dataset.dtype, math.prod(shape) * dataset.dtype.itemsize)


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
        if column.kind != "pixels"
    }
    for row in range(len(split)) if places is None else places:
        yield {
            column.name: split.pixels(column.name, row)
            if column.kind == "pixels"
            else small[column.name][row]
            for column in columns
        }


def read_texts(path: Path, name: str) -> list[str]:
    """Return a text column of a part file, one text per row.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with h5py.File(path, "r") as file:
        return [value.decode() for value in file[name][()]]
