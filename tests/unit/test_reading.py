"""The ten rules of a builder: each test fails if its rule is not kept."""

import gzip
from dataclasses import replace
from itertools import pairwise

import nibabel as nib
import numpy as np
import pytest
from toys import LPS_AFFINE, SHAPE, save, small, toy, write_toys

from bratsfuse.anatomy import Label, Modality
from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.building import survey_case, to_uint8
from bratsfuse.errors import InvalidInputError, RawDataError
from bratsfuse.raw import find as raw_find
from bratsfuse.raw import read_case, read_volume_file, scan

NAME = "BraTS2021_90001"


@pytest.fixture
def raw(tmp_path):
    return write_toys(tmp_path / "raw", cases=1)


def files(raw):
    return {
        path.name.split("_")[-1].split(".")[0]: path for path in (raw / NAME).iterdir()
    }


def found(raw, layout="brats2021"):
    form = small(layout)
    return form.arrangement.find(form, scan(raw))


def codes(issues):
    return [issue.code for issue in issues]


def read(raw, layout="brats2021"):
    (case,) = found(raw, layout)
    return case, read_case(case)


def surveyed(raw, **policy):
    case, volume = read(raw)
    policy = {"clip_negatives": False, "any_shape": False, **policy}
    return survey_case(case, volume, **policy)


# Rule 1: detection by names, whole tokens compared.


def test_t1ce_is_not_read_as_t1(raw):
    case, volume = read(raw)
    made = toy(1)
    for modality in Modality:
        np.testing.assert_array_equal(volume.images[modality], made.images[modality])
    assert case.images[Modality.T1].path.name == f"{NAME}_t1.nii.gz"
    assert case.images[Modality.T1CE].path.name == f"{NAME}_t1ce.nii.gz"


def test_a_missing_t1_is_not_replaced_by_t1ce(raw):
    files(raw)["t1"].unlink()
    (case,) = found(raw)
    assert Modality.T1 not in case.images
    (issue,) = case.issues
    assert issue.code == "missing-modality"
    assert f"{NAME}_t1.nii.gz" in issue.message


def test_uncompressed_and_compressed_files_are_the_same(raw):
    before = read(raw)[1]
    for path in files(raw).values():
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    after = read(raw)[1]
    for modality in Modality:
        np.testing.assert_array_equal(before.images[modality], after.images[modality])


def test_two_files_for_one_modality_are_refused(raw):
    path = files(raw)["t2"]
    path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    (case,) = found(raw)
    assert codes(case.issues) == ["two-files"]


# Rule 2: the segmentation by suffix, else the single leftover.


def test_a_misnamed_segmentation_is_the_single_leftover(raw):
    files(raw)["seg"].rename(raw / NAME / "W39_1998.09.19_Segm.nii.gz")
    case, volume = read(raw)
    assert codes(case.issues) == ["misnamed-mask"]
    np.testing.assert_array_equal(volume.mask, toy(1).mask)


def test_two_leftovers_are_no_segmentation(raw):
    files(raw)["seg"].rename(raw / NAME / "one.nii.gz")
    (raw / NAME / "two.nii.gz").write_bytes(b"")
    (case,) = found(raw)
    assert case.mask is None
    assert codes(case.issues) == ["unlabelled"]


def test_a_companion_with_the_case_prefix_is_no_segmentation(raw):
    files(raw)["seg"].rename(raw / NAME / f"{NAME}_voided.nii.gz")
    (case,) = found(raw)
    assert case.mask is None


def test_no_segmentation_is_an_unlabelled_case_and_no_empty_mask(raw):
    files(raw)["seg"].unlink()
    case, volume = read(raw)
    assert volume.mask is None
    assert not survey_case(case, volume, clip_negatives=False, any_shape=False).usable


# Rule 3: scale slope, rounding, declared labels.


def relabelled(raw, mask, **options):
    save(files(raw)["seg"], mask, **options)


def source_mask():
    mask = toy(1).mask.copy()
    mask[mask == Label.ET] = 4
    return mask


def test_a_scale_slope_on_the_labels_is_undone(raw):
    slope = 1.0000153
    relabelled(raw, source_mask().astype(np.int16), slope=slope)
    stored = np.asarray(nib.load(files(raw)["seg"]).dataobj)
    assert stored.max() != 4  # the file really reads as 4.00006
    _, volume = read(raw)
    np.testing.assert_array_equal(volume.mask, toy(1).mask)
    assert "labels-rounded" in codes(volume.issues)


def test_labels_far_from_integers_are_refused(raw):
    relabelled(raw, source_mask().astype(np.float32) * 1.01)
    _, volume = read(raw)
    assert volume.mask is None
    assert codes(volume.issues) == ["labels-not-integers"]


@pytest.mark.parametrize("value", [3, 5, 7, 9, 200, -1, 300])
def test_labels_outside_the_declared_set_are_refused(raw, value):
    mask = source_mask().astype(np.int16)
    mask[0, 0, 0] = value
    relabelled(raw, mask)
    _, volume = read(raw)
    assert volume.mask is None
    (issue,) = volume.issues
    assert issue.code == "unknown-labels"
    assert str(value) in issue.message
    assert "0, 1, 2, 4; bring the mask into that coding" in issue.message


@pytest.mark.parametrize(
    ("layout", "name", "expected"),
    [
        ("brats2021", "BraTS2021_90001_{}", {1: 1, 2: 2, 4: 3}),
        ("brats2023_gli", "BraTS-GLI-90001-000-{}", {1: 1, 2: 2, 3: 3}),
        ("brats2024_gli", "BraTS-GLI-90001-100-{}", {1: 1, 2: 2, 3: 3, 4: 4}),
        ("brats2024_ped", "BraTS-PED-90001-000-{}", {1: 3, 2: 1, 3: 5, 4: 2}),
        ("brats2012", "BRATS_HG9001_{}", {1: 2, 2: 1}),
    ],
)
def test_every_source_value_gets_its_label_at_once(tmp_path, layout, name, expected):
    # 4 means enhancing in 2021, resection cavity in 2024 and oedema in children: a
    # loop of in-place edits would map 1 to 3 to 5.
    raw = write_toys(tmp_path / "raw", layout, cases=1)
    (case,) = found(raw, layout)
    mask = np.zeros(SHAPE, dtype=np.int16)
    for place, value in enumerate(expected):
        mask[place + 8, 10, 8] = value
    target = case.mask.path
    target.unlink()
    target = target.parent / (target.name.split(".")[0] + ".nii.gz")
    save(target, mask)
    _, volume = read(raw, layout)
    got = {v: int(volume.mask[p + 8, 10, 8]) for p, v in enumerate(expected)}
    assert got == expected


# Rule 4: one grid for all, reorientation by the header.


def test_a_modality_of_another_shape_is_refused(raw):
    save(files(raw)["t2"], toy(1).images[Modality.T2][:, :, 1:])
    assert "grid-differs" in codes(surveyed(raw).issues)


def test_a_modality_with_a_shifted_affine_is_refused(raw):
    shifted = LPS_AFFINE.copy()
    shifted[0, 3] += 0.01
    save(files(raw)["t2"], toy(1).images[Modality.T2], shifted)
    assert codes(surveyed(raw).issues) == ["grid-differs"]


def test_rounded_and_negative_zero_affines_are_one_grid(raw):
    rounded = LPS_AFFINE.copy()
    rounded[0, 3] = -0.0005
    rounded[0, 1] = -0.0
    save(files(raw)["t2"], toy(1).images[Modality.T2], rounded)
    assert surveyed(raw).usable


def stored_as(raw, axes):
    """Store every volume with other axes, header and array alike."""
    from nibabel.orientations import axcodes2ornt, ornt_transform

    for path in files(raw).values():
        image = nib.load(path)
        turn = ornt_transform(axcodes2ornt("LPS"), axcodes2ornt(axes))
        turned = image.as_reoriented(turn)
        save(path, np.asarray(turned.dataobj), turned.affine)


@pytest.mark.parametrize("axes", ["RAS", "LAS", "RPI", "SRA"])
def test_a_reoriented_twin_gives_the_same_arrays(raw, axes):
    before = read(raw)[1]
    stored_as(raw, axes)
    case, after = read(raw)
    assert after.sources["t1"].orientation == axes
    np.testing.assert_array_equal(before.mask, after.mask)
    for modality in Modality:
        np.testing.assert_array_equal(before.images[modality], after.images[modality])
    assert codes(after.issues) == ["reoriented"]
    assert survey_case(case, after, clip_negatives=False, any_shape=False).usable


def test_a_flipped_array_under_the_same_header_is_another_image(raw):
    before = read(raw)[1]
    for path in files(raw).values():
        image = nib.load(path)
        save(path, np.asarray(image.dataobj)[:, ::-1], image.affine)
    after = read(raw)[1]
    assert not np.array_equal(before.images[Modality.T1], after.images[Modality.T1])


def test_a_header_without_orientation_is_refused(raw):
    path = files(raw)["t1"]
    image = nib.load(path)
    image.header["sform_code"] = image.header["qform_code"] = 0
    content = (
        image.header.binaryblock + bytes(4) + image.dataobj.get_unscaled().tobytes("F")
    )
    path.write_bytes(gzip.compress(content))
    (issue,) = read(raw)[1].issues
    assert issue.code == "unreadable"
    assert "orientation" in issue.message


# Rule 5: expected shapes.


def test_an_unexpected_shape_is_refused_unless_allowed(raw):
    case, volume = read(raw, "brats2021")
    import dataclasses

    strict = dataclasses.replace(case, shapes=((240, 240, 155),))
    volume = read_case(strict)
    refused = survey_case(strict, volume, clip_negatives=False, any_shape=False)
    assert codes(refused.issues) == ["unexpected-shape"]
    assert "24x20x16" in refused.issues[0].message
    allowed = survey_case(strict, volume, clip_negatives=False, any_shape=True)
    assert allowed.usable


# Rule 6: dtypes, negative values, scaling per volume.


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32, np.float64])
def test_every_stored_type_gives_the_same_survey(raw, dtype):
    before = surveyed(raw)
    for role, path in files(raw).items():
        image = nib.load(path)
        data = np.asarray(image.dataobj)
        save(path, data.astype(np.uint8 if role == "seg" else dtype), image.affine)
    after = surveyed(raw)
    assert after.windows == before.windows
    assert after.digests == before.digests
    assert after.usable


def test_negative_values_are_refused_unless_clipped(raw):
    data = toy(1).images[Modality.T2].copy()
    data[12, 10, 8] = -136
    save(files(raw)["t2"], data)
    refused = surveyed(raw)
    assert codes(refused.issues) == ["negative-values"]
    assert "-136" in refused.issues[0].message
    assert surveyed(raw, clip_negatives=True).usable


def test_nan_is_refused(raw):
    data = toy(1).images[Modality.T2].astype(np.float32)
    data[12, 10, 8] = np.nan
    save(files(raw)["t2"], data)
    assert codes(surveyed(raw).issues)[0] == "not-finite"


def test_windows_go_by_volume_and_modality(raw):
    before = surveyed(raw)
    data = toy(1).images[Modality.T2]
    save(files(raw)["t2"], (data * 7).astype(np.int16))
    after = surveyed(raw)
    assert after.windows["t2"].high == 7 * before.windows["t2"].high
    assert after.windows["t1"] == before.windows["t1"]


# Rule 7: partial modalities are flagged, their empty slices never chosen.


def test_a_partial_modality_is_flagged_and_its_empty_slices_are_not_chosen(raw):
    whole = surveyed(raw)
    data = toy(1).images[Modality.FLAIR].copy()
    data[:, :, 8:] = 0
    save(files(raw)["flair"], data)
    partial = surveyed(raw)
    assert codes(partial.issues) == ["partial-modality"]
    assert "flair" in partial.issues[0].message
    assert partial.modality_iou < 0.7 < 0.99 < whole.modality_iou
    assert {8, 9} & set(whole.tumour_slices(4, 0))
    assert max(partial.tumour_slices(4, 0)) < 8


def test_air_around_an_unstripped_head_is_no_part_of_it(raw):
    """Children since 2025 are defaced, not skull-stripped: air is dark, but not 0."""
    stripped = surveyed(raw)
    rng = np.random.default_rng(0)
    for modality, path in files(raw).items():
        if modality == "seg":
            continue
        data = toy(1).images[Modality(modality)].copy()
        air = data == 0
        data[air] = rng.integers(1, 8, np.count_nonzero(air))
        save(path, data)
    found = surveyed(raw)
    assert codes(found.issues) == ["not-skull-stripped"]
    assert "t1, t1ce, t2, flair" in found.issues[0].message
    for name, window in found.windows.items():
        assert window.low > 7, name
        assert window.high == pytest.approx(stripped.windows[name].high, rel=0.02)
    assert found.brain_area == pytest.approx(stripped.brain_area, rel=0.05)
    assert found.tumour_slices(4, 0) == stripped.tumour_slices(4, 0)
    assert to_uint8(data, found.windows["flair"])[air].max() == 0


def test_an_empty_modality_is_refused(raw):
    save(files(raw)["flair"], np.zeros(SHAPE, dtype=np.int16))
    assert "empty-modality" in codes(surveyed(raw).issues)


def test_one_sequence_under_two_names_is_refused(raw):
    save(files(raw)["flair"], toy(1).images[Modality.T2])
    assert "same-modality-twice" in codes(surveyed(raw).issues)


# Rule 8: slice choice.


def test_slices_rank_by_tumour_then_enhancing_area_then_index(raw):
    survey = surveyed(raw)
    from bratsfuse.anatomy import REGIONS, Region

    tumour = survey.area(REGIONS[Region.WT])
    enhancing = survey.area(REGIONS[Region.ET])
    ranked = survey.tumour_slices(4, 0)
    keys = [(-tumour[z], -enhancing[z], z) for z in ranked]
    assert keys == sorted(keys)
    assert len(ranked) == int((tumour >= 4).sum()) > 3


def test_a_gap_keeps_chosen_slices_apart(raw):
    survey = surveyed(raw)
    chosen = sorted(survey.tumour_slices(4, 2))
    assert len(chosen) > 1
    assert all(b - a > 2 for a, b in pairwise(chosen))


# Broken files.


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"this is a text file",
        gzip.compress(b"this is a text file"),
        b"\x1f\x8b\x08",
    ],
    ids=["empty", "text", "compressed text", "stub of a gzip header"],
)
def test_what_is_no_image_is_one_line(raw, content):
    files(raw)["t1"].write_bytes(content)
    _, volume = read(raw)
    (issue,) = volume.issues
    assert issue.code == "unreadable"
    assert f"{NAME}_t1.nii.gz" in issue.message
    assert "\n" not in issue.message


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(raw, kept):
    path = files(raw)["t1"]
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    _, volume = read(raw)
    assert codes(volume.issues) == ["unreadable"]


def test_a_truncated_uncompressed_file_is_refused(raw):
    path = files(raw)["t1"]
    content = gzip.decompress(path.read_bytes())
    path.unlink()
    path.with_suffix("").write_bytes(content[:-100])
    assert codes(read(raw)[1].issues) == ["unreadable"]


def test_a_gzip_file_of_several_members_is_read(raw):
    path = files(raw)["t1"]
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content[:5000]) + gzip.compress(content[5000:]))
    np.testing.assert_array_equal(
        read(raw)[1].images[Modality.T1], toy(1).images[Modality.T1]
    )


def test_every_problem_of_a_case_is_told_at_once(raw):
    files(raw)["t1"].write_bytes(b"text")
    files(raw)["t1ce"].unlink()
    save(files(raw)["t2"], toy(1).images[Modality.T2] - 500)
    survey = surveyed(raw)
    assert {"unreadable", "missing-modality", "negative-values"} <= set(
        codes(survey.issues)
    )


def test_a_case_that_lies_in_two_folders_is_refused(raw, tmp_path):
    import shutil

    shutil.copytree(raw / NAME, raw / "copy" / NAME)
    cases = find_cases(raw).cases
    assert [codes(case.issues) for case in cases] == [["case-twice"]] * 2


def test_an_id_that_is_no_name_is_refused_before_anything_is_read(raw):
    # A third party's pattern may let one through; it becomes names of files.
    odd = "BraTS2021=90001"
    for path in files(raw).values():
        path.rename(path.with_name(path.name.replace(NAME, odd)))
    (raw / NAME).rename(raw / odd)
    form = BUILDERS["brats2021"]
    pattern = r"(?P<patient>BraTS2021.\d{5})"
    form = replace(form, arrangement=replace(form.arrangement, case=pattern))
    with pytest.raises(InvalidInputError, match=f"cases: found '{odd}'"):
        raw_find.find_cases(raw, {"brats2021": form}, form)


@pytest.mark.parametrize("shown", [True, False])
def test_warnings_of_itk_stay_as_a_program_set_them(tmp_path, shown):
    import SimpleITK as sitk  # noqa: N813

    whole, broken = tmp_path / "whole.mha", tmp_path / "broken.mha"
    sitk.WriteImage(sitk.Image(3, 4, 5, sitk.sitkUInt8), str(whole))
    broken.write_bytes(whole.read_bytes()[:40])
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    try:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)
        read_volume_file(whole)
        with pytest.raises(RawDataError):
            read_volume_file(broken)
        assert sitk.ProcessObject.GetGlobalWarningDisplay() is shown
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)
