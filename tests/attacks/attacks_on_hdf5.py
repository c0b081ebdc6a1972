"""Broken and hostile HDF5 files."""

import os
import zlib

import h5py
import numpy as np
from attacks import Attacks
from toy_submission import IDS, MASK, SHAPE

ATTACKS = Attacks()

N = len(IDS)


def hdf5_attack(*codes, without="mask"):
    """Register a change of a valid file that lacks one column."""

    def register(change):
        def make(place):
            place.folder(**({without: None} if without else {}))
            with place.hdf5() as file:
                change(file, place)
            return place.root

        make.__name__ = change.__name__
        ATTACKS.add(*codes)(make)
        return change

    return register


@hdf5_attack("external-link")
def external_link(file, place):
    file["mask"] = h5py.ExternalLink(str(place.secret), "/mask")


@hdf5_attack("external-link")
def external_link_relative(file, _place):
    file["mask"] = h5py.ExternalLink("../secret.h5", "/mask")


@hdf5_attack("external-link", without=None)
def external_link_beside(file, place):
    file["labels"] = h5py.ExternalLink(str(place.secret), "/mask")


@hdf5_attack("soft-link")
def soft_link(file, _place):
    file["mask"] = h5py.SoftLink("/fused")


@hdf5_attack("soft-link")
def soft_link_to_nowhere(file, _place):
    file["mask"] = h5py.SoftLink("/gone")


@hdf5_attack("soft-link", "external-link")
def soft_link_to_external_link(file, place):
    file["x"] = h5py.ExternalLink(str(place.secret), "/mask")
    file["mask"] = h5py.SoftLink("/x")


@hdf5_attack("virtual-dataset")
def virtual_dataset(file, place):
    layout = h5py.VirtualLayout(MASK.shape, np.uint8)
    layout[:] = h5py.VirtualSource(str(place.secret), "mask", MASK.shape)
    file.create_virtual_dataset("mask", layout)


@hdf5_attack("virtual-dataset", without="case_id")
def virtual_ids(file, place):
    layout = h5py.VirtualLayout((N,), "S20")
    layout[:] = h5py.VirtualSource(str(place.secret), "case_id", (N,))
    file.create_virtual_dataset("case_id", layout)


@hdf5_attack("external-storage")
def external_storage(file, place):
    raw = [(str(place.secret.with_suffix(".raw")), 0, MASK.nbytes)]
    file.create_dataset("mask", MASK.shape, np.uint8, external=raw)


@hdf5_attack("unexpected-column")
def group_as_column(file, _place):
    file.create_group("mask")


@hdf5_attack("unexpected-column", without=None)
def extra_column(file, _place):
    file["probabilities"] = np.zeros(3)


@hdf5_attack("unexpected-column", without=None)
def many_groups(file, _place):
    for number in range(3000):
        file.create_group(f"g{number}")


@hdf5_attack("unexpected-column", without=None)
def column_of_hostile_name(file, _place):
    file["\x1b[2J\n\u202e"] = 1


@hdf5_attack("unexpected-column")
def group_inside_itself(file, _place):
    file["mask"] = file["/"]


@hdf5_attack("unexpected-column", without=None)
def stored_type(file, _place):
    file["t"] = np.dtype("u1")


@hdf5_attack("type-not-allowed")
def column_of_a_stored_type(file, _place):
    kind = h5py.h5t.STD_U8LE.copy()
    kind.commit(file.id, b"hidden")
    space = h5py.h5s.create_simple(MASK.shape)
    made = h5py.h5d.create(file.id, b"mask", kind, space)
    h5py.Dataset(made)[...] = MASK
    del file["hidden"]


@hdf5_attack("type-not-allowed")
def references(file, _place):
    values = file.create_dataset("mask", (N,), h5py.ref_dtype)
    values[0] = file["fused"].ref


@hdf5_attack("type-not-allowed")
def lists_of_numbers(file, _place):
    values = file.create_dataset("mask", (N,), h5py.vlen_dtype(np.uint8))
    values[0] = np.arange(3)


@hdf5_attack("type-not-allowed")
def named_values(file, _place):
    kind = h5py.enum_dtype({"a": 0, "b": 1}, "u1")
    file.create_dataset("mask", data=MASK, dtype=kind)


@hdf5_attack("filter-not-allowed")
def filter_scale_offset(file, _place):
    file.create_dataset("mask", data=MASK, chunks=(1, *SHAPE), scaleoffset=0)


def _filtered(file, *filters):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1, *SHAPE))
    for code in filters:
        properties.set_filter(code, h5py.h5z.FLAG_OPTIONAL, (1,))
    space = h5py.h5s.create_simple(MASK.shape)
    made = h5py.h5d.create(file.id, b"mask", h5py.h5t.STD_U8LE, space, properties)
    for row in range(N):
        made.write_direct_chunk((row, 0, 0), zlib.compress(MASK[row].tobytes()))


@hdf5_attack("filter-not-allowed")
def filter_of_a_plug_in(file, _place):
    _filtered(file, 32001)


@hdf5_attack("filter-not-allowed")
def filter_many_times(file, _place):
    _filtered(file, *[h5py.h5z.FILTER_DEFLATE] * 20)


@hdf5_attack("declared-too-large")
def declares_a_terabyte(file, _place):
    file.create_dataset("mask", (1 << 33, *SHAPE), np.uint8, chunks=(1, *SHAPE))


@hdf5_attack("declared-too-large", without="case_id")
def declares_ids_without_end(file, _place):
    file.create_dataset("case_id", (1 << 40,), "S20", chunks=(1000,))


@hdf5_attack("wrong-shape")
def declares_large_images(file, _place):
    large = file.create_dataset("mask", (N, 1 << 20, 1 << 20), "u1", chunks=(1, 9, 9))
    large[0, :9, :9] = 1


@hdf5_attack("never-written")
def never_written(file, _place):
    file.create_dataset("mask", MASK.shape, np.uint8, chunks=(1, *SHAPE))


@hdf5_attack("missing-predictions")
def partly_written(file, _place):
    made = file.create_dataset("mask", MASK.shape, np.uint8, chunks=(1, *SHAPE))
    made[: N - 1] = MASK[: N - 1]


@hdf5_attack("missing-predictions")
def partly_written_images(file, _place):
    parts = (2, SHAPE[0], SHAPE[1] // 2)
    made = file.create_dataset("mask", MASK.shape, np.uint8, chunks=parts)
    made[:, :, : SHAPE[1] // 2] = MASK[:, :, : SHAPE[1] // 2]
    made[2:] = MASK[2:]


@hdf5_attack("chunks-too-large")
def chunks_of_gigabytes(file, _place):
    huge = (20_000_000, *SHAPE)
    file.create_dataset("mask", MASK.shape, "u1", chunks=huge, maxshape=(None, *SHAPE))


@hdf5_attack("broken-hdf5")
def row_that_inflates_to_gigabytes(file, _place):
    made = file.create_dataset(
        "mask", MASK.shape, np.uint8, chunks=(1, *SHAPE), compression="gzip"
    )
    bomb = zlib.compress(bytes(200_000), 9)
    for row in range(N):
        made.id.write_direct_chunk((row, 0, 0), bomb)


def zeros_deflated(length, times):
    """Return a zlib stream of `times` times so many zeros, deflated only once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(bytes(length)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (length * times % 65521) << 16 | 1  # Adler-32 of zeros
    return b"\x78\xda" + block * times + packer.flush() + checksum.to_bytes(4)


@hdf5_attack("broken-hdf5", "missing-predictions")  # no other row is written
def rows_of_several_that_inflate_to_gigabytes(file, _place):
    made = file.create_dataset(
        "mask", MASK.shape, np.uint8, chunks=(2, *SHAPE), compression="gzip"
    )
    made.id.write_direct_chunk((0, 0, 0), zeros_deflated(1 << 24, 80))


@hdf5_attack("broken-hdf5", "missing-predictions")  # no other row is written
def row_that_is_stored_in_megabytes(file, _place):
    made = file.create_dataset(
        "mask", MASK.shape, np.uint8, chunks=(1, *SHAPE), compression="gzip"
    )
    made.id.write_direct_chunk((0, 0, 0), os.urandom(1 << 20))


@hdf5_attack("broken-hdf5", "missing-predictions")  # no other row is written
def row_of_noise(file, _place):
    made = file.create_dataset(
        "mask", MASK.shape, np.uint8, chunks=(1, *SHAPE), compression="gzip"
    )
    made.id.write_direct_chunk((0, 0, 0), b"noise" * 20)


@ATTACKS.add("broken-hdf5")
def hdf5_cut_short(place):
    place.folder()
    path = place.root / "predictions.h5"
    os.truncate(path, path.stat().st_size // 2)
    return place.root


@ATTACKS.add("broken-hdf5")
def hdf5_of_noise(place):
    place.folder()
    path = place.root / "predictions.h5"
    path.write_bytes(path.read_bytes()[:60] + os.urandom(4000))
    return place.root


@ATTACKS.add("broken-hdf5")
def hdf5_that_is_a_text(place):
    place.folder()
    (place.root / "predictions.h5").write_text("case_id,mask\n")
    return place.root


@ATTACKS.add("no-predictions")
def bare_hdf5_without_predictions(place):
    place.folder(fused=None, mask=None)
    return place.root / "predictions.h5"


@ATTACKS.add("external-link")
def bare_hdf5_with_a_link(place):
    place.folder(mask=None)
    with place.hdf5() as file:
        file["mask"] = h5py.ExternalLink(str(place.secret), "/mask")
    return place.root / "predictions.h5"
