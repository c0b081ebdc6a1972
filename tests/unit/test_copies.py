"""Copies as people make them: what is guessed is plausible, or is not taken."""

import contextlib
import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import save, small, toy, write_toys

from bratsfuse.anatomy import Label, Modality
from bratsfuse.builders import find_cases
from bratsfuse.building import survey_case
from bratsfuse.errors import RawDataError
from bratsfuse.raw import read_case, scan
from bratsfuse.raw.dataset_json import channel_order, label_coding, modality_named

NAME = "BraTS2021_90001"


@pytest.fixture
def raw(tmp_path):
    return write_toys(tmp_path / "raw", cases=1)


def volume(raw, role):
    return raw / NAME / f"{NAME}_{role}.nii.gz"


def surveyed(raw, **allowed):
    form = small("brats2021")
    (case,) = form.arrangement.find(form, scan(raw))
    options = {"clip_negatives": False, "any_shape": False, **allowed}
    return survey_case(case, read_case(case), **options)


def codes(issues):
    return [issue.code for issue in issues]


# Leftover files as ground truth.


@pytest.mark.parametrize(
    "name",
    [
        "mask.nii.gz",
        "brainmask.nii.gz",
        "brain_seg.nii.gz",
        "prediction_seg.nii.gz",
        "autoseg.nii.gz",
        "seg_output.nii.gz",
        f"{NAME}_seg_pred.nii.gz",
        f"{NAME}_mask.nii.gz",
        "other.nii.gz",
    ],
)
def test_a_leftover_that_does_not_say_reference_leaves_the_case_unlabelled(raw, name):
    volume(raw, "seg").rename(raw / NAME / name)
    (case,) = find_cases(raw).cases
    assert case.mask is None
    (issue,) = case.issues
    assert issue.code == "unlabelled"
    assert f"not taken for it: {name}" in issue.message


@pytest.mark.parametrize(
    "name", ["W39_1998.09.19_Segm.nii", "OT_truth.nii", "tumour.nii", "label.nii"]
)
def test_a_leftover_that_says_reference_is_taken_with_a_warning(raw, name):
    nib.save(nib.load(volume(raw, "seg")), raw / NAME / name)
    volume(raw, "seg").unlink()
    survey = surveyed(raw)
    assert survey.usable
    assert codes(survey.issues) == ["misnamed-mask"]


def test_a_leftover_that_fills_the_brain_is_no_tumour(raw):
    volume(raw, "seg").unlink()
    brain = (toy(1).images[Modality.T1] > 0).astype(np.uint8)
    save(raw / NAME / "segmentation.nii.gz", brain)
    survey = surveyed(raw)
    assert not survey.usable
    assert codes(survey.issues) == ["misnamed-mask", "implausible-mask"]
    assert "covers 100% of the brain" in survey.issues[1].message
    (case,) = find_cases(raw).cases
    assert read_case(case).mask is None


# Headers that programs make up.


@pytest.mark.parametrize("roles", [("t1", "t1ce", "t2", "flair", "seg"), ("seg",)])
def test_an_identity_affine_is_an_error_with_both_fixes(raw, roles):
    for role in roles:
        path = volume(raw, role)
        save(path, np.asarray(nib.load(path).dataobj), np.eye(4))
    issues = [issue for issue in surveyed(raw).issues if issue.severity == "error"]
    assert issues[0].code == "identity-affine"
    assert volume(raw, roles[0]).name in issues[0].message
    assert "original.affine" in issues[0].message
    assert "true origin" in issues[0].message


def test_an_affine_with_an_origin_is_trusted(raw):
    for role in ("t1", "t1ce", "t2", "flair", "seg"):
        path = volume(raw, role)
        affine = np.eye(4)
        affine[:3, 3] = -12, -10, -8
        save(path, np.asarray(nib.load(path).dataobj), affine)
    assert surveyed(raw).usable


# Options cannot destroy.


def normalised(data):
    values = data.astype(np.float32)
    brain = values > 0
    values[brain] = (values[brain] - values[brain].mean()) / values[brain].std()
    return values


@pytest.mark.parametrize("clip_negatives", [False, True])
def test_normalised_images_are_refused_whatever_is_allowed(raw, clip_negatives):
    save(volume(raw, "t2"), normalised(toy(1).images[Modality.T2]))
    survey = surveyed(raw, clip_negatives=clip_negatives)
    assert not survey.usable
    assert codes(survey.issues)[:2] == ["negative-values", "normalised-images"]
    assert all("--clip" not in issue.message for issue in survey.issues)
    assert "t2" in survey.issues[1].message


def test_clipping_is_offered_where_it_serves(raw):
    data = toy(1).images[Modality.T2].copy()
    data[12, 10, 8] = -3
    save(volume(raw, "t2"), data)
    (issue,) = surveyed(raw).issues
    assert "--clip-negatives" in issue.message
    assert surveyed(raw, clip_negatives=True).usable


# Arrangements of copies in wide use.


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ""])
def test_a_volume_may_have_a_folder_of_its_name_and_another_name(tmp_path, suffix):
    raw = write_toys(tmp_path / "raw", cases=2)
    for number, folder in enumerate(sorted(raw.iterdir())):
        for path in list(folder.iterdir()):
            stem = path.name.removesuffix(".nii.gz")
            role = stem.rsplit("_", 1)[1]
            inner = "final_seg" if role == "seg" else f"brain_{role}"
            (folder / f"{stem}{suffix}.tmp").mkdir()
            path.rename(
                folder / f"{stem}{suffix}.tmp" / f"{57 + number:08d}_{inner}.nii.gz"
            )
            (folder / f"{stem}{suffix}.tmp").rename(folder / f"{stem}{suffix}")
    collection = find_cases(raw)
    assert [case.id for case in collection.cases] == [NAME, "BraTS2021_90002"]
    assert not collection.strays
    for number, case in enumerate(collection.cases, 1):
        assert not case.issues
        read = read_case(case)
        np.testing.assert_array_equal(read.mask, toy(number).mask)
        for modality in Modality:
            np.testing.assert_array_equal(
                read.images[modality], toy(number).images[modality]
            )


def test_numbered_copies_in_one_flat_folder_are_cases(tmp_path):
    folders = write_toys(tmp_path / "folders", "brats2021_numbered", cases=2)
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in folders.rglob("*.nii.gz"):
        shutil.copy(path, flat)
    collection = find_cases(flat)
    assert [case.id for case in collection.cases] == ["90000001", "90000002"]
    assert codes(collection.notes()) == ["patients-unknown"]
    np.testing.assert_array_equal(read_case(collection.cases[1]).mask, toy(2).mask)


# A mask that names its own segments.


def named_segments(raw, names, values):
    import SimpleITK as sitk  # noqa: N813

    path = volume(raw, "seg")
    image = sitk.ReadImage(str(path))
    for key in image.GetMetaDataKeys():
        image.EraseMetaData(key)
    for number, (name, value) in enumerate(zip(names, values, strict=True)):
        image.SetMetaData(f"Segment{number}_Name", name)
        image.SetMetaData(f"Segment{number}_LabelValue", str(value))
    path.unlink()
    sitk.WriteImage(image, str(path.with_name(f"{NAME}_seg.seg.nrrd")))


def test_a_mask_is_read_by_the_names_of_its_segments(raw):
    named_segments(raw, ("ET", "necrosis", "edema"), (1, 2, 4))
    survey_codes = codes(surveyed(raw).issues)
    assert survey_codes == ["segment-names"]
    (case,) = find_cases(raw).cases
    expected = np.array([0, Label.ET, Label.NCR, Label.ED])[toy(1).mask]
    np.testing.assert_array_equal(read_case(case).mask, expected)


def test_segment_names_that_agree_need_no_words(raw):
    named_segments(raw, ("NCR", "ED", "ET"), (1, 2, 4))
    assert not surveyed(raw).issues


@pytest.mark.parametrize("value", [300, -1, 0])
def test_segment_values_that_no_mask_has_are_warned_of(raw, value):
    named_segments(raw, ("NCR", "ED", "ET"), (1, 2, value))
    assert codes(surveyed(raw).issues) == ["segment-names"]
    (case,) = find_cases(raw).cases
    np.testing.assert_array_equal(read_case(case).mask, toy(1).mask)


def test_segment_names_without_meaning_are_warned_of(raw):
    named_segments(raw, ("Segment_1", "Segment_2", "ET"), (1, 2, 4))
    (issue,) = surveyed(raw).issues
    assert (issue.severity, issue.code) == ("warning", "segment-names")
    assert "1 = Segment_1" in issue.message
    (case,) = find_cases(raw).cases
    np.testing.assert_array_equal(read_case(case).mask, toy(1).mask)


def test_two_files_in_the_folder_of_a_volume_are_refused(raw):
    path = volume(raw, "t1")
    folder = path.with_name(f"{NAME}_t1")
    folder.mkdir()
    shutil.copy(path, folder / "one.nii.gz")
    path.rename(folder / "two.nii.gz")
    (case,) = find_cases(raw).cases
    assert "two-files" in codes(case.issues)


def test_patients_of_goat_can_be_matched_with_nobody(tmp_path):
    collection = find_cases(write_toys(tmp_path / "raw", "brats2024_goat", cases=2))
    assert collection.layout.name == "brats2024_goat"
    (issue,) = collection.notes()
    assert (issue.severity, issue.code) == ("warning", "patients-unknown")
    assert "2 of 2 case ids name no patient" in issue.message


def test_a_cavity_of_metastases_is_read(tmp_path):
    raw = write_toys(tmp_path / "raw", "brats2023_met", cases=1)
    (case,) = find_cases(raw).cases
    mask = np.asarray(nib.load(case.mask.path).dataobj).copy()
    mask[12, 10, 8] = 4
    save(case.mask.path, mask)
    assert read_case(case).mask[12, 10, 8] == Label.RC


# dataset.json in every unambiguous spelling.


@pytest.mark.parametrize(
    ("modality", "names"),
    [
        (
            Modality.T1,
            "T1|t1n|T1w|T1-weighted|T1 native|pre-contrast T1|T1 without contrast",
        ),
        (
            Modality.T1CE,
            "T1ce|T1-weighted Gd|T1gd|T1-Gd|T1+C|post-contrast T1|t1_ce|"
            "T1 with contrast|T1km|contrast-enhanced T1",
        ),
        (Modality.T2, "T2|T2w|T2-weighted|MRI T2"),
        (Modality.FLAIR, "FLAIR|Flair_|T2-FLAIR|t2f|T2 FLAIR weighted"),
        (None, "CT|PET|T1 or T2|T1 FLAIR|T1 map||ADC|T12|T1 T1"),
    ],
)
def test_channel_names_are_read_where_they_are_certain(modality, names):
    for name in names.split("|"):
        assert modality_named(name) is modality, name


def test_channels_of_the_decathlon_spelling_are_read(tmp_path):
    names = {
        "0": "FLAIR",
        "1": "T1-weighted",
        "2": "T1-weighted Gd",
        "3": "T2-weighted",
    }
    order = channel_order({"channel_names": names}, tmp_path)
    assert order == (Modality.FLAIR, Modality.T1, Modality.T1CE, Modality.T2)


NESTED = {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "ET": [3]}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"resection cavity": [4]}, {4: Label.RC}),
        ({"resection_cavity": 4}, {4: Label.RC}),
        ({"RC": 7, "cyst": [5]}, {7: Label.RC, 5: Label.CC}),
        ({}, {}),
    ],
)
def test_regions_may_have_labels_beside_them(tmp_path, more, expected):
    coding = label_coding({"labels": NESTED | more}, tmp_path)
    assert coding == {1: Label.NCR, 2: Label.ED, 3: Label.ET} | expected


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (NESTED | {"liver": [4]}, "liver"),
        (NESTED | {"cavity": [4, 5]}, "not WT, TC or ET"),
        (NESTED | {"oedema": 3}, "correct one"),
        (NESTED | {"tumor core": [3, 4]}, "not nested"),
        ({"whole": [1, 2], "core": [1]}, "expected the regions"),
    ],
)
def test_regions_that_contradict_are_refused(tmp_path, labels, told):
    with pytest.raises(RawDataError, match=told):
        label_coding({"labels": labels}, tmp_path)


@pytest.mark.parametrize(
    "labels",
    [
        {"edema": 1, "necrosis": 1, "ET": 3},
        {"1": "edema", "2": "ET", "01": "necrosis"},
        NESTED | {"resection cavity": [4], "cyst": [4]},
    ],
)
def test_a_value_of_two_meanings_is_refused(tmp_path, labels):
    with pytest.raises(RawDataError, match=r"is both .* correct one"):
        label_coding({"labels": labels}, tmp_path)


def test_two_values_may_have_one_meaning(tmp_path):
    labels = {"1": "edema", "2": "edema", "3": "ET"}
    coding = label_coding({"labels": labels}, tmp_path)
    assert coding == {1: Label.ED, 2: Label.ED, 3: Label.ET}


@pytest.mark.parametrize(
    "name",
    [
        "non-enhancing tumour",
        "not enhancing",
        "unenhanced tumor",
        "hypoenhancing core",
        "without enhancement",
        "non contrast-enhancing",
    ],
)
def test_what_does_not_enhance_is_never_enhancing_tumour(tmp_path, name):
    labels = {"edema": 1, name: 2, "contrast-enhancing tumour": 3}
    coding = label_coding({"labels": labels}, tmp_path)
    assert coding == {1: Label.ED, 2: Label.NCR, 3: Label.ET}


def test_a_missing_dataset_json_says_what_to_write(tmp_path):
    raw = write_toys(tmp_path / "raw", "nnunet", cases=1)
    (raw / "dataset.json").unlink()
    with pytest.raises(RawDataError, match=r"dataset\.json: missing") as info:
        find_cases(raw)
    text = str(info.value)
    example = json.loads(text[text.index("{") :])
    assert channel_order(example, raw) == tuple(Modality)
    assert set(label_coding(example, raw).values()) == {Label.NCR, Label.ED, Label.ET}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 300)
    | st.floats()
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(
    labels=st.dictionaries(
        st.sampled_from(["whole", "core", "ET", "ED", "cavity", "0", "4", "²", "x"]),
        VALUES,
    )
    | VALUES,
    names=st.dictionaries(
        st.sampled_from(["0", "1", "2", "3", "²", "x"]),
        st.sampled_from(["T1", "T1ce", "T2", "FLAIR"]) | VALUES,
    )
    | VALUES,
)
def test_any_dataset_json_is_read_or_refused_in_one_line(labels, names):
    content = {"labels": labels, "channel_names": names}
    for reader in (label_coding, channel_order):
        with contextlib.suppress(RawDataError):  # anything else is a crash
            reader(content, Path("dataset.json"))
