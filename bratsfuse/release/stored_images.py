"""Images of a column as the file contains them, read past HDF5.

To look an image up, HDF5 takes as long as inflating it does, and lets no second thread
look up or read at the same time. So all places are asked for once.
"""

import math
import os
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import h5py
import numpy as np
import numpy.typing as npt

from bratsfuse.release.hdf5 import inflated

_SPARE: Final = 1024
"""Bytes, with twice the image: more than encoders make of what cannot be deflated."""


class _Chunk(Protocol):
    """What HDF5 says of a chunk."""

    chunk_offset: tuple[int, ...]
    filter_mask: int
    byte_offset: int
    size: int


@dataclass(frozen=True, slots=True)
class StoredImages:
    """A column of images, each one deflated chunk.

    Attributes
    ----------
    shape, dtype
        Of every image.
    places
        Where the chunk of each row begins in the file, and how many bytes it has; None
        for a row that was not deflated or not written, which HDF5 reads.
    """

    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"
    places: tuple[tuple[int, int] | None, ...]
    _dataset: h5py.Dataset
    _descriptor: int

    @classmethod
    def of(cls, file: h5py.File, dataset: h5py.Dataset) -> Self | None:
        """Return where the images of a column are, None if HDF5 has to read them.

        Parameters
        ----------
        file
            As opened; it has to stay open.
        dataset
            A sound one: see `sound_dataset`.
        """
        shape, found = dataset.shape[1:], dataset.id.get_create_plist()
        if (
            len(shape) != 2
            or dataset.chunks != (1, *shape)
            or found.get_nfilters() != 1
            or found.get_filter(0)[0] != h5py.h5z.FILTER_DEFLATE
            or file.driver != "sec2"
            or file.userblock_size
            or not hasattr(os, "pread")
        ):
            return None
        return cls(
            shape=shape,
            dtype=dataset.dtype,
            places=_places(dataset),
            _dataset=dataset,
            _descriptor=file.id.get_vfd_handle(),
        )

    def read(self, row: int) -> npt.NDArray[Any]:
        """Return the image of a row.

        Raises
        ------
        ValueError, OSError, OverflowError, deflate.DeflateError
            If the stored bytes are broken, or more than an image can need.
        """
        place = self.places[row]
        if place is None:
            return np.asarray(self._dataset[row])
        start, stored = place
        size = math.prod(self.shape) * self.dtype.itemsize
        if stored > 2 * size + _SPARE:
            raise ValueError(f"stored in {stored} bytes")
        content = inflated(os.pread(self._descriptor, stored, start), size)
        return np.frombuffer(content, self.dtype).reshape(self.shape)


def _places(dataset: h5py.Dataset) -> tuple[tuple[int, int] | None, ...]:
    places: list[tuple[int, int] | None] = [None] * len(dataset)

    def note(chunk: _Chunk) -> None:
        if not chunk.filter_mask:  # else the filter was skipped for this chunk
            places[chunk.chunk_offset[0]] = chunk.byte_offset, chunk.size

    dataset.id.chunk_iter(note)
    return tuple(places)
