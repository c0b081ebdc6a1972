"""Releases from a stranger that name other files, or declare more than they contain.

Every reader of a release is given each of them. None returns a byte of the secret file
beside it, none takes memory that the file does not fill, all refuse in one line.
"""

import contextlib
import json
import os
import resource
import shutil
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from attacks_on_hdf5 import zeros_deflated
from manifests import edit

from bratsfuse.errors import ReleaseError
from bratsfuse.release import BraTSFuse, SplitFile, export_parquet, read_manifest
from bratsfuse.release.preview import write_preview
from bratsfuse.release.verify import verify

SECRET = 77
COLUMN = "t1ce"
ATTACKS = {}


def attack(change):
    """Register a change of the column `COLUMN` of the training split."""
    ATTACKS[change.__name__] = change
    return change


@attack
def external_link(file, _shape, secret):
    file[COLUMN] = h5py.ExternalLink(str(secret), "/t1ce")


@attack
def external_link_relative(file, _shape, secret):
    file[COLUMN] = h5py.ExternalLink(f"../../{secret.name}", "/t1ce")


@attack
def soft_link_to_external_link(file, _shape, secret):
    file["x"] = h5py.ExternalLink(str(secret), "/t1ce")
    file[COLUMN] = h5py.SoftLink("/x")


@attack
def virtual_dataset(file, shape, secret):
    layout = h5py.VirtualLayout(shape, np.uint8)
    layout[:] = h5py.VirtualSource(str(secret), "t1ce", shape)
    file.create_virtual_dataset(COLUMN, layout)


@attack
def external_storage(file, shape, secret):
    raw = [(str(secret.with_suffix(".raw")), 0, int(np.prod(shape)))]
    file.create_dataset(COLUMN, shape, np.uint8, external=raw)


@attack
def rows_without_end(file, shape, _secret):
    many = (1 << 40, *shape[1:])
    file.create_dataset(COLUMN, many, "u1", chunks=(1, *shape[1:]))


@attack
def ids_without_end(file, _shape, _secret):
    del file["slice_index"]
    file.create_dataset("slice_index", (1 << 40,), "i2", chunks=(1000,))


@attack
def texts_without_end(file, _shape, _secret):
    del file["patient_id"]
    file.create_dataset("patient_id", (1 << 40,), h5py.string_dtype(), chunks=(1000,))


@attack
def text_of_megabytes(file, shape, _secret):
    del file["patient_id"]
    values = file.create_dataset("patient_id", shape[:1], h5py.string_dtype())
    values[0] = "x" * (8 << 20)


@attack
def never_written(file, shape, _secret):
    file.create_dataset(COLUMN, shape, "u1", chunks=(1, *shape[1:]))


@attack
def partly_written(file, shape, _secret):
    made = file.create_dataset(
        COLUMN, shape, "u1", chunks=(1, *shape[1:]), compression="gzip"
    )
    made[: shape[0] - 1] = 1


@attack
def row_of_four_gigabytes(file, shape, _secret):
    huge = (shape[0], 1 << 16, 1 << 16)
    made = file.create_dataset(COLUMN, huge, "u1", chunks=(1, 1 << 16, 1 << 15))
    made.id.write_direct_chunk((0, 0, 0), b"x")


@attack
def row_that_inflates_to_gigabytes(file, shape, _secret):
    made = file.create_dataset(
        COLUMN, shape, "u1", chunks=(1, *shape[1:]), compression="gzip"
    )
    bomb = zeros_deflated(1 << 24, 300)
    for row in range(shape[0]):
        made.id.write_direct_chunk((row, 0, 0), bomb)


@attack
def chunk_of_several_that_inflates_to_gigabytes(file, shape, _secret):
    made = file.create_dataset(COLUMN, shape, "u1", chunks=shape, compression="gzip")
    made.id.write_direct_chunk((0, 0, 0), zeros_deflated(1 << 24, 300))


@attack
def filter_of_a_plug_in(file, shape, _secret):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1, *shape[1:]))
    properties.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (1,))
    space = h5py.h5s.create_simple(shape)
    made = h5py.h5d.create(
        file.id, COLUMN.encode(), h5py.h5t.STD_U8LE, space, properties
    )
    for row in range(shape[0]):
        made.write_direct_chunk((row, 0, 0), zlib.compress(bytes(shape[1] * shape[2])))


@attack
def references(file, shape, _secret):
    values = file.create_dataset(COLUMN, shape[:1], h5py.ref_dtype)
    values[0] = file["mask"].ref


@attack
def group(file, _shape, _secret):
    file.create_group(COLUMN)


@attack
def root_inside_itself(file, _shape, _secret):
    file[COLUMN] = file["/"]


@pytest.fixture
def secret(tmp_path):
    """A file of the user that no reader of the release may open."""
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["t1ce"] = np.full((14, 20, 24), SECRET, np.uint8)
    path.with_suffix(".raw").write_bytes(bytes([SECRET]) * (14 * 20 * 24))
    return path


@contextlib.contextmanager
def little_memory():
    """Let this process have one more GiB than it has, so that a bomb is told apart."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    now = pages * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + (1 << 30), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def every_column(release):
    for name in ("slice_index", "patient_id", COLUMN):
        with SplitFile(release / "data" / "train.h5") as file:
            if file.is_text(name):
                file.texts(name)
            else:
                assert not (file.array(name) == SECRET).all()


def preview(release, out):
    write_preview(release, read_manifest(release), out, split="train")


READERS = {
    "columns": lambda release, _: every_column(release),
    "torch": lambda release, _: BraTSFuse(release, in_memory=True)[0],
    "export": export_parquet,
    "preview": preview,
}


def hostile(release, name, secret):
    with h5py.File(release / "data" / "train.h5", "r+") as file:
        shape = file[COLUMN].shape
        del file[COLUMN]
        ATTACKS[name](file, shape, secret)
        if COLUMN not in file and file.get(COLUMN, getlink=True, default=None) is None:
            file[COLUMN] = np.ones(shape, np.uint8)


def refused(problem):
    text = str(problem.value)
    assert "train.h5" in text
    assert "\n" not in text
    assert text.isprintable()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_stranger_s_release_is_refused_by_every_reader(
    name, toy_release, secret, tmp_path
):
    hostile(toy_release, name, secret)
    for kind, reader in READERS.items():
        small = "end" in name or "text" in name
        if small and kind not in ("columns", "torch"):
            continue  # which read no such column
        with little_memory(), pytest.raises(ReleaseError) as problem:
            reader(toy_release, tmp_path / kind)
        refused(problem)
        assert not (tmp_path / kind).exists()
    with little_memory():
        found = {issue.code for issue in verify(toy_release)}
    assert found & {"broken-file", "columns-differ"}


@pytest.mark.parametrize("name", ["external_link", "virtual_dataset"])
def test_a_trusting_reader_would_be_given_the_secret(name, toy_release, secret):
    """So these attacks are real, and are not refused for another reason."""
    hostile(toy_release, name, secret)
    with h5py.File(toy_release / "data" / "train.h5", "r") as file:
        assert (file[COLUMN][()] == SECRET).all()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize(
    "name", ["data/train.h5", "DATASHEET.md", "README.md", "index.csv"]
)
def test_no_reader_waits_for_a_fifo_or_a_device(make, name, toy_release):
    (toy_release / name).unlink()
    make(toy_release / name)
    with pytest.raises(ReleaseError):
        read_manifest(toy_release, check=False)


def test_a_split_file_that_is_a_fifo_is_no_split_file(tmp_path):
    os.mkfifo(tmp_path / "train.h5")
    with pytest.raises(ReleaseError, match="cannot read it"):
        len(SplitFile(tmp_path / "train.h5"))


@pytest.mark.parametrize("name", ["data/train.h5", "DATASHEET.md", "manifest.json"])
def test_a_file_of_a_release_may_not_be_a_link_out_of_it(name, toy_release, tmp_path):
    outside = shutil.move(toy_release / name, tmp_path / "outside")
    (toy_release / name).symlink_to(outside)
    with pytest.raises(ReleaseError, match="outside the release"):
        export_parquet(toy_release, tmp_path / "export")
    assert not (tmp_path / "export").exists()


@pytest.mark.parametrize(
    "name", ["../secret.h5", "/etc/passwd", "data/../../secret.h5", "", "a\\b"]
)
def test_a_manifest_may_not_name_a_file_elsewhere(name, toy_release, secret):
    def split(content):
        content["splits"]["train"]["file"] = name

    def listed(content):
        content["files"][name] = "0" * 64

    for change in (split, listed):
        path = toy_release / "manifest.json"
        before = path.read_bytes()
        edit(toy_release, change)
        with pytest.raises(ReleaseError, match="no file in it"):
            read_manifest(toy_release)
        path.write_bytes(before)


def test_the_links_of_a_hub_s_cache_are_followed(toy_release, tmp_path):
    blobs = tmp_path / "datasets--lab--set" / "blobs"
    release = blobs.parent / "snapshots" / "a1b2"
    blobs.mkdir(parents=True)
    for path in [*toy_release.rglob("*")]:
        if path.is_file():
            link = release / path.relative_to(toy_release)
            link.parent.mkdir(parents=True, exist_ok=True)
            blob = blobs / path.name
            shutil.copyfile(path, blob)
            link.symlink_to(os.path.relpath(blob, link.parent))
    assert read_manifest(release).slice_sets == 20


@pytest.mark.parametrize("shape", [[240, 1 << 40], [0, 240], [-1, 5]])
def test_a_manifest_may_not_ask_for_all_memory(shape, toy_release):
    edit(toy_release, lambda content: content.update(image_shape=shape))
    with pytest.raises(ReleaseError, match="image_shape"):
        read_manifest(toy_release)
    assert json.loads((toy_release / "manifest.json").read_text())
