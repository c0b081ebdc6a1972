"""HDF5 from elsewhere: what may be opened, and which datasets may be read.

An HDF5 file can name other files as the source of its data: by external links, virtual
datasets and external storage. Whoever reads such a file hands its owner's files on. It
can also declare more than any memory holds. So nothing is read before its link, its
storage and its sizes have been looked at.
"""

import math
import os
import stat
from pathlib import Path
from typing import Final

import deflate
import h5py
import numpy as np
import numpy.typing as npt

from bratsfuse.errors import ReleaseError

CHUNK_BYTES: Final = 32 << 20
"""The largest chunk, unpacked."""
SMALL_BYTES: Final = 256 << 20
"""The largest column with one value, vector or text per row."""
TEXT_BYTES: Final = 4096
BROKEN: Final = (
    OSError,
    RuntimeError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    deflate.DeflateError,
)
"""What reading a broken HDF5 file has been seen to raise."""
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)
"""Windows has neither this nor the FIFOs that it is for."""
_DEFLATE: Final = frozenset({h5py.h5z.FILTER_DEFLATE})
_RATIO: Final = 1100
"""Deflate makes at most 1032 bytes of one."""
_VLEN: Final = np.dtype([("length", "<u4"), ("heap", "V12")])
"""How HDF5 stores one text of any length: its length, and where it is."""


def open_regular(path: Path) -> h5py.File:
    """Return an HDF5 file that is opened for reading.

    Raises
    ------
    OSError
        If there is no such file, or it is a FIFO, a device or another thing that a
        reader could wait for; if HDF5 cannot read it.
    """
    opened = os.open(path, os.O_RDONLY | _NO_WAIT)
    try:
        regular = stat.S_ISREG(os.fstat(opened).st_mode)
    finally:
        os.close(opened)
    if not regular:
        raise OSError(f"{path}: not a regular file")
    return h5py.File(path, "r")


def is_linked(file: h5py.File, name: str) -> bool:
    """Return whether there is something of this name, without following a link."""
    return bool(file.id.links.exists(name.encode()))


def link_flaw(file: h5py.File, name: str) -> str:
    """Return what a link of the root is if it must not be followed, else ""."""
    try:
        link = file.get(name, getlink=True)
    except (TypeError, KeyError, ValueError, RuntimeError):
        return "unknown link"  # of a type that HDF5 itself does not define
    if isinstance(link, h5py.HardLink):
        return ""
    return "external link" if isinstance(link, h5py.ExternalLink) else "soft link"


def storage_flaw(dataset: h5py.Dataset) -> str:
    """Return how a dataset's bytes come from other files, "" if they do not."""
    properties = dataset.id.get_create_plist()
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        return "virtual dataset"
    return "external storage" if properties.get_external_count() else ""


def filters_of(dataset: h5py.Dataset) -> list[int]:
    """Return the codes of the filters of a dataset, in their order."""
    properties = dataset.id.get_create_plist()
    return [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]


def sound_dataset(file: h5py.File, name: str) -> h5py.Dataset | None:
    """Return a column of a release or key that is safe to read, None if there is none.

    Every byte that it declares has been written into this very file: images one to a
    chunk, as they are or deflated, everything else in one piece.

    Raises
    ------
    ReleaseError
        If reading it would fetch other files, or take more memory than it is worth.
    """
    if "/" in name or not is_linked(file, name):
        return None
    if flaw := link_flaw(file, name):
        raise _refused(file, name, f"{flaw}, which is not followed")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        return None
    flaw = storage_flaw(dataset) or _type_flaw(dataset) or _size_flaw(file, dataset)
    if flaw:
        raise _refused(file, name, flaw)
    return dataset


def _refused(file: h5py.File, name: str, flaw: str) -> ReleaseError:
    text = f"column {name} is not read: {flaw}"
    return ReleaseError(
        f"{file.filename}: {text}; build the release again, or get it from elsewhere"
    )


def _type_flaw(dataset: h5py.Dataset) -> str:
    """Return what values are if they are neither numbers nor text."""
    stored = dataset.id.get_type()
    if stored.committed():
        return "a committed datatype"
    kind, size = stored.get_class(), stored.get_size()
    if kind == h5py.h5t.STRING and (stored.is_variable_str() or size <= TEXT_BYTES):
        return ""
    if kind in (h5py.h5t.INTEGER, h5py.h5t.FLOAT) and size <= 8:
        return ""
    return "values that are neither numbers nor short texts"


def _size_flaw(file: h5py.File, dataset: h5py.Dataset) -> str:
    """Return why a dataset is not as large as it declares, or too large to read."""
    declared = math.prod(dataset.shape) * dataset.id.get_type().get_size()
    if not declared:
        return ""
    within = file.id.get_filesize()
    if dataset.ndim < 3 and declared > SMALL_BYTES:
        return f"{dataset.shape}, {declared} bytes; expected at most {SMALL_BYTES}"
    if dataset.chunks is None:
        start = dataset.id.get_offset() or 0  # None too if it is in the header
        if start + dataset.id.get_storage_size() > within:
            return f"{dataset.shape} goes beyond the end of the file"
        if dataset.id.get_storage_size() < declared:
            return f"{dataset.shape}, and it was never written completely"
        return ""
    return _chunk_flaw(dataset, within)


def _chunk_flaw(dataset: h5py.Dataset, within: int) -> str:
    filters = filters_of(dataset)
    if not set(filters) <= _DEFLATE or len(filters) > 1:
        return f"filters {filters}; expected gzip alone"
    per_row = (1, *dataset.shape[1:])
    if filters and (dataset.chunks != per_row or len(per_row) != 3):
        return f"chunks {dataset.chunks}; expected one image in each, {per_row}"
    chunk = math.prod(dataset.chunks) * dataset.id.get_type().get_size()
    if chunk > CHUNK_BYTES:
        return f"chunks of {chunk} bytes; expected at most {CHUNK_BYTES}"
    grid = zip(dataset.shape, dataset.chunks, strict=True)
    chunks = math.prod(-(-length // step) for length, step in grid)
    if (written := dataset.id.get_num_chunks()) != chunks:
        return f"{written} of its {chunks} chunks were written"
    stored = dataset.id.get_storage_size()
    if stored > within or chunk * chunks > _RATIO * stored:
        return f"{chunk * chunks} bytes, stored in {stored} of a file of {within}"
    return ""


def required(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a column as `sound_dataset` does; one that is not there is an error."""
    dataset = sound_dataset(file, name)
    if dataset is None:
        raise ReleaseError(f"{file.filename}: no column {name!r}; build it again")
    return dataset


def texts(file: h5py.File, dataset: h5py.Dataset) -> list[str]:
    """Return a column of texts; how long they are is looked at before they are read.

    Raises
    ------
    ValueError
        If a text has more than `TEXT_BYTES` bytes, or is not UTF-8.
    """
    lengths = _stored_lengths(file, dataset)
    if lengths is None:  # one by one, so that long ones never are together
        return [_short(dataset[row]).decode() for row in range(len(dataset))]
    if lengths.size and lengths.max() > TEXT_BYTES:
        raise ValueError(f"a text of {lengths.max()} bytes; expected {TEXT_BYTES}")
    return [value.decode() for value in dataset[()]]


def _short(text: bytes) -> bytes:
    if len(text) > TEXT_BYTES:
        raise ValueError(f"a text of {len(text)} bytes; expected {TEXT_BYTES}")
    return text


def _stored_lengths(
    file: h5py.File, dataset: h5py.Dataset
) -> npt.NDArray[np.uint32] | None:
    """Return the lengths of texts where they are known without reading them."""
    rows, start = len(dataset), dataset.id.get_offset()
    if not dataset.id.get_type().is_variable_str():
        return np.zeros(0, np.uint32)  # their size is part of the type
    size = dataset.id.get_storage_size()
    if start is None or file.userblock_size or size != rows * _VLEN.itemsize:
        return None
    found = np.fromfile(file.filename, _VLEN, rows, offset=start)["length"]
    return found if len(found) == rows else None


def inflated(chunk: bytes, size: int) -> bytes | bytearray:
    """Return what a deflated chunk becomes, in half of the time of HDF5's own zlib.

    Raises
    ------
    ValueError
        If that is fewer than `size` bytes.
    deflate.DeflateError
        If it is more, of which none beyond `size` is unpacked, or no deflated stream.
    """
    content = deflate.zlib_decompress(chunk, size)
    if len(content) != size:
        raise ValueError(f"does not inflate to {size} bytes; found {len(content)}")
    return content
