"""Predicted volumes to a submission: every form gets in, nothing wrong does."""

import itertools
import shutil

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    io_orientation,
    ornt_transform,
)

from bratsfuse.issues import errors_in
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.submission.check import check
from bratsfuse.submission.expected import expected_of
from bratsfuse.submission.from_volumes import import_volumes
from bratsfuse.submission.read import read_submission

PAIRS = {"L": "R", "P": "A", "S": "I"}
ORIENTATIONS = [
    "".join(axes)
    for order in itertools.permutations(PAIRS.items())
    for axes in itertools.product(*order)
]


@pytest.fixture(scope="module")
def references(built_toy_release):
    """The masks of the raw cases, in the coding of BraTS 2021."""
    raw = built_toy_release.parent / "raw"
    return sorted(raw.rglob("*_seg.nii.gz"))


@pytest.fixture
def predictions(references, tmp_path):
    """A folder of them under the names of their cases."""
    folder = tmp_path / "predictions"
    folder.mkdir()
    for path in references:
        shutil.copy(path, folder / path.name.replace("_seg", ""))
    return folder


def turned(image, orientation):
    """Return a volume with its axes stored another way; the world stays as it is."""
    transform = ornt_transform(
        io_orientation(image.affine), axcodes2ornt(tuple(orientation))
    )
    data = apply_orientation(np.asarray(image.dataobj), transform)
    return nib.Nifti1Image(data, image.affine @ inv_ornt_aff(transform, image.shape))


def save(path, image, form=".nii.gz"):
    """Write a volume in a file form, by the library that people write it with."""
    if form in (".nii.gz", ".nii"):
        nib.save(image, path)
    elif form == ".npz":
        np.savez_compressed(path, data=np.asarray(image.dataobj))
    else:
        lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
        spacing = np.sqrt((lps[:3, :3] ** 2).sum(axis=0))
        volume = sitk.GetImageFromArray(
            np.ascontiguousarray(np.asarray(image.dataobj).T)
        )
        volume.SetSpacing(spacing.tolist())
        volume.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
        volume.SetOrigin(lps[:3, 3].tolist())
        sitk.WriteImage(volume, str(path))


def rewrite(folder, change, form=".nii.gz"):
    """Write every volume of a folder anew."""
    for path in sorted(folder.iterdir()):
        image = change(nib.load(path))
        name = path.name.removesuffix(".nii.gz")
        content = nib.Nifti1Image(np.asarray(image.dataobj), image.affine)
        path.unlink()
        save(folder / f"{name}{form}", content, form)


def relabelled(image, new):
    data = np.asarray(image.dataobj)
    return nib.Nifti1Image(new(data).astype(data.dtype), image.affine)


def masks_of(submission, release, split):
    """Return slice id -> mask as the reader of submissions sees it."""
    expected = expected_of(release, read_manifest(release), split)
    with read_submission(submission, expected) as reading:
        assert not errors_in(reading.issues)
        staged = reading.staged["segmentation"]
        assert staged.present.all()
        return {one: staged[row].copy() for row, one in enumerate(expected.ids)}


def assert_equal_to_release(submission, release, split="all"):
    """Assert that every mask is that of the release, bit for bit."""
    masks = masks_of(submission, release, split)
    manifest = read_manifest(release)
    compared = 0
    for record in manifest.splits.values():
        with SplitFile(release / record.file) as rows:
            cases, slices = rows.texts("case_id"), rows.array("slice_index")
            for row, (case, z) in enumerate(zip(cases, slices, strict=True)):
                mask = next(
                    (m for one, m in masks.items() if str(one) == f"{case}_z{z:03d}"),
                    None,
                )
                if mask is not None:
                    assert mask.any()
                    assert np.array_equal(mask, rows.pixels("mask", row))
                    compared += 1
    assert compared == len(masks) > 0


@pytest.mark.parametrize("form", [".nii.gz", ".nii", ".mha", ".nrrd", ".npz"])
def test_the_reference_volumes_make_the_masks_of_the_release(
    built_toy_release, predictions, tmp_path, form
):
    rewrite(predictions, lambda image: image, form)
    made = import_volumes(
        predictions, built_toy_release, tmp_path / "s", coding="brats2021", split="all"
    )
    assert made.cases == 4
    assert made.slice_sets == made.expected == 20
    assert_equal_to_release(tmp_path / "s", built_toy_release)
    found = check(tmp_path / "s", built_toy_release, "test")
    assert not errors_in(found.issues)
    assert found.coverage == {"segmentation": found.expected}


@settings(max_examples=12)
@given(
    orientations=st.lists(st.sampled_from(ORIENTATIONS), min_size=4, max_size=4),
    form=st.sampled_from([".nii.gz", ".mha", ".nrrd"]),
    dtype=st.sampled_from(["uint8", "int16", "float32", "float64", ">i2"]),
)
def test_any_orientation_and_type_gives_the_same_masks(
    built_toy_release, references, tmp_path_factory, orientations, form, dtype
):
    folder = tmp_path_factory.mktemp("turned")
    (folder / "p").mkdir()
    for path, orientation in zip(references, orientations, strict=True):
        image = turned(nib.load(path), orientation)
        data = np.asarray(image.dataobj).astype(dtype)
        name = path.name.replace("_seg.nii.gz", form)
        save(folder / "p" / name, nib.Nifti1Image(data, image.affine), form)
    import_volumes(
        folder / "p", built_toy_release, folder / "s", coding="brats2021", split="all"
    )
    assert_equal_to_release(folder / "s", built_toy_release)
