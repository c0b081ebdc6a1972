"""Files that are not what their names say, and volumes under unusual names."""

import gzip
import io
import tarfile
import zipfile

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import toy, write_toys

from bratsfuse.anatomy import Modality
from bratsfuse.builders import find_cases
from bratsfuse.errors import RawDataError
from bratsfuse.raw import read_case, read_volume_file
from bratsfuse.raw.file_form import misfit

NAME = "BraTS2021_90001"


@pytest.fixture
def raw(tmp_path):
    return write_toys(tmp_path / "raw", cases=1)


def flair(raw):
    return raw / NAME / f"{NAME}_flair.nii.gz"


def read_flair(raw):
    (case,) = find_cases(raw).cases
    assert not problems(case)
    return read_case(case).images[Modality.FLAIR]


def problems(case):
    """What reading finds, but for the shape of toys."""
    issues = read_case(case).issues
    return [issue for issue in issues if issue.code != "unexpected-shape"]


def tar_of(content):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as file:
        info = tarfile.TarInfo("volume.nii")
        info.size = len(content)
        file.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def zip_of(content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("volume.nii", content)
    return stream.getvalue()


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 2312345\n"


@pytest.mark.parametrize(
    ("change", "found", "fix"),
    [
        (lambda volume: b"", "empty", "copy it again"),
        (lambda volume: bytes(4000), "full of zeros", "copy it again"),
        (lambda volume: b" \n\r\n\0", "zeros or blanks", "copy it again"),
        (
            lambda volume: volume[:108] + bytes(4) + volume[112:],
            "voxels start at byte 0",
            "",
        ),
        (lambda volume: POINTER, "Git LFS pointer", "git lfs pull"),
        (
            lambda volume: b"/annex/objects/MD5E-s1--0.nii.gz\n",
            "git-annex",
            "annex get",
        ),
        (lambda volume: b"<!DOCTYPE html><title>Log in", "web page", "logged in"),
        (lambda volume: b"\n <html lang='en'>", "web page", "logged in"),
        (lambda volume: b"Access denied\n", "'Access denied'", "copy it again"),
        (zip_of, "ZIP archive", "unpack"),
        (tar_of, "TAR archive", "unpack"),
        (lambda volume: gzip.compress(tar_of(volume)), "TAR archive", "unpack"),
        (lambda volume: gzip.compress(gzip.compress(volume)), "twice", "gunzip"),
        (lambda volume: b"NRRD0004\n", "NRRD", ".nrrd"),
        (lambda volume: b"ObjectType = Image\n", "MetaImage", ".mha"),
        (lambda volume: b"\0" * 128 + b"DICM" + volume, "DICOM", "NIfTI"),
    ],
)
@pytest.mark.parametrize("suffix", [".nii.gz", ".nii"])
def test_a_file_that_is_no_volume_is_named_for_what_it_is(
    raw, change, found, fix, suffix
):
    path = flair(raw)
    content = change(gzip.decompress(path.read_bytes()))
    path.unlink()
    path = path.with_name(f"{NAME}_flair{suffix}")
    path.write_bytes(content)
    (case,) = find_cases(raw).cases
    (issue,) = problems(case)
    assert issue.code == "unreadable"
    assert str(path) in issue.message
    assert found in issue.message
    assert fix in issue.message
    assert "\n" not in issue.message


def test_a_text_under_the_name_of_a_metaimage_is_named_too(tmp_path):
    path = tmp_path / "a.mha"
    path.write_bytes(POINTER)
    with pytest.raises(RawDataError, match="Git LFS pointer; run git lfs pull"):
        read_volume_file(path)


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        (".nii.gz", False),
        (".nii", True),
        (".NII.GZ", True),
        (".Nii", False),
        (".NII", True),
    ],
)
def test_volumes_are_read_compressed_or_not_whatever_the_name_says(raw, suffix, packed):
    path = flair(raw)
    content = path.read_bytes()
    path.unlink()
    path = path.with_name(f"{NAME}_flair{suffix}")
    path.write_bytes(content if packed else gzip.decompress(content))
    np.testing.assert_array_equal(read_flair(raw), toy(1).images[Modality.FLAIR])


@pytest.mark.parametrize("suffix", [".nrrd", ".seg.nrrd", ".NRRD", ".MHA"])
def test_masks_are_read_in_the_forms_of_itk(raw, suffix):
    import SimpleITK as sitk  # noqa: N813

    path = raw / NAME / f"{NAME}_seg.nii.gz"
    image = sitk.ReadImage(str(path))
    path.unlink()
    written = raw / NAME / f"mask{suffix.lower()}"
    sitk.WriteImage(image, str(written))
    written.rename(raw / NAME / f"{NAME}_seg{suffix}")
    (case,) = find_cases(raw).cases
    assert not case.issues
    assert not problems(case)
    np.testing.assert_array_equal(read_case(case).mask, toy(1).mask)


@pytest.mark.parametrize(
    "name", ["a.tar", "a.zip", "A.ZIP", "b.tar.gz", "c.7z", "d.rar"]
)
def test_archives_that_are_not_unpacked_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(RawDataError, match=rf"archives: {name}; unpack them first"):
        find_cases(tmp_path)


def test_a_folder_of_other_files_says_what_is_there(tmp_path):
    for name in ("a.png", "b.PNG", "c.h5"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(RawDataError, match=r"2 of \.png, 1 of \.h5; expected a folder"):
        find_cases(tmp_path)


def test_archives_beside_the_cases_are_noted(raw):
    (raw / "more.zip").write_bytes(b"x")
    (issue,) = find_cases(raw).notes()
    assert issue.code == "archives"
    assert "1 archive beside the cases, for example more.zip" in issue.message


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(content=st.binary(max_size=600))
def test_any_bytes_are_refused_in_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.nii.gz"
    path.write_bytes(content)
    with pytest.raises(RawDataError) as info:
        read_volume_file(path)
    assert str(info.value).startswith(f"{path}: ")
    assert "\n" not in str(info.value)
    told = misfit(content)
    assert told is None or told.count("; ") == 1


def with_header(tmp_path, change):
    """Write a volume of 1 x 1 x 2 mm whose header was changed after saving."""
    path = tmp_path / "a.nii"
    image = nib.Nifti1Image(np.zeros((4, 5, 6), np.uint8), np.diag([-1, -1, 2, 1]))
    image.header.set_xyzt_units("mm")
    image.set_qform(image.affine, 1)
    nib.save(image, path)
    content = bytearray(path.read_bytes())
    header = nib.Nifti1Header(bytes(content[:348]))
    change(header)
    content[:348] = header.structarr.tobytes()
    path.write_bytes(bytes(content))
    return path


def test_a_header_that_says_two_pixel_sizes_is_refused(tmp_path):
    def change(header):
        header["pixdim"][3] = 1

    path = with_header(tmp_path, change)
    with pytest.raises(RawDataError, match="1 x 1 x 2 mm, its pixdim says 1 x 1 x 1"):
        read_volume_file(path)


def test_a_header_that_says_two_orientations_is_refused(tmp_path):
    def change(header):
        header["srow_x"] *= -1

    path = with_header(tmp_path, change)
    with pytest.raises(RawDataError, match="its sform is oriented RPS, its qform LPS"):
        read_volume_file(path)


def test_sizes_that_are_rounded_and_a_qform_that_says_nothing_are_taken(tmp_path):
    def change(header):
        header["pixdim"][1] = 1.0004
        header["qform_code"] = 0
        header["quatern_b"] = 7

    volume = read_volume_file(with_header(tmp_path, change))
    np.testing.assert_array_equal(np.diag(volume.affine), [-1, -1, 2, 1])
