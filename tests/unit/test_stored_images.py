"""Images that are read past HDF5 are those that HDF5 reads."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import deflate
import h5py
import numpy as np
import numpy.typing as npt
import pytest

from bratsfuse.release.stored_images import StoredImages

IMAGES = np.random.default_rng(0).integers(0, 9, (5, 6, 7), dtype=np.uint8)


@contextmanager
def column(
    path: Path, images: npt.NDArray[np.generic] = IMAGES, userblock: int = 0
) -> Iterator[tuple[h5py.File, h5py.Dataset]]:
    """Write images, a deflated chunk each, and open them for reading and writing."""
    with h5py.File(path, "w", userblock_size=userblock) as file:
        chunks = (1, *images.shape[1:])
        file.create_dataset("mask", data=images, chunks=chunks, compression="gzip")
    with h5py.File(path, "r+") as file:
        yield file, file["mask"]


@pytest.mark.parametrize("dtype", ["uint8", "<u2", ">i4", "float64"])
def test_every_row_is_what_hdf5_reads(tmp_path: Path, dtype: str) -> None:
    with column(tmp_path / "a.h5", IMAGES.astype(dtype)) as (file, dataset):
        stored = StoredImages.of(file, dataset)
        assert stored is not None
        for row in range(len(IMAGES)):
            assert stored.places[row] is not None
            image = stored.read(row)
            assert image.dtype == dtype
            np.testing.assert_array_equal(image, dataset[row])


def test_noise_that_deflating_makes_larger_is_read(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 400, 400), dtype=np.uint8)
    with column(tmp_path / "a.h5", noise) as (file, dataset):
        stored = StoredImages.of(file, dataset)
        assert stored is not None
        assert (place := stored.places[0]) is not None
        assert place[1] > noise.nbytes
        np.testing.assert_array_equal(stored.read(0), noise[0])


def test_a_chunk_that_was_not_deflated_is_read_by_hdf5(tmp_path: Path) -> None:
    with column(tmp_path / "a.h5") as (_, dataset):
        dataset.id.write_direct_chunk((2, 0, 0), IMAGES[0].tobytes(), filter_mask=1)
    with h5py.File(tmp_path / "a.h5") as file:
        stored = StoredImages.of(file, file["mask"])
        assert stored is not None
        assert stored.places[2] is None
        np.testing.assert_array_equal(stored.read(2), IMAGES[0])
        np.testing.assert_array_equal(stored.read(1), IMAGES[1])


@pytest.mark.parametrize(
    ("content", "problem", "told"),
    [
        (zlib.compress(bytes(41)), ValueError, "inflate to 42 bytes; found 41"),
        (zlib.compress(bytes(43)), deflate.DeflateError, "failed"),
        (zlib.compress(bytes(42))[:-1], deflate.DeflateError, "failed"),
        (b"no deflated stream", deflate.DeflateError, "failed"),
        (zlib.compress(np.random.default_rng(0).bytes(1200)), ValueError, "stored in"),
    ],
)
def test_a_row_of_another_size_is_refused(
    tmp_path: Path, content: bytes, problem: type[Exception], told: str
) -> None:
    with column(tmp_path / "a.h5") as (file, dataset):
        dataset.id.write_direct_chunk((3, 0, 0), content)
        file.flush()
        stored = StoredImages.of(file, dataset)
        assert stored is not None
        with pytest.raises(problem, match=told):
            stored.read(3)


def test_other_columns_are_left_to_hdf5(tmp_path: Path) -> None:
    with column(tmp_path / "a.h5", userblock=512) as (file, dataset):
        assert StoredImages.of(file, dataset) is None
    with h5py.File(tmp_path / "b.h5", "w") as file:
        whole = file.create_dataset("whole", data=IMAGES)
        two = file.create_dataset(
            "two", data=IMAGES, chunks=(2, 6, 7), compression="gzip"
        )
        volume = file.create_dataset("volume", data=IMAGES[None], compression="gzip")
        for dataset in (whole, two, volume):
            assert StoredImages.of(file, dataset) is None
