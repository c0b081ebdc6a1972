import json
import subprocess
import sys

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.release import SplitFile


def run(*words):
    return CliRunner().invoke(main, list(map(str, words)))


@pytest.fixture
def template(built_toy_release, tmp_path):
    target = tmp_path / "submission"
    done = run("template", built_toy_release, "-o", target)
    assert done.exit_code == 0, done.output
    return target


def release_masks(release):
    with h5py.File(release / "data" / "test.h5") as file:
        return file["mask"][()]


def put(submission, masks):
    with h5py.File(submission / "predictions.h5", "r+") as file:
        file["mask"][...] = masks


def test_a_template_has_no_errors(built_toy_release, template):
    done = run("check", template, "--release", built_toy_release)
    assert done.exit_code == 0, done.output
    count = len(release_masks(built_toy_release))
    assert f"fusion: {count} of {count} slice sets" in done.output
    assert f"segmentation: {count} of {count} slice sets" in done.output
    assert "valid" in done.output


def test_a_template_is_replaced_only_when_told_to(built_toy_release, template):
    again = ("template", built_toy_release, "-o", template)
    assert run(*again).exit_code == 1
    assert run(*again, "--overwrite").exit_code == 0


def test_a_template_is_for_the_split_that_is_named(built_toy_release, tmp_path):
    target = tmp_path / "train"
    done = run("template", built_toy_release, "-o", target, "--split", "train")
    assert done.exit_code == 0
    check = ("check", target, "--release", built_toy_release)
    assert run(*check, "--split", "train").exit_code == 0
    assert run(*check).exit_code == 1


def test_errors_are_printed_and_refuse(built_toy_release, template):
    put(template, 4)
    done = run("check", template, "--release", built_toy_release)
    assert done.exit_code == 1
    assert "error [old-label-coding] mask: " in done.output
    assert ": 1 error\n" in done.output


def test_json_gives_the_same(built_toy_release, template):
    put(template, 4)
    done = run("check", template, "--release", built_toy_release, "--json")
    assert done.exit_code == 1
    content = json.loads(done.output)
    count = len(release_masks(built_toy_release))
    assert set(content) == {"submission", "sha256", "coverage", "issues"}
    assert content["submission"] == "submission"
    assert content["coverage"]["fusion"] == {"present": count, "expected": count}
    assert "old-label-coding" in {issue["code"] for issue in content["issues"]}


def test_mirrored_masks_are_suspicious_but_not_refused(built_toy_release, template):
    put(template, release_masks(built_toy_release)[:, ::-1])
    done = run("check", template, "--release", built_toy_release)
    assert done.exit_code == 0
    assert "flipped up-down" in done.output
    put(template, release_masks(built_toy_release))
    assert (
        "looks-flipped"
        not in run("check", template, "--release", built_toy_release).output
    )


def test_fused_images_with_a_background_are_warned_of(built_toy_release, template):
    with SplitFile(built_toy_release / "data" / "test.h5") as file:
        shown = np.stack([file.shown(row) for row in range(len(file))])
    fused = np.where(shown, np.uint8(90), np.uint8(0))
    check = ("check", template, "--release", built_toy_release)
    with h5py.File(template / "predictions.h5", "r+") as file:
        file["fused"][...] = fused
    assert "background-not-zero" not in run(*check).output
    fused[0][~shown[0]] = 7
    with h5py.File(template / "predictions.h5", "r+") as file:
        file["fused"][...] = fused
    done = run(*check)
    assert done.exit_code == 0, done.output
    assert "up to a value of 7, are not 0 where every modality is 0" in done.output
    assert f"in 1 of {len(fused)} slices" in done.output


def test_where_labels_are_withheld_masks_are_not_compared(toy_release, template):
    put(template, release_masks(toy_release)[:, ::-1])
    with h5py.File(toy_release / "data" / "test.h5", "r+") as file:
        del file["mask"]
    done = run("check", template, "--release", toy_release)
    assert done.exit_code == 0, done.output
    assert "looks-flipped" not in done.output


def test_an_unknown_split_is_one_line(built_toy_release, template):
    done = run("check", template, "--release", built_toy_release, "--split", "tset")
    assert done.exit_code == 1
    assert "no split 'tset'" in done.output


def test_the_reading_process_loads_little():
    code = (
        "import sys; import bratsfuse.submission.parse, bratsfuse.submission.png; "
        "import bratsfuse.submission.hdf5_form; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "h5py" in loaded
    heavy = {"scipy", "matplotlib", "torch", "numba", "datasets", "pydantic", "jinja2"}
    assert not loaded & heavy
    assert np.__name__ in loaded
