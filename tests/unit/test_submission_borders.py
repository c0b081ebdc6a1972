"""Submissions with nothing in them that is read are refused in words that help."""

import pytest
from click.testing import CliRunner
from PIL import Image

from bratsfuse.cli import main
from bratsfuse.release import read_manifest
from bratsfuse.submission import expected_of
from bratsfuse.submission.meant import found_instead, likely_fix

IMPORT = "bratsfuse import-predictions FOLDER --release RELEASE -o SUBMISSION"

FORMS = {
    "JPEG": (["fused/a_z001.jpg"], "8-bit grey PNG", "JPEG has altered"),
    "TIFF": (["mask/a_z001.TIF"], "8-bit grey PNG", "mask/<case_id>_z<NNN>.png"),
    "masks": (["masks/a_z001.png"], "rename the folder masks to mask", ""),
    "Fusion": (["Fusion/a_z001.png"], "rename the folder Fusion to fused", ""),
    "Mask": (["Mask/a_z001.png"], "rename the folder Mask to mask", ""),
    "unknown folder": (["xyz/a_z001.png"], "directly into fused/ or mask/", ""),
    "a folder per case": (["mask/a/1.png", "mask/b/1.png"], "of all cases", ""),
    "top": (["a_z001.png"], "directly into fused/ or mask/", ""),
    "NIfTI": (["a.nii.gz", "b.nii.gz"], IMPORT, ""),
    "NIfTI per case": (["a/a_seg.nii", "readme.txt"], IMPORT, ""),
    "MetaImage": (["x/VSD.Seg.54.mha"], IMPORT, ""),
    "nnU-Net": (["a.npz", "dataset.json"], IMPORT, ""),
    "NRRD": (["a.seg.nrrd"], IMPORT, ""),
    "other HDF5": (["preds.hdf5"], "rename preds.hdf5 to predictions.h5", ""),
    "deeper HDF5": (["x/predictions.h5"], "rename x/predictions.h5", "at the top"),
    "deeper": (["x/submission.toml", "x/predictions.h5"], "folder x in it", ""),
    "arrays": (["masks.npy"], "store the arrays in predictions.h5", ""),
    "zip": (["sub.zip", "notes.txt"], "unpack sub.zip, or give the path", ""),
    "tar": (["sub.tar.gz"], "unpack sub.tar.gz, and give the path", ""),
    "text": (["notes.txt"], "", ""),
    "nothing": ([], "", ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_that_was_meant_is_named(form):
    names, first, second = FORMS[form]
    hint = likely_fix(names)
    assert first in hint
    assert second in hint
    assert bool(hint) == bool(first)


def test_what_is_there_is_counted():
    assert found_instead([]) == "no files"
    many = [f"f/{n}.{kind}" for kind in ("a", "b", "c", "d", "e") for n in range(2)]
    assert found_instead(many).endswith("2 .d files in f, ...")
    assert found_instead(["a", "b"]) == "2 files without a suffix"
    assert len(found_instead([f"{n}/{n}.png" for n in range(999)])) < 80


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def submission(tmp_path):
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "submission.toml").write_text('name = "x"\ntracks = ["segmentation"]\n')
    return folder


def test_an_empty_folder_and_litter_alone_are_no_submission(tmp_path, toy_release):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / ".DS_Store").touch()
    done = run("check", tmp_path / "none", "--release", toy_release)
    assert done.exit_code == 1
    assert "error [not-a-submission]" in done.output
    assert "found no files" in done.output


@pytest.mark.parametrize("litter", [".DS_Store", "notes.txt", "mask/.DS_Store"])
def test_a_lesser_finding_hides_no_error(submission, toy_release, tmp_path, litter):
    (submission / "mask").mkdir()
    (submission / litter).write_text("x")
    check = run("check", submission, "--release", toy_release)
    assert check.exit_code == 1
    assert "error [no-predictions]" in check.output
    words = ["--release", toy_release, "-o", tmp_path / "report"]
    done = run("evaluate", submission, *words)
    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "refused; see" in done.stderr


def test_a_missing_track_is_reported_with_what_is_there_instead(
    submission, built_toy_release
):
    ids = expected_of(built_toy_release, read_manifest(built_toy_release), "test").ids
    text = 'name = "x"\ntracks = ["fusion", "segmentation"]\n'
    (submission / "submission.toml").write_text(text)
    for folder, suffix in (("mask", "png"), ("fused", "jpg")):
        (submission / folder).mkdir()
        for one in ids:
            image = Image.new("L", (24, 20))
            image.save(submission / folder / f"{one}.{suffix}")
    done = run("check", submission, "--release", built_toy_release)
    (line,) = [text for text in done.output.splitlines() if "error [" in text]
    assert "[track-without-predictions] fusion: " in line
    assert f"found {len(ids)} .jpg files in fused" in line
    assert "PNG" in line


@pytest.mark.parametrize(
    ("name", "code", "loop"),
    [
        ("{}_pred", "bad-id", "for f in *_pred.png;"),
        ("seg-{}", "unknown-id", "for f in seg-*.png;"),
    ],
)
def test_what_all_names_have_around_them_is_named_and_not_taken_off(
    submission, built_toy_release, name, code, loop
):
    ids = expected_of(built_toy_release, read_manifest(built_toy_release), "test").ids
    (submission / "mask").mkdir()
    for one in ids:
        image = Image.new("L", (20, 24))
        image.save(submission / "mask" / f"{name.format(one)}.png")
    done = run("check", submission, "--release", built_toy_release)
    assert done.exit_code == 1
    lines = [line for line in done.output.splitlines() if f"error [{code}]" in line]
    assert len(lines) == 1
    assert f"{len(ids)} of them " in lines[0]
    assert loop in lines[0]


@pytest.mark.parametrize("command", ["check", "evaluate"])
def test_all_splits_at_once_are_no_split(submission, toy_release, command, tmp_path):
    words = ["-o", tmp_path / "report"] if command == "evaluate" else []
    words += ["--release", toy_release, "--split", "all"]
    done = run(command, submission, *words)
    assert done.exit_code == 2
    assert "'all' is not a split" in done.stderr
