"""The size of a pixel, from the header of a raw file to the millimetres of a score."""

import dataclasses

import nibabel as nib
import numpy as np
import pytest
from perturbed import masks_of, submit
from toys import SHAPE, TOY_RECIPE, save, small, write_toys

from bratsfuse.building import build
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.raw import read_case, scan

X_MM, Y_MM, Z_MM = 2.0, 1.0, 3.0
FORM = small("brats2021")


def found(raw):
    return FORM.arrangement.find(FORM, scan(raw))


def stretch(raw, axes="LPS"):
    """Give every volume voxels of three different lengths, and an order of axes."""
    from nibabel.orientations import axcodes2ornt, ornt_transform

    turn = ornt_transform(axcodes2ornt("LPS"), axcodes2ornt(axes))
    for path in sorted(raw.rglob("*.nii.gz")):
        image = nib.load(path)
        affine = image.affine @ np.diag([X_MM, Y_MM, Z_MM, 1])
        image = nib.Nifti1Image(np.asarray(image.dataobj), affine).as_reoriented(turn)
        save(path, np.asarray(image.dataobj), image.affine)


@pytest.mark.parametrize("axes", ["LPS", "RAS", "SRA", "PIR"])
def test_lengths_are_told_along_the_axes_of_the_head(tmp_path, axes):
    raw = write_toys(tmp_path / "raw", cases=1)
    stretch(raw, axes)
    (case,) = found(raw)
    assert read_case(case).spacing_mm == pytest.approx((X_MM, Y_MM, Z_MM))


@pytest.fixture(scope="module")
def stretched(tmp_path_factory):
    """A release of pixels 2 mm wide and 1 mm high."""
    folder = tmp_path_factory.mktemp("stretched")
    raw = write_toys(folder / "raw", cases=3)
    stretch(raw)
    recipe = dataclasses.replace(TOY_RECIPE, slices=10)
    build(FORM, found(raw), recipe, folder / "release", read=read_case)
    return folder / "release"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda mask: np.roll(mask, 1, axis=1), X_MM),
        (lambda mask: np.roll(mask, 1, axis=0), Y_MM),
        (np.zeros_like, float(np.hypot(SHAPE[0] * X_MM, SHAPE[1] * Y_MM))),
    ],
    ids=["a column to the right", "a row down", "empty"],
)
def test_a_distance_knows_columns_from_rows(stretched, tmp_path, change, expected):
    changed = {one: change(mask) for one, mask in masks_of(stretched, "test").items()}
    submit(tmp_path / "sub", "moved", stretched, changed)
    found = evaluate(tmp_path / "sub", stretched, Settings())
    assert found.report.status == "scored"
    score = found.report.scores.segmentation["WT"]["hd"]
    assert score.mean == pytest.approx(expected)
