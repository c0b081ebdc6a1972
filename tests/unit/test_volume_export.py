"""Slices of a release, and of a submission, as volumes on the grid of the raw ones."""

import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner
from manifests import edit, edit_and_prove
from toys import TOY_RECIPE, small, toy, write_files
from volumes import assert_equal_to_release

from bratsfuse.building import build
from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.phantom.write import stored_arrays
from bratsfuse.raw import PhantomCase, read_case, scan
from bratsfuse.records import Grade
from bratsfuse.release import export_volumes, read_manifest
from bratsfuse.submission import import_volumes
from bratsfuse.submission.from_volumes import UnimportableError

OF_2021 = np.array([0, 1, 2, 4])
"""Label -> the value of it in BraTS 2021."""


def run(*words):
    return CliRunner().invoke(main, [*map(str, words)])


def raw_of(release, case, role):
    (path,) = (release.parent / "raw").rglob(f"{case}_{role}.nii.gz")
    return nib.load(path)


def test_masks_come_back_as_the_raw_volumes_have_them(built_toy_release, tmp_path):
    release = built_toy_release
    made = export_volumes(release, tmp_path / "v", ["mask"])
    assert made.folders == ("mask",)
    assert made.position_known
    manifest = read_manifest(release)
    assert made.slices == {case: one.slices for case, one in manifest.cases.items()}
    for case, slices in made.slices.items():
        mask, raw = (
            nib.load(tmp_path / "v/mask" / f"{case}.nii.gz"),
            raw_of(release, case, "seg"),
        )
        assert mask.get_data_dtype() == np.uint8
        assert np.allclose(mask.affine, raw.affine, atol=1e-6)
        written, true = (np.asarray(one.dataobj) for one in (mask, raw))
        shown = np.zeros(true.shape[2], bool)
        shown[list(slices)] = True
        assert np.array_equal(OF_2021[written][..., shown], true[..., shown])
        assert not written[..., ~shown].any()


def test_all_images_come_back_and_masks_can_be_imported(built_toy_release, tmp_path):
    release = built_toy_release
    done = run("export", release, "-o", tmp_path / "v", "--format", "nifti")
    assert done.exit_code == 0, done.output
    assert "volumes of 4 cases: t1, t1ce, t2, flair, " in done.stdout
    content = json.loads((tmp_path / "v" / "bratsfuse.json").read_text())
    assert content["fingerprint"] == read_manifest(release).fingerprint
    assert content["position_known"] is True
    assert all((tmp_path / "v" / name).is_dir() for name in content["folders"])
    made = import_volumes(tmp_path / "v" / "mask", release, tmp_path / "s", split="all")
    assert made.issues == ()
    assert_equal_to_release(tmp_path / "s", release)
    import_volumes(
        tmp_path / "v" / "fusion_maximum", release, tmp_path / "f", track="fusion"
    )


def test_a_submission_comes_back_as_the_volumes_it_was_made_of(
    built_toy_release, tmp_path
):
    release = built_toy_release
    export_volumes(release, tmp_path / "v", ["mask"])
    import_volumes(tmp_path / "v" / "mask", release, tmp_path / "s", split="test")
    words = ["export", tmp_path / "s", "--format", "nifti", "--release", release]
    done = run(*words, "-o", tmp_path / "again")
    assert done.exit_code == 0, done.output
    written = sorted((tmp_path / "again" / "mask").iterdir())
    assert written
    for path in written:
        assert path.read_bytes() == (tmp_path / "v/mask" / path.name).read_bytes()
    assert run(*words, "-o", tmp_path / "x", "--column", "t1").exit_code == 1
    none = run(*words, "-o", tmp_path / "x", "--column", "fused")
    assert none.exit_code == 1
    assert "has no fused; expected some of mask" in none.stderr
    assert not (tmp_path / "x").exists()
    (tmp_path / "s" / "predictions.h5").write_bytes(b"broken")
    done = run(*words, "-o", tmp_path / "y")
    assert done.exit_code == 1
    assert "error [broken-hdf5]" in done.stderr
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("orientation", ["RAS", "SPL"])
def test_volumes_of_any_size_and_orientation_are_framed_and_taken_out_again(
    tmp_path, orientation
):
    """Cases of several shapes, stored otherwise, padded to one size in the release."""
    form = replace(small("brats2021"), orientation=orientation)
    raw = tmp_path / "raw"
    for number, shape in enumerate([(24, 20, 16), (21, 23, 15), (24, 19, 17)], 1):
        made = toy(number, shape=shape)
        files = form.arrangement.phantom_files(
            form, PhantomCase(number, Grade[made.grade])
        )
        write_files(raw, form, files, stored_arrays(form, made))
    for path in raw.rglob("*.nii.gz"):  # elsewhere than BraTS, in voxels of 2 mm
        image = nib.load(path)
        affine = image.affine @ np.diag([2, 2, 2, 1])
        affine[:3, 3] = 7.5, -30, 11
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), path)
    recipe = replace(TOY_RECIPE, any_shape=True, slices=12)
    cases = form.arrangement.find(form, scan(raw))
    release = tmp_path / "release"
    build(form, cases, recipe, release, read=read_case)
    assert read_manifest(release).image_shape == (23, 24)
    export_volumes(release, tmp_path / "v")
    for case in read_manifest(release).cases:
        mask, true = (
            nib.load(tmp_path / "v/mask" / f"{case}.nii.gz"),
            raw_of(release, case, "seg"),
        )
        assert mask.shape == true.shape
        assert np.allclose(mask.affine, true.affine)
    import_volumes(tmp_path / "v/mask", release, tmp_path / "s", split="all")
    assert_equal_to_release(tmp_path / "s", release)
    (tmp_path / "p").mkdir()
    for number, case in enumerate(read_manifest(release).cases):
        data = np.asarray(raw_of(release, case, "seg").dataobj)
        order = data if number % 2 else data.T  # of nibabel or of SimpleITK
        np.savez(tmp_path / "p" / f"{case}.npz", order)
    import_volumes(
        tmp_path / "p", release, tmp_path / "t", split="all", coding="brats2021"
    )
    assert_equal_to_release(tmp_path / "t", release)


def test_an_earlier_release_says_that_positions_are_made_up(toy_release, tmp_path):
    edit(toy_release, lambda content: content["files"].pop("grids.json"))
    words = ["export", toy_release, "--format", "nifti", "--column", "mask"]
    done = run(*words, "-o", tmp_path / "v")
    assert done.exit_code == 0, done.output
    assert "put where those of BraTS are" in done.stdout
    import_volumes(tmp_path / "v/mask", toy_release, tmp_path / "s", split="all")
    assert_equal_to_release(tmp_path / "s", toy_release)


def test_hidden_masks_are_left_out_and_predictions_still_get_in(
    built_toy_release, tmp_path
):
    raw, form = built_toy_release.parent / "raw", small("brats2021")
    cases = form.arrangement.find(form, scan(raw))
    release = tmp_path / "release"
    choices = {"withhold": ["test"], "key": tmp_path / "key.h5"}
    build(form, cases, TOY_RECIPE, release, read=read_case, **choices)
    made = export_volumes(release, tmp_path / "v", ["mask", "t1"])
    hidden = {
        name
        for name, one in read_manifest(release).cases.items()
        if one.split == "test"
    }
    written = {path.name[:-7] for path in (tmp_path / "v" / "mask").iterdir()}
    assert hidden
    assert written == {*made.slices} - hidden
    predictions = tmp_path / "p"
    predictions.mkdir()
    for case in hidden:
        image = raw_of(built_toy_release, case, "seg")
        np.savez(predictions / f"{case}.npz", np.asarray(image.dataobj))
    import_volumes(predictions, release, tmp_path / "s", coding="brats2021")
    assert_equal_to_release(tmp_path / "s", built_toy_release)


def test_exported_masks_are_known_to_be_in_our_coding(toy_release, tmp_path):
    """Beside a release whose raw data code the same values in another way."""

    def change(content):
        content["source"]["label_map"] = {"1": "ED", "2": "NCR", "3": "ET"}
        content["source"]["layout"] = "decathlon"

    edit_and_prove(toy_release, change)
    export_volumes(toy_release, tmp_path / "v", ["mask"])
    import_volumes(tmp_path / "v" / "mask", toy_release, tmp_path / "s", split="all")
    assert_equal_to_release(tmp_path / "s", toy_release)
    (tmp_path / "v" / "mask").rename(tmp_path / "v" / "theirs")
    with pytest.raises(UnimportableError):
        import_volumes(tmp_path / "v" / "theirs", toy_release, tmp_path / "t")


def test_wrong_asks_are_refused(built_toy_release, tmp_path):
    with pytest.raises(InvalidInputError, match=r"did you mean 't1ce'\?"):
        export_volumes(built_toy_release, tmp_path / "v", ["t1c"])
    with pytest.raises(InvalidInputError, match="case_id"):
        export_volumes(built_toy_release, tmp_path / "v", ["case_id"])
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "thesis.txt").touch()
    with pytest.raises(InvalidInputError, match="already exists"):
        export_volumes(built_toy_release, tmp_path / "v")
    words = ["export", built_toy_release, "-o", tmp_path / "w"]
    for more in (["--column", "mask"], ["--release", "r"]):
        assert run(*words, *more).exit_code == 2
    assert run(*words, "--format", "nifti", "--overwrite").exit_code == 2
