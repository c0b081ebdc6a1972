"""Columnar HDF5: the only module that knows it.

A split is one file with root-level datasets of equal length, the form that
``datasets.load_dataset`` reads by itself. Pixels are gzip-compressed in chunks of one
row, so that a random row costs one inflate per column.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt

from bratsfuse.place import new_result
from bratsfuse.release.column import Column
from bratsfuse.release.hdf5 import open_regular, required, texts
from bratsfuse.release.manifest import RELEASE_FILE
from bratsfuse.release.new_hdf5 import new_hdf5

FORMAT: Final = "bratsfuse"
FORMAT_VERSION: Final = 1
GZIP_LEVEL: Final = 4

WRITTEN_LAST: Final = ("format", "format_version", "complete")
"""The attributes that every split file has, which say that it is finished."""

Rows = Mapping[str, npt.NDArray[Any] | Sequence[str]]
"""Column name -> one value per row."""


def write_rows(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """Write rows into a new file, without attributes.

    Parameters
    ----------
    path
        Appears under this name only when it is complete.
    columns
        The table of columns, in storage order.
    rows
        Column name -> array with one row per slice set, or a list of texts.

    Raises
    ------
    OSError
        If the file cannot be written, for example because the disk is full.
    """
    with (
        new_result(path, RELEASE_FILE, overwrite=True) as new,
        new_hdf5(new) as (file, check_disk),
    ):
        for column in columns:
            values = rows[column.name]
            dataset = _create(file, column, np.shape(values))
            for row, value in enumerate(values):
                _put(dataset, row, value)
            check_disk()


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
        The new file, complete once this returns.
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
    with new_hdf5(path) as (file, check_disk):
        datasets = [
            _create(file, column, (length, *column.shape(tuple(image_shape))))
            for column in columns
        ]
        for row, values in enumerate(rows):
            for column, dataset in zip(columns, datasets, strict=True):
                _put(dataset, row, values[column.name])
            check_disk()


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
    with new_hdf5(path) as (file, check_disk):
        lengths = [_length(part, columns) for part in parts]
        image_shape = _image_shape(parts[0], columns)
        targets = {
            column.name: _create(
                file, column, (sum(lengths), *column.shape(image_shape))
            )
            for column in columns
        }
        start = 0
        for part, length in zip(parts, lengths, strict=True):
            with open_regular(part) as source:
                for column in columns:
                    _copy(
                        column,
                        required(source, column.name),
                        targets[column.name],
                        start,
                    )
                    check_disk()
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
    with new_hdf5(path) as (file, check_disk), open_regular(old) as source:
        rows = iter(rows)
        first = next(rows)
        kept = [column for column in columns if column.name not in first]
        length = _length(old, kept)
        image_shape = _image_shape(old, kept)
        targets = {
            column.name: _create(file, column, (length, *column.shape(image_shape)))
            for column in columns
        }
        for column in kept:
            _copy(column, required(source, column.name), targets[column.name], 0)
            check_disk()
        for row, values in enumerate(chain([first], rows)):
            for name, value in values.items():
                _put(targets[name], row, value)
            check_disk()
        _finish(file, attributes())


def _finish(file: h5py.File, attributes: Mapping[str, object]) -> None:
    for name, value in attributes.items():
        text = value if isinstance(value, str | int) else json.dumps(value)
        file.attrs[name] = text
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = FORMAT_VERSION
    file.flush()
    file.attrs["complete"] = True


def _create(file: h5py.File, column: Column, shape: tuple[int, ...]) -> h5py.Dataset:
    if column.kind == "text":
        return file.create_dataset(column.name, shape[:1], dtype=h5py.string_dtype())
    if column.pixels:
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
    if not column.pixels:
        target[start : start + len(source)] = source[()]
        return
    for row in range(len(source)):
        mask, chunk = source.id.read_direct_chunk((row, 0, 0))
        target.id.write_direct_chunk((start + row, 0, 0), chunk, mask)


def _length(part: Path, columns: Sequence[Column]) -> int:
    with open_regular(part) as file:
        return len(required(file, columns[0].name))


def _image_shape(part: Path, columns: Sequence[Column]) -> tuple[int, ...]:
    name = next(column.name for column in columns if column.pixels)
    with open_regular(part) as file:
        shape: tuple[int, ...] = required(file, name).shape[1:]
    return shape


def read_texts(path: Path, name: str) -> list[str]:
    """Return a text column of a part file, one text per row.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with open_regular(path) as file:
        return texts(file, required(file, name))
