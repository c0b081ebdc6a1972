"""Pixels that are not square, from raw volumes to millimetres in a report."""

import nibabel as nib
import numpy as np
import pytest
from toys import TOY_RECIPE, small, write_toys

from bratsfuse.building import build
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.raw import read_case, scan
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.results import Measure
from bratsfuse.submission import SubmissionRecord, expected_of, write_submission

SIZE_MM = {"x": 1.0, "y": 2.0, "z": 3.0}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A release of toy heads whose voxels are longer from front to back."""
    folder = tmp_path_factory.mktemp("long_voxels")
    raw = write_toys(folder / "raw", cases=4)
    for path in raw.rglob("*.nii.gz"):
        image = nib.load(path)
        affine = image.affine.copy()
        for axis in range(3):
            world = np.argmax(np.abs(affine[:3, axis]))
            affine[:3, axis] *= list(SIZE_MM.values())[world]
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), path)
    form = small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    build(form, cases, TOY_RECIPE, folder / "release", read=read_case)
    return folder / "release"


@pytest.mark.parametrize(("axis", "expected"), [(1, "y"), (2, "x")])
def test_a_shift_by_one_pixel_costs_the_size_of_that_side(
    release, tmp_path, axis, expected
):
    """Rows of a stored slice run from front to back, columns from right to left."""
    manifest = read_manifest(release)
    with SplitFile(release / manifest.splits["test"].file) as split:
        shifted = np.roll(split.array("mask"), 1, axis=axis)
    ids = expected_of(release, manifest, "test").ids
    record = SubmissionRecord(name="shifted", tracks=("segmentation",))
    write_submission(tmp_path / "shifted", record, ids, {"segmentation": shifted})
    found = evaluate(tmp_path / "shifted", release, Settings())
    for key in ("hd", "hd95", "hd95_voxel"):
        column = found.per_slice.column(Measure("segmentation", "WT", key))
        assert set(column) == {SIZE_MM[expected]}
