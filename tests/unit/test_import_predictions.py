"""Predicted volumes to a submission: every form gets in, nothing wrong does."""

import json
import re
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  (its usual name)
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from manifests import edit, edit_and_prove
from volumes import (
    ORIENTATIONS,
    assert_equal_to_release,
    masks_of,
    save,
    turned,
)

from bratsfuse.anatomy import Label, Modality
from bratsfuse.cli import main
from bratsfuse.errors import (
    InvalidInputError,
    RawDataError,
    ReleaseError,
    SubmissionError,
    UnknownNameError,
)
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.issues import errors_in
from bratsfuse.methods import fuse_folders
from bratsfuse.raw.array_file import read_array_file
from bratsfuse.raw.case_names import match_names
from bratsfuse.records import SliceId, SourceFile
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.release.grids import read_grids
from bratsfuse.submission.check import check
from bratsfuse.submission.expected import expected_of
from bratsfuse.submission.from_volumes import UnimportableError, import_volumes
from bratsfuse.submission.read import read_submission
from bratsfuse.submission.volume_slices import VolumeJob, read_slices


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
    notes = [issue.code for issue in made.issues]
    assert notes == ["array-order"] * (4 if form == ".npz" else 0)
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


def refused(folder, release, target, **choices):
    """Return what is wrong with a folder, after seeing that nothing was written."""
    choices = {"coding": "brats2021", "split": "all"} | choices
    with pytest.raises(UnimportableError, match="nothing was written") as caught:
        import_volumes(folder, release, target, **choices)
    assert not target.exists()
    found = errors_in(caught.value.issues)
    assert found
    assert all("\n" not in issue.message for issue in found)
    return found


def shifted(image):
    affine = image.affine.copy()
    affine[1, 3] += 4
    return nib.Nifti1Image(np.asarray(image.dataobj), affine)


def cropped(image):
    return image.slicer[2:-2, :, :]


def doubled(image):
    return nib.Nifti1Image(
        np.asarray(image.dataobj), image.affine @ np.diag([2, 2, 2, 1])
    )


def axes_swapped(image):
    return nib.Nifti1Image(np.asarray(image.dataobj).T, image.affine)


def enlarged(image):
    return nib.Nifti1Image(np.zeros((40, 40, 40), np.uint8), image.affine)


def headless(image):
    return nib.Nifti1Image(np.asarray(image.dataobj), np.eye(4))


def channels(image):
    data = np.asarray(image.dataobj)
    return nib.Nifti1Image(np.stack([data > 0] * 3, -1).astype(np.uint8), image.affine)


def of_values(**change):
    """Return what makes a volume of float32 and puts one value into it."""

    def changed(image):
        data = np.asarray(image.dataobj, np.float32) * change.get("times", 1)
        data[5, 5, 5] = change.get("one", data[5, 5, 5])
        return nib.Nifti1Image(data, image.affine)

    return changed


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (shifted, "grid-differs", "by up to 4 mm"),
        (cropped, "wrong-shape", "20x20x16; .* has 24x20x16: it is cropped"),
        (doubled, "grid-differs", "2 x 2 x 2 mm; .* has 1 x 1 x 1 mm: resample"),
        (axes_swapped, "wrong-shape", "its axes are in another order"),
        (enlarged, "wrong-shape", "predict on, or resample"),
        (headless, "identity-affine", "write the affine of the case's images"),
        (channels, "wrong-shape", "3 channels; expected one volume"),
        (of_values(times=0.3), "fractional-labels", "take the most probable"),
        (of_values(one=np.nan), "not-finite", "NaN"),
        (of_values(one=-1), "out-of-range", "values from -1.0 to"),
        (of_values(one=300), "out-of-range", "to 300.0; expected labels"),
        (of_values(one=255), "unknown-labels", "values 255 are no labels of brats2021"),
        (of_values(one=3), "unknown-labels", "no known coding|pass --coding"),
    ],
)
def test_a_volume_of_something_else_is_refused(
    built_toy_release, predictions, tmp_path, change, code, told
):
    rewrite(predictions, change)
    found = refused(predictions, built_toy_release, tmp_path / "s")
    assert {issue.code for issue in found} == {code}
    assert [issue.where[-5:] for issue in found] == ["90001", "90002", "90003", "90004"]
    assert re.search(told, found[0].message)


def test_one_volume_among_good_ones_refuses_them_all(
    built_toy_release, predictions, tmp_path
):
    path = predictions / "BraTS2021_90003.nii.gz"
    nib.save(shifted(nib.load(path)), path)
    (predictions / "BraTS2021_90004.nii.gz").unlink()
    (predictions / "BraTS2021_90002.nii.gz").write_bytes(b"<html>log in</html>")
    found = refused(predictions, built_toy_release, tmp_path / "s")
    assert {issue.where[-5:]: issue.code for issue in found} == {
        "90002": "unreadable",
        "90003": "grid-differs",
        "90004": "missing-case",
    }


def test_an_earlier_release_says_that_positions_are_not_checked(
    toy_release, predictions, tmp_path
):
    edit(toy_release, lambda content: content["files"].pop("grids.json"))
    rewrite(predictions, shifted)
    made = import_volumes(
        predictions, toy_release, tmp_path / "s", coding="brats2021", split="all"
    )
    assert [issue.code for issue in made.issues] == ["position-unknown"]
    rewrite(predictions, cropped)
    refused(predictions, toy_release, tmp_path / "t")


def test_grids_that_somebody_edited_are_refused(toy_release, predictions, tmp_path):
    path = toy_release / "grids.json"
    path.write_text(path.read_text().replace("-1.0", "-2.0"))
    with pytest.raises(ReleaseError, match=r"grids\.json: not what was built"):
        import_volumes(predictions, toy_release, tmp_path / "s", coding="brats2021")


def test_a_mask_beside_the_brain_is_doubted(built_toy_release, predictions, tmp_path):
    rewrite(
        predictions,
        lambda one: nib.Nifti1Image(
            np.roll(np.asarray(one.dataobj), 10, axis=0), one.affine
        ),
    )
    made = import_volumes(
        predictions, built_toy_release, tmp_path / "s", coding="brats2021", split="all"
    )
    assert [issue.code for issue in made.issues] == ["mask-outside-head"] * 4
    assert re.match(r"[1-9]\d% of the labelled pixels", made.issues[0].message)


# Names.


@pytest.mark.parametrize(
    ("start", "end"), [("", "_seg"), ("model-", ""), ("pred_", "-mask.v2")]
)
def test_what_all_names_have_around_the_case_is_taken_off(
    built_toy_release, predictions, tmp_path, start, end
):
    for path in sorted(predictions.iterdir()):
        stem = path.name.removesuffix(".nii.gz")
        path.rename(predictions / f"{start}{stem}{end}.nii.gz")
    made = import_volumes(
        predictions, built_toy_release, tmp_path / "s", coding="brats2021", split="all"
    )
    assert f"taken off the names: {start}...{end}" in str(made)
    assert_equal_to_release(tmp_path / "s", built_toy_release)


@pytest.mark.parametrize(
    "file_name", ["{case}/{case}_trans.nii.gz", "{case}/seg.nii.gz"]
)
def test_a_folder_per_case_is_read(built_toy_release, predictions, tmp_path, file_name):
    for path in sorted(predictions.iterdir()):
        case = path.name.removesuffix(".nii.gz")
        new = predictions / file_name.format(case=case)
        new.parent.mkdir()
        path.rename(new)
    import_volumes(
        predictions, built_toy_release, tmp_path / "s", coding="brats2021", split="all"
    )
    assert_equal_to_release(tmp_path / "s", built_toy_release)


def test_one_file_is_a_folder_of_one_case(built_toy_release, predictions, tmp_path):
    release = built_toy_release
    cases = read_manifest(release).cases
    (case,) = (name for name, one in cases.items() if one.split == "test")
    path = (predictions / f"{case}.nii.gz").rename(predictions / f"{case}_seg.nii.gz")
    import_volumes(path, release, tmp_path / "s", coding="brats2021")
    assert_equal_to_release(tmp_path / "s", release)


def test_names_of_no_case_and_of_other_splits_are_named(
    built_toy_release, predictions, tmp_path
):
    release = built_toy_release
    case = next(
        name
        for name, one in read_manifest(release).cases.items()
        if one.split == "test"
    )
    path = predictions / f"{case}.nii.gz"
    shutil.copy(path, predictions / f"{case}0.nii.gz")
    made = import_volumes(predictions, release, tmp_path / "s", coding="brats2021")
    assert made.cases == 1
    told = {issue.where: issue for issue in made.issues}
    assert f"did you mean '{case}'?" in told[f"{case}0"].message
    assert sorted(issue.code for issue in made.issues) == [
        *["other-split"] * 3,
        "unknown-case",
    ]
    path.unlink()
    (missing,) = refused(predictions, release, tmp_path / "t", split="test")
    assert (missing.code, missing.where) == ("missing-case", case)
    assert f"expected one called {case}" in missing.message


def test_missing_cases_may_be_left_out(built_toy_release, predictions, tmp_path):
    release = built_toy_release
    (predictions / "BraTS2021_90002.nii.gz").unlink()
    choices = {"coding": "brats2021", "split": "all", "allow_missing": True}
    made = import_volumes(predictions, release, tmp_path / "s", **choices)
    assert made.cases == 3
    assert [issue.code for issue in made.issues] == ["missing-case"]
    for path in predictions.iterdir():
        path.rename(path.with_name(f"x{path.name}"))
    with pytest.raises(UnimportableError):  # nothing is left to import
        import_volumes(predictions, release, tmp_path / "t", **choices)


def test_two_files_of_a_case_are_refused(built_toy_release, predictions, tmp_path):
    one = predictions / "BraTS2021_90001.nii.gz"
    save(predictions / "BraTS2021_90001.mha", nib.load(one), ".mha")
    (issue,) = refused(predictions, built_toy_release, tmp_path / "s")
    assert issue.code == "case-twice"
    assert "90001.mha and BraTS2021_90001.nii.gz: keep one" in issue.message


@pytest.mark.parametrize("end", ["_seg", "_t1"])
def test_files_of_another_kind_beside_them_are_refused(
    built_toy_release, predictions, tmp_path, end
):
    for path in sorted(predictions.iterdir()):
        shutil.copy(path, path.with_name(path.name.replace(".nii", f"{end}.nii")))
    found = refused(predictions, built_toy_release, tmp_path / "s")
    assert [issue.code for issue in found] == ["other-affix"] * 4
    assert found[0].where == f"BraTS2021_90001{end}"
    assert "keep the files of one kind in a folder of their own" in found[0].message


@settings(max_examples=60)
@given(
    cases=st.sets(st.text("a1_", min_size=1, max_size=4), min_size=1, max_size=6),
    start=st.sampled_from(("", "p_", "a-1-")),
    end=st.sampled_from(("", "_1", "-seg.x")),
    others=st.sets(st.text("b2", min_size=1, max_size=3), max_size=3),
)
def test_names_are_never_of_two_cases_or_of_another(cases, start, end, others):
    names = sorted({f"{start}{case}{end}" for case in cases} | others)
    match = match_names(names, sorted(cases))
    assert len(set(match.cases.values())) == len(match.cases)
    assert {*match.cases, *match.unmatched} == set(names)
    assert not {*match.cases} & {*match.unmatched}
    before, after = match.affix
    for name, case in match.cases.items():
        assert name == f"{before}{case}{after}"
        assert case in cases
    assert len(match.cases) >= len(cases & set(names))
    assert {*match.otherwise} <= {*match.unmatched}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([], "no volume; it is empty"),
        (["a_z001.png"], r"such as a_z001\.png; .* go into mask/"),
        (["preds.zip"], "unpack the archive"),
        (["a.txt"], r"ending in \.nii\.gz, "),
        ([".DS_Store"], "it is empty"),
        (["out/case/case_seg.nii.gz"], r"further below; give the folder .*p/out$"),
    ],
)
def test_a_folder_without_volumes_says_what_is_there(
    built_toy_release, tmp_path, files, told
):
    folder = tmp_path / "p"
    folder.mkdir()
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    with pytest.raises(InvalidInputError, match=told):
        import_volumes(folder, built_toy_release, tmp_path / "s")
    with pytest.raises(InvalidInputError, match="no such file or folder"):
        import_volumes(tmp_path / "q", built_toy_release, tmp_path / "s")


# Codings.


def test_a_foreign_coding_is_refused_with_the_fix(
    built_toy_release, predictions, tmp_path
):
    (issue,) = refused(predictions, built_toy_release, tmp_path / "s", coding=None)
    assert issue.code == "unknown-coding"
    assert "contain 1, 2, 4, the release has 0, 1, 2, 3" in issue.message
    assert issue.message.endswith("--coding brats2021")
    found = refused(predictions, built_toy_release, tmp_path / "s", coding="decathlon")
    assert {one.code for one in found} == {"unknown-labels"}
    assert "values 4 are no labels of decathlon (1 ED, 2 NCR, 3 ET)" in found[0].message
    assert found[0].message.endswith("pass --coding brats2021")
    found = refused(
        predictions, built_toy_release, tmp_path / "s", coding="brats2024_gli"
    )
    assert {one.code for one in found} == {"foreign-labels"}
    assert "contains RC by brats2024_gli" in found[0].message
    with pytest.raises(UnknownNameError, match="did you mean 'brats2021'"):
        import_volumes(
            predictions, built_toy_release, tmp_path / "s", coding="brats2o21"
        )


def test_4_without_3_is_ambiguous_where_4_is_a_label(
    toy_release, predictions, tmp_path
):
    def change(content):
        content["source"]["label_map"] = {"1": "NCR", "2": "ED", "3": "ET", "4": "RC"}
        content["source"]["layout"] = "brats2024_gli"

    edit_and_prove(toy_release, change)
    (issue,) = refused(predictions, toy_release, tmp_path / "s", coding=None)
    assert "4 without 3 is ambiguous: enhancing tumour until 2022" in issue.message
    assert "--coding bratsfuse for masks of a release" in issue.message
    for coding in ("brats2021", "bratsfuse"):
        import_volumes(
            predictions, toy_release, tmp_path / coding, coding=coding, split="all"
        )
    rewrite(predictions, lambda one: relabelled(one, lambda m: np.where(m == 1, 3, m)))
    made = import_volumes(predictions, toy_release, tmp_path / "s", split="all")
    assert "labels read as bratsfuse" in str(made)


def test_our_own_coding_needs_no_name(built_toy_release, predictions, tmp_path):
    rewrite(predictions, lambda one: relabelled(one, lambda m: np.where(m == 4, 3, m)))
    made = import_volumes(predictions, built_toy_release, tmp_path / "s", split="all")
    assert "labels read as bratsfuse" in str(made)
    assert_equal_to_release(tmp_path / "s", built_toy_release)


SWAPPED = {1: Label.ED, 2: Label.NCR, 3: Label.ET}
"""How nnU-Net copies and the Decathlon code the three labels."""


def test_a_coding_that_could_be_the_one_of_the_raw_data_is_never_guessed(
    toy_release, predictions, tmp_path
):
    def change(content):
        content["source"]["label_map"] = {
            str(v): one.name for v, one in SWAPPED.items()
        }
        content["source"]["layout"] = "decathlon"

    edit_and_prove(toy_release, change)
    rewrite(predictions, lambda one: relabelled(one, lambda m: np.where(m == 4, 3, m)))
    (issue,) = refused(predictions, toy_release, tmp_path / "s", coding=None)
    assert "--coding bratsfuse or --coding decathlon" in issue.message
    for coding, first in (("bratsfuse", 1), ("decathlon", 2)):
        target = tmp_path / coding
        import_volumes(predictions, toy_release, target, coding=coding, split="all")
        masks = masks_of(target)
        with SplitFile(toy_release / "data" / "test.h5") as rows:
            true = rows.pixels("mask", 0)
            one = SliceId(rows.texts("case_id")[0], int(rows.array("slice_index")[0]))
        assert (masks[one][true == 1] == first).all()


def test_nnunet_says_itself_what_its_labels_are(
    built_toy_release, predictions, tmp_path
):
    table = np.array([0, 2, 1, 0, 3], np.uint8)  # 2021 to the labels of SWAPPED
    rewrite(predictions, lambda one: relabelled(one, lambda m: table[m]))
    for path in sorted(predictions.iterdir()):
        np.savez(path.with_name(path.name.replace(".nii.gz", ".npz")), probabilities=0)
        path.with_name(path.name.replace(".nii.gz", ".pkl")).touch()
    labels = {
        "background": 0,
        "whole tumor": [1, 2, 3],
        "tumor core": [2, 3],
        "enhancing tumor": [3],
    }
    content = {"labels": labels, "regions_class_order": [1, 2, 3]}
    (predictions / "dataset.json").write_text(json.dumps(content))
    made = import_volumes(predictions, built_toy_release, tmp_path / "s", split="all")
    assert "dataset.json (1 ED, 2 NCR, 3 ET)" in str(made)
    assert_equal_to_release(tmp_path / "s", built_toy_release)
    (predictions / "dataset.json").write_text('{"labels": {"tumour of some kind": 1}}')
    (issue,) = refused(predictions, built_toy_release, tmp_path / "t", coding=None)
    assert issue.code == "unknown-coding"
    assert "names no known tumour tissue" in issue.message


def test_segment_names_that_are_another_coding_are_refused(
    built_toy_release, predictions, tmp_path
):
    for path in sorted(predictions.iterdir()):
        image = sitk.ReadImage(str(path))
        path.unlink()
        for key in image.GetMetaDataKeys():
            image.EraseMetaData(key)
        for place, (name, value) in enumerate({"ET": 1, "NCR": 2, "ED": 4}.items()):
            image.SetMetaData(f"Segment{place}_Name", name)
            image.SetMetaData(f"Segment{place}_LabelValue", str(value))
        sitk.WriteImage(image, str(path).replace(".nii.gz", ".seg.nrrd"))
    issues = refused(predictions, built_toy_release, tmp_path / "s", coding="brats2021")
    assert {issue.code for issue in issues} == {"segment-names"}
    assert "1 = ET, 2 = NCR, 4 = ED, which is not brats2021" in issues[0].message


# Arrays.


def test_arrays_are_read_in_the_order_of_simpleitk_too(
    built_toy_release, predictions, tmp_path
):
    for path in sorted(predictions.iterdir()):
        data = np.asarray(nib.load(path).dataobj)
        name = path.name.replace(".nii.gz", ".npz")
        np.savez_compressed(predictions / name, seg=data.T[None], note=np.array([1]))
        path.unlink()
    import_volumes(
        predictions, built_toy_release, tmp_path / "s", coding="brats2021", split="all"
    )
    assert_equal_to_release(tmp_path / "s", built_toy_release)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"a": np.zeros((3, 3, 3))}, "shape 3x3x3; expected 24x20x16, the voxels of"),
        ({"probabilities": np.zeros((4, 24, 20, 16))}, "contains probabilities"),
        ({"a": np.zeros((24, 20, 16)), "b": np.zeros((24, 20, 16))}, "one array"),
        ({"a": np.array([1])}, r"contains a \(one value\); expected one array"),
        ({"a": np.array([{}], object)}, r"not a readable \.npz file"),
        ({"a": np.full((24, 20, 16), "x")}, "type <U1; expected numbers"),
        (b"PK nothing of the kind", r"not a readable \.npz file"),
        (b"", r"not a readable \.npz file"),
    ],
)
def test_arrays_of_something_else_are_refused(
    built_toy_release, predictions, tmp_path, content, told
):
    (predictions / "BraTS2021_90001.nii.gz").unlink()
    path = predictions / "BraTS2021_90001.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.savez(path, **content)
    (issue,) = refused(predictions, built_toy_release, tmp_path / "s")
    assert issue.code == "unreadable"
    assert re.search(told, issue.message)


def test_an_array_that_reads_alike_from_both_ends_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.zeros((5, 4, 5)))
    like = SourceFile("t1.nii.gz", "0", "int16", (5, 4, 5), "LPS")
    with pytest.raises(RawDataError, match="reads alike from both ends"):
        read_array_file(tmp_path / "a.npz", like)


@settings(max_examples=60)
@given(
    data=st.data(), form=st.sampled_from([".nii", ".nii.gz", ".mha", ".nrrd", ".npz"])
)
def test_damaged_files_are_issues_and_never_crash(
    built_toy_release, references, tmp_path_factory, data, form
):
    release = built_toy_release
    manifest = read_manifest(release)
    path = tmp_path_factory.mktemp("damaged") / f"BraTS2021_90001{form}"
    image = nib.load(references[0])
    save(path, nib.Nifti1Image(np.asarray(image.dataobj), image.affine), form)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, 400), max_size=6)):
        content[place % len(content)] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    record = manifest.cases["BraTS2021_90001"]
    read = read_slices(
        VolumeJob(
            case="BraTS2021_90001",
            path=path,
            track="segmentation",
            slices=record.slices,
            record=record,
            affine=read_grids(release, manifest)["BraTS2021_90001"],
            image_shape=manifest.image_shape,
        )
    )
    assert bool(read.images) != bool(read.issues)
    assert all("\n" not in issue.message for issue in read.issues)
    for image in read.images.values():
        assert image.shape == manifest.image_shape
        assert image.dtype == np.uint8


# Fused volumes, the command, and the target.


def test_fused_volumes_make_a_submission_of_fused_images(built_toy_release, tmp_path):
    release = built_toy_release
    sources = {}
    for modality in (Modality.T1CE, Modality.FLAIR):
        sources[modality] = tmp_path / modality
        sources[modality].mkdir()
        for path in (release.parent / "raw").rglob(f"*_{modality}.nii.gz"):
            shutil.copy(path, sources[modality] / path.name)
    fuse_folders("maximum", sources, tmp_path / "fused")
    names = {path.name for path in (tmp_path / "fused").glob("*.nii.gz")}
    assert "90001.nii.gz" in names  # fuse takes off what is common, and says so
    import_volumes(tmp_path / "fused", release, tmp_path / "s", track="fusion")
    expected = expected_of(release, read_manifest(release), "test")
    with (
        read_submission(tmp_path / "s", expected) as reading,
        SplitFile(release / "data" / "test.h5") as rows,
    ):
        assert not errors_in(reading.issues)
        for row in range(len(expected)):
            fused = rows.pixels("fusion_maximum", row)
            assert np.array_equal(reading.staged["fusion"][row], fused)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (of_values(times=1 / 4), "unit-range"),
        (of_values(times=1.3), "fractional-values"),
        (of_values(one=256), "out-of-range"),
        (lambda one: relabelled(one, lambda m: m > 0), "unit-range"),
    ],
)
def test_fused_volumes_of_other_ranges_are_refused(
    built_toy_release, predictions, tmp_path, change, code
):
    rewrite(predictions, change)
    choices = {"track": "fusion", "coding": None}
    found = refused(predictions, built_toy_release, tmp_path / "s", **choices)
    assert {issue.code for issue in found} == {code}


def run(*words):
    return CliRunner().invoke(main, [*map(str, words)])


def test_the_command_imports_and_lists_problems(
    built_toy_release, predictions, tmp_path
):
    words = ["import-predictions", predictions, "--release", built_toy_release]
    words += ["-o", tmp_path / "s"]
    done = run(*words)
    assert done.exit_code == 1
    assert "error [unknown-coding]" in done.stderr
    assert "1 problem; nothing was written" in done.stderr
    done = run(*words, "--coding", "brats-2021")
    assert done.exit_code == 2
    assert "did you mean 'brats2021'?" in done.stderr
    done = run(*words, "--coding", "brats2021", "--name", "mine", "--workers", 1)
    assert done.exit_code == 0, done.output
    assert "s: 1 case, 4 of 4 slice sets; labels read as brats2021" in done.output
    assert 'name = "mine"' in (tmp_path / "s" / "submission.toml").read_text()
    done = run("check", tmp_path / "s", "--release", built_toy_release)
    assert done.exit_code == 0
    assert "valid" in done.output
    report = evaluate(tmp_path / "s", built_toy_release, Settings()).report
    dice = {name: one["dice"] for name, one in report.scores.segmentation.items()}
    assert [one.mean for one in dice.values()] == [1, 1, 1]
    done = run(*words, "--coding", "brats2021")
    assert done.exit_code == 1
    assert "already exists" in done.stderr
    assert run(*words, "--coding", "brats2021", "--overwrite").exit_code == 0
    assert run(*words, "--coding", "x", "--track", "fusion").exit_code == 2


@pytest.mark.parametrize("place", ["predictions/s", "release/s"])
def test_the_submission_is_never_put_into_an_input(
    toy_release, predictions, tmp_path, place
):
    with pytest.raises(SubmissionError, match="choose a path outside"):
        import_volumes(predictions, toy_release, tmp_path / place, coding="brats2021")


def test_many_equal_problems_are_one_line(built_toy_release, predictions, tmp_path):
    for number in range(60):
        (predictions / f"other{number}.nii.gz").touch()
    words = ["import-predictions", predictions, "--release", built_toy_release]
    done = run(*words, "-o", tmp_path / "s", "--coding", "brats2021", "--split", "all")
    assert done.exit_code == 0
    assert "warning [unknown-case] in 60 places, for example other0" in done.output
    assert len(done.stdout.splitlines()) == 2


def test_the_document_lists_every_code():
    root = Path(__file__).parents[2]
    text = (root / "docs" / "submitting.md").read_text()
    _, section = text.split("## Predicted volumes")
    section, _ = section.split("### The other way round")
    rows = re.findall(r"^\| (`[a-z].*?) \| ", section, re.M)
    documented = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)}
    sources = (root / "bratsfuse" / "submission").glob("*.py")
    names = ("from_volumes", "volume_slices", "_volume_doubts", "_segment_names")
    code = "".join(path.read_text() for path in sources if path.stem in names)
    raised = re.findall(r'"([a-z]+(?:-[a-z]+)+|unreadable)"', code)
    assert documented == set(raised)
