"""Mask files as label maps: what is read without loss, and what is refused."""

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from bratsfuse.errors import RawDataError
from bratsfuse.folder_scores.coding import recode, tissues_in
from bratsfuse.folder_scores.label_file import difference, read_labels

LABELS = np.zeros((9, 8, 5), np.uint8)
LABELS[2:5, 3:6, 1:4] = 2
LABELS[3, 4, 2] = 200
AFFINE = np.diag([-0.5, -1.0, 2.5, 1.0])
PICTURE = LABELS[:, :, 2]


def volume(path, data, affine=AFFINE):
    nib.save(nib.Nifti1Image(data, affine), path)
    return read_labels(path)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64]
)
def test_whole_numbers_of_any_type_are_labels(tmp_path, dtype):
    file = volume(tmp_path / "a.nii.gz", LABELS.astype(dtype))
    assert file.labels.dtype == np.uint8
    np.testing.assert_array_equal(file.labels, LABELS.T)
    assert file.spacing_mm == (2.5, 1.0, 0.5)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (LABELS.astype(np.float32) + 0.3, "save the argmax or a thresholded mask"),
        (np.where(LABELS == 2, np.nan, 0).astype(np.float32), "whole numbers"),
        (LABELS.astype(np.int16) - 1, "values from -1 to 199"),
        (LABELS.astype(np.int16) * 2, "values from 0 to 400"),
        (np.stack([LABELS, LABELS], -1), "2 channels; expected one label map"),
    ],
)
def test_what_is_no_label_map_is_refused(tmp_path, data, told):
    with pytest.raises(RawDataError, match=told):
        volume(tmp_path / "a.nii.gz", data)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_volume_of_one_slice_is_a_slice(tmp_path, axis):
    cut = np.take(LABELS, [3], axis=axis)
    file = volume(tmp_path / "a.nii", cut)
    assert file.labels.ndim == 2
    sizes = [(2.5, 1.0), (2.5, 0.5), (1.0, 0.5)]
    assert file.spacing_mm == sizes[axis]
    np.testing.assert_array_equal(file.labels, cut.squeeze(axis).T)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        *((mode, suffix) for mode in ("L", "P") for suffix in ("png", "tif", "bmp")),
        *(("I;16", suffix) for suffix in ("png", "tif")),
        ("I", "tif"),
        ("F", "tif"),
    ],
)
def test_grey_and_palette_pictures_have_their_numbers(tmp_path, mode, suffix):
    kinds = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
    path = tmp_path / f"a.{suffix}"
    image = Image.fromarray(PICTURE.astype(kinds.get(mode, np.uint8)))
    if mode == "P":
        image = Image.fromarray(PICTURE)
        image.putpalette([255 - i // 3 for i in range(768)])
    image.save(path)
    file = read_labels(path)
    np.testing.assert_array_equal(file.labels, PICTURE)
    assert (file.spacing_mm, file.affine) == (None, None)
    assert file.shape == (8, 9)


def test_black_and_white_pictures_have_0_and_1(tmp_path):
    Image.fromarray(PICTURE > 0).save(tmp_path / "a.png")
    assert read_labels(tmp_path / "a.png").labels.max() == 1


@pytest.mark.parametrize(
    ("image", "name", "told"),
    [
        (Image.fromarray(PICTURE), "a.jpg", "JPEG changes the labels"),
        (Image.fromarray(np.dstack([PICTURE] * 3)), "a.png", "a picture in colour"),
        (Image.fromarray(np.dstack([PICTURE] * 2)), "a.png", "a picture in colour"),
        (None, "a.png", "cannot be read as an image"),
    ],
)
def test_pictures_that_lose_labels_are_refused(tmp_path, image, name, told):
    if image is None:
        (tmp_path / name).write_bytes(b"nothing")
    else:
        image.save(tmp_path / name)
    with pytest.raises(RawDataError, match=told):
        read_labels(tmp_path / name)


def test_several_layers_are_refused(tmp_path):
    layers = [Image.fromarray(PICTURE)] * 2
    layers[0].save(tmp_path / "a.tif", save_all=True, append_images=layers[1:])
    with pytest.raises(RawDataError, match="2 layers"):
        read_labels(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("affine", "told"),
    [
        (AFFINE + 1e-6, ""),
        (AFFINE + np.eye(4)[:, [0]] @ np.eye(4)[[3]] * 0.004, ""),  # of 0.5 mm
        (AFFINE + np.eye(4)[:, [0]] @ np.eye(4)[[3]] * 0.01, "lies on another grid"),
        (AFFINE @ np.diag([1, 1, 1.002, 1]), "spacing 0.5 x 1 x 2.505, there 0.5 x 1"),
        (np.eye(4), "its header is the identity matrix"),
    ],
)
def test_grids_are_compared_at_their_corners(tmp_path, affine, told):
    one = volume(tmp_path / "a.nii", LABELS)
    other = volume(tmp_path / "b.nii", LABELS, affine)
    assert told in difference(one, other)
    assert bool(difference(one, other)) == bool(told)


def test_a_picture_and_a_volume_are_two_forms(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    picture = read_labels(tmp_path / "a.png")
    slice_ = volume(tmp_path / "b.nii", LABELS[..., :1])
    assert "is a picture and the reference a volume" in difference(slice_, picture)
    assert "is a volume and the reference a picture" in difference(picture, slice_)


# Codings


def test_labels_are_recoded_at_once_and_not_one_after_the_other():
    # In the order of a naive loop, 1 becomes 3 and 3 becomes 5.
    found = recode(np.arange(5, dtype=np.uint8)[None], "brats2024_ped")
    assert found.tolist() == [[0, 3, 1, 5, 2]]


@pytest.mark.parametrize(
    ("labels", "coding", "told"),
    [
        ([0, 1, 4], None, "4 without 3 is ambiguous"),
        ([0, 1, 3], "brats2018", "has the labels 1, 3; coding brats2018 has 1, 2, 4"),
        ([0, 7], "bratsfuse", "--regions tumour=7"),
        ([0, 255], None, "--regions tumour=255"),
    ],
)
def test_labels_outside_a_coding_are_refused(labels, coding, told):
    assert told in recode(np.array([labels], np.uint8), coding)


def test_4_is_what_the_coding_says():
    stored = np.array([[0, 1, 4]], np.uint8)
    assert recode(stored, "brats2018").tolist() == [[0, 1, 3]]
    assert recode(stored, "bratsfuse").tolist() == [[0, 1, 4]]
    assert recode(np.array([[3, 4]], np.uint8), None).tolist() == [[3, 4]]
    assert stored.tolist() == [[0, 1, 4]]
    assert tissues_in(stored) == [1, 4]
