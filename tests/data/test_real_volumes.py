"""Real masks as predictions: every way of writing them gives the release's own."""

import shutil

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  (its usual name)
from volumes import assert_equal_to_release, turned

from bratsfuse.issues import errors_in
from bratsfuse.release import export_volumes
from bratsfuse.submission import import_volumes
from bratsfuse.submission.check import check

pytestmark = pytest.mark.data


def through_itk(source, target):
    """Write a mask as nnU-Net does, with what SimpleITK read of the grid."""
    image = sitk.ReadImage(str(source))
    mask = sitk.GetImageFromArray(sitk.GetArrayFromImage(image))
    mask.CopyInformation(image)
    sitk.WriteImage(mask, str(target))


def through_nibabel(source, target):
    """Write a mask as float32 in RAS, as MONAI does."""
    image = turned(nib.load(source), "RAS")
    data = np.asarray(image.dataobj).astype(np.float32)
    nib.save(nib.Nifti1Image(data, image.affine), target)


@pytest.mark.parametrize(
    ("write", "suffix"),
    [
        (shutil.copy, ".nii.gz"),
        (through_itk, ".nii.gz"),
        (through_itk, ".mha"),
        (through_nibabel, ".nii.gz"),
    ],
)
def test_references_are_imported_bit_for_bit(release, tmp_path, write, suffix):
    folder = tmp_path / "p"
    folder.mkdir()
    for path in (release.parent / "raw").glob("*/*_seg.nii.gz"):
        write(path, folder / path.name.replace(".nii.gz", suffix))
    made = import_volumes(
        folder, release, tmp_path / "s", coding="brats2018", split="all"
    )
    assert made.slice_sets == made.expected == 60
    assert_equal_to_release(tmp_path / "s", release)
    assert not errors_in(check(tmp_path / "s", release, "test").issues)


def test_exported_masks_are_the_raw_ones_and_come_back(release, tmp_path):
    made = export_volumes(release, tmp_path / "v", ["mask"])
    for case, slices in made.slices.items():
        (path,) = (release.parent / "raw").glob(f"{case}/*_seg.nii.gz")
        raw, mask = nib.load(path), nib.load(tmp_path / "v/mask" / f"{case}.nii.gz")
        assert np.allclose(raw.affine, mask.affine)
        shown = list(slices)
        true, written = (np.asarray(one.dataobj)[..., shown] for one in (raw, mask))
        assert np.array_equal(true > 0, written > 0)
        assert np.array_equal(true == 4, written == 3)
    import_volumes(tmp_path / "v/mask", release, tmp_path / "s", split="all")
    assert_equal_to_release(tmp_path / "s", release)
