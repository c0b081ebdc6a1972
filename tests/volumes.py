"""Volumes as people write them, and what of a submission is equal to a release."""

import itertools

import h5py
import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813  (its usual name)
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    io_orientation,
    ornt_transform,
)

from bratsfuse.records import SliceId
from bratsfuse.release import SplitFile, read_manifest

PAIRS = {"L": "R", "P": "A", "S": "I"}
ORIENTATIONS = [
    "".join(axes)
    for order in itertools.permutations(PAIRS.items())
    for axes in itertools.product(*order)
]
"""All 48 ways in which the axes of a volume can be stored."""


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
        data = np.asarray(image.dataobj).T
        native = np.ascontiguousarray(data, data.dtype.newbyteorder("="))
        volume = sitk.GetImageFromArray(native)
        volume.SetSpacing(spacing.tolist())
        volume.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
        volume.SetOrigin(lps[:3, 3].tolist())
        sitk.WriteImage(volume, str(path))


def masks_of(submission):
    """Return slice id -> mask, as they are stored."""
    with h5py.File(submission / "predictions.h5") as file:
        ids = map(
            SliceId, file["case_id"].asstr()[()], file["slice_index"][()].tolist()
        )
        return dict(zip(ids, file["mask"][()], strict=True))


def assert_equal_to_release(submission, release):
    """Assert that every mask is that of the release, bit for bit."""
    masks = masks_of(submission)
    manifest = read_manifest(release)
    compared = 0
    for record in manifest.splits.values():
        with SplitFile(release / record.file) as rows:
            cases, slices = rows.texts("case_id"), rows.array("slice_index")
            for row, (case, z) in enumerate(zip(cases, slices, strict=True)):
                mask = masks.get(SliceId(case, int(z)))
                if mask is not None:
                    assert mask.any()
                    assert np.array_equal(mask, rows.pixels("mask", row))
                    compared += 1
    assert compared == len(masks) > 0
