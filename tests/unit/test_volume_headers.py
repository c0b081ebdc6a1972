"""Headers of volumes that promise what is not there: refused, with the file's name.

Some of them ended the process of the reader, others had it read another file.
"""

import gzip
import zlib

import nibabel as nib
import numpy as np
import pytest

from bratsfuse.errors import RawDataError
from bratsfuse.raw.volume_file import read_volume_file
from bratsfuse.raw.volume_limits import gunzip

VOXELS = np.arange(64, dtype=np.int16)
BYTES = VOXELS.tobytes()
PACKED = zlib.compress(BYTES)
META = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "Offset": "0 0 0",
    "ElementSpacing": "1 1 1",
    "DimSize": "4 4 4",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "LOCAL",
}
NRRD = {
    "type": "short",
    "dimension": "3",
    "sizes": "4 4 4",
    "space": "left-posterior-superior",
    "space directions": "(1,0,0) (0,1,0) (0,0,1)",
    "space origin": "(0,0,0)",
    "endian": "little",
    "encoding": "raw",
}


def meta(path, voxels=BYTES, **changes):
    last = {"ElementDataFile": changes.pop("ElementDataFile", "LOCAL")}
    keys = META | changes
    keys.pop("ElementDataFile")
    text = "".join(f"{key} = {value}\n" for key, value in (keys | last).items())
    path.write_bytes(text.encode() + voxels)
    return path


def packed_meta(path, size, voxels=PACKED):
    return meta(path, voxels, CompressedData="True", CompressedDataSize=str(size))


@pytest.mark.parametrize("size", [0, -1, len(PACKED) - 1, len(PACKED) + 1])
def test_a_compressed_meta_image_has_the_size_that_it_says(size, tmp_path):
    """With another, and with none, ITK gave what was in memory, without an error."""
    refused(packed_meta(tmp_path / "a.mha", size))
    refused(meta(tmp_path / "b.mha", PACKED, CompressedData="True"))
    refused(packed_meta(tmp_path / "c.mha", len(PACKED) - 3, PACKED[:-3]))
    more = zlib.compress(BYTES + b"more")
    refused(packed_meta(tmp_path / "d.mha", len(more), more))


def nrrd(path, voxels=BYTES, **changes):
    keys = NRRD | {key.replace("_", " "): value for key, value in changes.items()}
    text = "".join(f"{key}: {value}\n" for key, value in keys.items())
    path.write_bytes(f"NRRD0004\n{text}\n".encode() + voxels)
    return path


def refused(path):
    with pytest.raises(RawDataError) as problem:
        read_volume_file(path)
    text = str(problem.value)
    assert path.name in text
    assert "\n" not in text


def test_whole_files_are_read(tmp_path):
    expected = VOXELS.reshape(4, 4, 4, order="F")
    for path in (
        meta(tmp_path / "a.mha"),
        packed_meta(tmp_path / "b.mha", len(PACKED)),
        nrrd(tmp_path / "a.nrrd"),
        nrrd(tmp_path / "b.nrrd", gzip.compress(VOXELS.tobytes()), encoding="gzip"),
    ):
        assert (read_volume_file(path).data == expected).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"NDims": "100"},
        {"NDims": "-1"},
        {"NDims": "9" * 30},
        {"NDims": "3", "DimSize": "4 4"},
        {"DimSize": "-4 4 4"},
        {"DimSize": "0 4 4"},
        {"DimSize": "65535 65535 65535"},
        {"DimSize": "4 4 4 4"},
        {"DimSize": "4 4 5"},
        {"ElementNumberOfChannels": "1000000000"},
        {"ElementNumberOfChannels": "-3"},
        {"ElementSpacing": "nan nan nan"},
        {"ElementSpacing": "1 " * 500},
        {"TransformMatrix": "1 " * 5000},
        {"TransformMatrix": "inf 0 0 0 1 0 0 0 1"},
        {"ElementType": "MET_OTHER"},
        {"ElementDataFile": "/etc/passwd"},
        {"ElementDataFile": "LIST"},
        {"ElementDataFile": "../%03d.raw 1 3 1"},
        {"HeaderSize": "-5"},
        {"HeaderSize": "999999999999"},
        {"Comment": "x" * 100_000},
        {"CompressedData": "True"},
    ],
)
def test_an_absurd_header_of_a_meta_image_is_refused(changes, tmp_path):
    refused(meta(tmp_path / "case_t1.mha", **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"dimension": "17"},
        {"sizes": "-4 4 4"},
        {"sizes": "65535 65535 65535"},
        {"type": "block"},
        {"encoding": "hex"},
        {"encoding": "gzip"},
        {"data_file": "/etc/passwd"},
        {"byte_skip": "-1"},
        {"line_skip": "5"},
    ],
)
def test_an_absurd_header_of_an_nrrd_file_is_refused(changes, tmp_path):
    refused(nrrd(tmp_path / "case_t1.nrrd", **changes))


@pytest.mark.parametrize("more", [b"\0", b"junk" * 100])
def test_bytes_behind_the_last_voxel_are_told(more, tmp_path):
    refused(meta(tmp_path / "a.mha", VOXELS.tobytes() + more))
    refused(nrrd(tmp_path / "a.nrrd", VOXELS.tobytes() + more))
    path = nifti(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content + more)
    refused(path)
    packed = tmp_path / "a.nii.gz"
    packed.write_bytes(gzip.compress(content + more))
    refused(packed)
    packed.write_bytes(gzip.compress(content) + gzip.compress(more))
    refused(packed)


def nifti(tmp_path, affine=None):
    path = tmp_path / "a.nii"
    voxels = VOXELS.reshape(4, 4, 4)
    nib.save(nib.Nifti1Image(voxels, np.eye(4) if affine is None else affine), path)
    return path


def nifti_with(tmp_path, field, value):
    path = nifti(tmp_path)
    content = path.read_bytes()
    header = nib.Nifti1Header(content[:348], check=False)
    header[field] = value
    path.write_bytes(header.binaryblock + content[348:])
    return path


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("srow_x", [np.nan, 0, 0, 0]),
        ("srow_y", [0, np.inf, 0, 0]),
        ("srow_z", [0, 0, 1e30, 0]),
        ("srow_x", [0, 0, 0, 0]),
        ("dim", [3, -4, 4, 4, 1, 1, 1, 1]),
        ("dim", [3, 0, 4, 4, 1, 1, 1, 1]),
        ("dim", [7, 32767, 32767, 32767, 32767, 1, 1, 1]),
        ("dim", [-1, 4, 4, 4, 1, 1, 1, 1]),
        ("vox_offset", np.nan),
        ("vox_offset", 1e30),
        ("vox_offset", -1),
        ("datatype", 999),
    ],
)
def test_an_absurd_header_of_a_nifti_file_is_refused(field, value, tmp_path):
    path = nifti_with(tmp_path, field, value)
    refused(path)
    packed = tmp_path / "b.nii.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    refused(packed)


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    content = nifti(tmp_path).read_bytes()
    parts = [packer.compress(content)]
    parts += [packer.compress(bytes(1 << 24)) for _ in range(8)]
    bomb = b"".join(parts) + packer.flush()
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(bomb)
    refused(path)
    with pytest.raises(ValueError, match="more than"):
        gunzip(bomb, len(content))
    assert gunzip(gzip.compress(content), len(content)) == content
