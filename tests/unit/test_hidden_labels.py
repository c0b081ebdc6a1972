"""Withheld labels: absent from the release, whole in the key, and provably its own."""

import csv
import dataclasses
import hashlib
import json
import pickle
import shutil
import zlib

import h5py
import nibabel as nib
import numpy as np
import pytest
from toys import TOY_RECIPE, small, write_toys

from bratsfuse.anatomy import Label
from bratsfuse.building import build
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.raw import read_case, scan
from bratsfuse.records import SourceFile
from bratsfuse.release import (
    MANIFEST_NAME,
    SplitFile,
    file_digest,
    key_path,
    open_key,
    read_manifest,
)
from bratsfuse.release.verify import verify
from bratsfuse.release.withhold import public_sources

FORM = small("brats2021")


def make(raw, release, recipe=TOY_RECIPE, **options):
    cases = FORM.arrangement.find(FORM, scan(raw))
    options = {"read": read_case, "withhold": ("test",), **options}
    return build(FORM, cases, recipe, release, **options)


def content(release):
    return {
        path.relative_to(release).as_posix(): path.read_bytes()
        for path in sorted(release.rglob("*"))
        if path.is_file()
    }


def masks_of(release, split="test"):
    with SplitFile(release / "data" / f"{split}.h5") as file:
        return file.array("mask")


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return write_toys(tmp_path_factory.mktemp("withheld") / "raw", cases=4)


@pytest.fixture(scope="module")
def labelled(raw):
    """The release with all its masks. Tests must not change it."""
    make(raw, raw.with_name("labelled"), withhold=())
    return raw.with_name("labelled")


@pytest.fixture(scope="module")
def built(raw):
    """The same without the masks of test, its key beside it; not to be changed."""
    make(raw, raw.with_name("public"))
    return raw.with_name("public")


@pytest.fixture
def public(built, tmp_path):
    """A copy that a test may break."""
    shutil.copy2(key_path(built), tmp_path / "public.key.h5")
    return shutil.copytree(built, tmp_path / "public")


@pytest.fixture(scope="module")
def others(raw, labelled):
    """The same heads with other masks in test, built with and without them.

    The areas that slices are ranked by are equal, and little else.
    """
    other = shutil.copytree(raw, raw.with_name("relabelled"))
    for name, case in read_manifest(labelled).cases.items():
        if case.split == "test":
            (path,) = (other / name).glob("*_seg.nii.gz")
            image = nib.load(path)
            swapped = np.array([0, 2, 1, 0, 4])[np.asarray(image.dataobj)]
            # Turned over, it sticks out of the brain; stored as floats beside integers.
            turned = np.roll(swapped[::-1], 7, axis=1).astype(np.float32)
            turned[turned > 0] += 1e-4
            nib.save(nib.Nifti1Image(turned, image.affine), path)
    whole, public = raw.with_name("labelled2"), raw.with_name("public2")
    make(other, whole, withhold=())
    make(other, public)
    return whole, public


# What the public part tells: nothing.


def test_other_labels_give_the_same_release_to_the_byte(labelled, built, others):
    one, two = content(built), content(others[1])
    first, second = (json.loads(files.pop(MANIFEST_NAME)) for files in (one, two))
    assert one == two
    assert first.pop("withheld") != second.pop("withheld")
    assert first == second
    # The labels did differ, in everything that a release with labels tells of them.
    differ = masks_of(labelled) != masks_of(others[0])
    assert differ.any(axis=(1, 2)).all()
    codes = {issue.code for issue in read_manifest(others[0]).issues}
    assert {"mask-outside-brain", "labels-rounded"} <= codes


def test_no_file_holds_a_mask_or_what_would_confirm_a_guess_of_it(others):
    labelled, public = others
    files = b"".join(content(public).values())
    secrets = {}
    for row, mask in enumerate(masks_of(labelled)):
        secrets[f"mask {row}"] = mask.tobytes()
        secrets[f"digest of mask {row}"] = hashlib.sha256(mask).hexdigest().encode()
        for level in range(1, 10):
            secrets[f"deflated mask {row}, {level}"] = zlib.compress(mask, level)
    with h5py.File(labelled / "data" / "test.h5") as file:
        for row in range(len(file["mask"])):
            _, chunk = file["mask"].id.read_direct_chunk((row, 0, 0))
            secrets[f"chunk {row}"] = chunk
            secrets[f"row digest {row}"] = file["row_sha256"][row]
    with h5py.File(key_path(public)) as file:
        secrets["salt"] = file.attrs["salt"].encode()
        secrets["salt in bytes"] = bytes.fromhex(file.attrs["salt"])
    manifest = read_manifest(labelled)
    for name, case in manifest.cases.items():
        if case.split == "test":
            secrets[f"mask file of {name}"] = case.sources["mask"].sha256.encode()
    assert [name for name, secret in secrets.items() if secret in files] == []
    # The search does find what is there.
    whole = b"".join(content(labelled).values())
    assert secrets["chunk 0"] in whole
    assert secrets["row digest 0"] in whole


def test_areas_are_blank_where_labels_are_withheld_and_nowhere_else(labelled, built):
    with (labelled / "index.csv").open() as one, (built / "index.csv").open() as two:
        for whole, public in zip(csv.DictReader(one), csv.DictReader(two), strict=True):
            areas = {name for name in whole if name.startswith("area_")} - {
                "area_brain"
            }
            assert len(areas) == 3
            for name, value in public.items():
                hidden = public["split"] == "test" and name in areas
                if hidden:
                    assert value == ""
                elif public["split"] != "test":
                    assert value == whole[name]
            assert int(public["area_brain"]) > 0


def test_rows_lie_in_the_order_of_their_ids(built):
    with SplitFile(built / "data" / "test.h5") as file:
        ids = list(
            zip(file.texts("case_id"), file.array("slice_index").tolist(), strict=True)
        )
    assert ids == sorted(ids)


def test_the_other_splits_are_those_of_the_labelled_release(labelled, built):
    for name in ("data/train.h5", "data/validation.h5", "previews/train.png"):
        assert (labelled / name).read_bytes() == (built / name).read_bytes()
    assert (labelled / "previews/test.png").read_bytes() != (
        built / "previews/test.png"
    ).read_bytes()


def test_the_digest_of_a_file_that_holds_images_and_mask_is_not_told():
    def file(digest):
        return SourceFile("case.nii", digest, "int16", (4, 4, 4), "LPS")

    together = {"t1": file("a"), "t2": file("b"), "mask": file("a")}
    assert public_sources(together) == {"t2": file("b")}


@pytest.mark.parametrize("name", ["README.md", "DATASHEET.md", "croissant.json"])
def test_the_documents_say_what_is_withheld(built, name):
    assert "masks of test are hidden" in (built / name).read_text()


# What stays as it was.


def test_a_release_with_all_labels_says_nothing_of_withholding(labelled):
    listed = json.loads((labelled / MANIFEST_NAME).read_text())["withheld"]
    assert listed == {}
    assert read_manifest(labelled).withheld == {}
    for name in ("README.md", "DATASHEET.md", "croissant.json"):
        words = (labelled / name).read_text()
        assert "masks of" not in words
        assert "are hidden" not in words
        assert "unlabelled" not in words
    assert not key_path(labelled).exists()


def test_the_fingerprint_holds_no_secret(raw, built, tmp_path):
    again = make(raw, tmp_path / "again", workers=2)
    assert again.fingerprint == read_manifest(built).fingerprint
    assert again.withheld != read_manifest(built).withheld


# The key.


def test_the_key_holds_the_masks_in_row_order(labelled, built):
    manifest = read_manifest(built)
    key = open_key(key_path(built), built, manifest, "test")
    assert (key.split, key.fingerprint) == ("test", manifest.fingerprint)
    assert len(key.salt) == 32
    assert key.salt.hex() not in repr(key)
    with SplitFile(labelled / "data" / "test.h5") as file:
        assert [i.case for i in key.ids] == file.texts("case_id")
        assert [i.z for i in key.ids] == file.array("slice_index").tolist()
    travelled = pickle.loads(pickle.dumps(key))  # noqa: S301
    for row, mask in enumerate(masks_of(labelled)):
        assert key.mask(row).dtype == np.uint8
        np.testing.assert_array_equal(key.mask(row), mask)
        np.testing.assert_array_equal(travelled.mask(row), mask)
    assert not manifest.has_labels("test")
    assert manifest.has_labels("train")
    other = dataclasses.replace(key, labels=frozenset({Label.BACKGROUND}))
    with pytest.raises(ReleaseError, match=r"row \d+ of column mask contains"):
        [other.mask(row) for row in range(len(other))]


def test_several_splits_share_a_key(raw, labelled, tmp_path):
    release = tmp_path / "release"
    manifest = make(raw, release, withhold=("train", "test"))
    assert sorted(manifest.withheld) == ["test", "train"]
    assert len(set(manifest.withheld.values())) == 2
    for split in ("train", "test"):
        key = open_key(key_path(release), release, manifest, split)
        masks = [key.mask(row) for row in range(len(key))]
        np.testing.assert_array_equal(masks, masks_of(labelled, split))
    assert verify(release) == []


def test_only_its_owner_may_read_the_key(built):
    assert key_path(built).stat().st_mode & 0o777 == 0o600


def _mask(file):
    file["mask"][0, 0, 0] ^= 1


def _swapped_masks(file):
    file["mask"][:2] = file["mask"][:2][::-1]


def _salt(file):
    file.attrs["salt"] = "00" * 32


def _ids(file):
    file["slice_index"][0] -= 1


def _fingerprint(file):
    file.attrs["fingerprint"] = "0" * 64


def _split(file):
    file["split"][:] = "train"


def _no_salt(file):
    del file.attrs["salt"]


def _shape(file):
    del file["mask"]
    file["mask"] = np.zeros((4, 3, 3), np.uint8)


def _length(file):
    del file["case_id"]
    file["case_id"] = ["a"] * 3


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (_mask, "do not give the digest"),
        (_swapped_masks, "do not give the digest"),
        (_salt, "do not give the digest"),
        (_ids, "slice sets"),
        (_fingerprint, "the answer key of release"),
        (_split, "slice sets"),
        (_no_salt, "not an answer key"),
        (_shape, "not an answer key"),
        (_length, "not an answer key"),
    ],
)
def test_a_key_that_was_touched_is_refused(public, edit, word):
    path = key_path(public)
    with h5py.File(path, "r+") as file:
        edit(file)
    with pytest.raises((InvalidInputError, ReleaseError), match=word):
        open_key(path, public, read_manifest(public), "test")


def test_a_key_of_another_release_or_split_is_refused(raw, public, labelled, tmp_path):
    other = dataclasses.replace(TOY_RECIPE, slices=16)
    manifest = make(raw, tmp_path / "other", other)
    path, mine = key_path(public), read_manifest(public)
    with pytest.raises(ReleaseError, match="the answer key of release"):
        open_key(path, tmp_path / "other", manifest, "test")
    again = make(raw, tmp_path / "again")  # equal fingerprint, another salt
    with pytest.raises(ReleaseError, match="built again"):
        open_key(path, tmp_path / "again", again, "test")
    with pytest.raises(InvalidInputError, match="has its masks"):
        open_key(path, public, mine, "train")
    with pytest.raises(InvalidInputError, match="no split 'tests'"):
        open_key(path, public, mine, "tests")
    with pytest.raises(InvalidInputError, match="has its masks"):
        open_key(path, labelled, read_manifest(labelled), "test")
    with pytest.raises(InvalidInputError, match="no such file"):
        open_key(tmp_path / "no.h5", public, mine, "test")
    with pytest.raises(InvalidInputError, match="not an answer key"):
        open_key(public / "data" / "test.h5", public, mine, "test")


# Building: where the key goes, and what an interrupt leaves.


@pytest.mark.parametrize("calls", [4, 7])
def test_a_resumed_build_gives_a_key_that_fits(raw, built, tmp_path, calls):
    left = iter(range(calls))

    def read(case):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return read_case(case)

    release = tmp_path / "release"
    with pytest.raises(KeyboardInterrupt):
        make(raw, release, read=read)
    assert not key_path(release).exists()
    manifest = make(raw, release)
    assert manifest.fingerprint == read_manifest(built).fingerprint
    open_key(key_path(release), release, manifest, "test")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "release",
        "release.key.h5",
    ]


def test_parts_of_a_labelled_build_are_not_used_for_a_public_one(
    raw, built, tmp_path, monkeypatch
):
    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    release = tmp_path / "release"
    with monkeypatch.context() as patch:
        patch.setattr("bratsfuse.building.pipeline.assemble", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(raw, release, withhold=())
    assert make(raw, release).fingerprint == read_manifest(built).fingerprint
    assert content(release)["data/test.h5"] == content(built)["data/test.h5"]


def test_the_key_never_lies_in_the_release_nor_replaces_what_it_must_not(raw, tmp_path):
    release, stranger = tmp_path / "release", tmp_path / "stranger.txt"
    stranger.write_text("not a key")
    (tmp_path / "link").symlink_to(release)
    for key, options, word in (
        (release / "key.h5", {}, "choose a path outside"),
        (tmp_path / "link" / "key.h5", {}, "choose a path outside"),
        (tmp_path / "release.building" / "key.h5", {}, "choose a path outside"),
        (tmp_path / "no" / "key.h5", {}, "no such folder"),
        (stranger, {"overwrite": True}, "is no answer key"),
        (tmp_path, {"overwrite": True}, "is no answer key"),
    ):
        with pytest.raises(ReleaseError, match=word):
            make(raw, release, key=key, **options)
    assert stranger.read_text() == "not a key"
    manifest = make(raw, release, key=tmp_path / "mine.h5")
    open_key(tmp_path / "mine.h5", release, manifest, "test")
    with pytest.raises(
        ReleaseError, match="already exists; without it nobody can score"
    ):
        make(raw, tmp_path / "other", key=tmp_path / "mine.h5")
    again = make(raw, release, key=tmp_path / "mine.h5", overwrite=True)
    open_key(tmp_path / "mine.h5", release, again, "test")
    assert again.withheld != manifest.withheld


def test_a_split_without_slices_cannot_be_withheld(raw, tmp_path):
    recipe = dataclasses.replace(TOY_RECIPE, split=(0.8, 0.2, 0.0))
    with pytest.raises(InvalidInputError, match="'test' whose labels"):
        make(raw, tmp_path / "release", recipe)
    assert list(tmp_path.iterdir()) == []


# Verify.


def test_a_release_without_the_masks_of_a_split_is_whole(built):
    assert verify(built) == []


def found(release):
    path = release / MANIFEST_NAME
    manifest = json.loads(path.read_text())
    manifest["files"] = {n: file_digest(release / n) for n in manifest["files"]}
    path.write_text(json.dumps(manifest))
    return {issue.code for issue in verify(release)}


def test_a_smuggled_mask_is_found(public):
    with h5py.File(public / "data" / "test.h5", "r+") as file:
        file["mask"] = np.zeros(file["t1"].shape, np.uint8)
    assert {"labels-exposed", "columns-differ"} <= found(public)


def test_a_key_in_the_release_is_found(public):
    shutil.copy(key_path(public), public / "data" / "key.h5")
    assert "unexpected-file" in found(public)


def test_a_tumour_area_in_the_index_is_found(public):
    lines = (public / "index.csv").read_text().splitlines()
    place = lines[0].split(",").index("area_et")
    row = next(i for i, line in enumerate(lines) if ",test," in line)
    cells = lines[row].split(",")
    cells[place] = "7"
    lines[row] = ",".join(cells)
    (public / "index.csv").write_text("\n".join(lines) + "\n")
    assert "labels-exposed" in found(public)


def _source(content):
    case = next(c for c in content["cases"].values() if c["split"] == "test")
    case["sources"]["mask"] = case["sources"]["t1"]


def _issue(content):
    name = next(n for n, c in content["cases"].items() if c["split"] == "test")
    content["issues"].append(
        {"severity": "note", "where": name, "code": "empty-mask", "message": "none"}
    )


def test_what_the_manifest_must_not_tell_is_found(public):
    path = public / MANIFEST_NAME
    whole = path.read_text()
    for edit in (_source, _issue):
        content = json.loads(whole)
        edit(content)
        path.write_text(json.dumps(content))
        assert "labels-exposed" in found(public)


def test_a_manifest_that_forgets_or_invents_withheld_splits_is_found(public):
    path = public / MANIFEST_NAME
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "withheld": {}}))
    assert "columns-differ" in found(public)
    path.write_text(json.dumps({**content, "withheld": {"tests": "0" * 64}}))
    assert {"no-such-split", "columns-differ"} <= found(public)
    path.write_text(json.dumps({**content, "withheld": ["test"]}))
    with pytest.raises(ReleaseError, match="withheld"):
        read_manifest(public)
