"""A small valid submission, to be broken in one way at a time."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from bratsfuse.records import SliceId
from bratsfuse.submission import Expected

SHAPE = (12, 10)
IDS = tuple(SliceId(f"BraTS2021_{case:05d}", z) for case in (3, 8) for z in (70, 71))
EXPECTED = Expected(
    split="test",
    fingerprint="0" * 64,
    ids=IDS,
    patients=("3", "3", "8", "8"),
    image_shape=SHAPE,
    labels=frozenset({0, 1, 2, 3}),
)
RECORD = 'name = "toy"\ntracks = ["fusion", "segmentation"]\n'

_RNG = np.random.default_rng(11)
FUSED = _RNG.integers(0, 256, (len(IDS), *SHAPE), dtype=np.uint8)
MASK = _RNG.integers(0, 4, (len(IDS), *SHAPE), dtype=np.uint8)
SECRET = _RNG.integers(0, 4, (len(IDS), *SHAPE), dtype=np.uint8)
"""The scorer's labels, which lie outside of every submission."""


@dataclass
class Place:
    """Where an attack is built.

    Attributes
    ----------
    root
        The submission folder, not yet there.
    secret
        An HDF5 file outside of it that holds the labels as ``mask``; ``secret.raw``
        beside it holds the same bytes, ``secret.png`` the first of them.
    """

    root: Path
    secret: Path

    def folder(self, record=RECORD, **columns):
        """Write a valid submission in HDF5, with other columns where they are given."""
        self.root.mkdir()
        if record is not None:
            (self.root / "submission.toml").write_text(record)
        with self.hdf5("w") as file:
            write_columns(file, **columns)
        return self.root

    def hdf5(self, mode="r+"):
        return h5py.File(self.root / "predictions.h5", mode)

    def pngs(self, record=RECORD):
        """Write a valid submission in PNG files."""
        for name, images in (("fused", FUSED), ("mask", MASK)):
            (self.root / name).mkdir(parents=True)
            for one, image in zip(IDS, images, strict=True):
                (self.root / name / f"{one}.png").write_bytes(png(image))
        (self.root / "submission.toml").write_text(record)
        return self.root

    def png_of(self, row, name="mask"):
        return self.root / name / f"{IDS[row]}.png"


def write_columns(file, **columns):
    """Write the four columns; None leaves one out."""
    values = {
        "case_id": [one.case for one in IDS],
        "slice_index": np.array([one.z for one in IDS], np.int16),
        "fused": FUSED,
        "mask": MASK,
    } | columns
    for name, value in values.items():
        if value is None:
            continue
        options = {}
        if name in ("fused", "mask") and np.ndim(value) >= 3:
            options = {"chunks": (1, *np.shape(value)[1:]), "compression": "gzip"}
        file.create_dataset(name, data=value, **options)


def chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(
    image,
    *,
    bits=8,
    colour=0,
    size=None,
    before=b"",
    idat=None,
    ending=True,
    signature=1,
):
    """The bytes of a PNG file, made by hand so that any of them can be wrong."""
    height, width = image.shape[:2] if size is None else size
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    data = zlib.compress(rows) if idat is None else idat
    return (
        b"\x89PNG\r\n\x1a\n" * signature
        + chunk(b"IHDR", header)
        + before
        + (chunk(b"IDAT", data) if data else b"")
        + (chunk(b"IEND", b"") if ending else b"")
    )
