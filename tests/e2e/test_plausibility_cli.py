"""What cannot be meant is warned of by `check` and `evaluate` alike, and scored."""

import json

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.submission import SubmissionRecord, expected_of, write_submission


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def submit(target, release, fused=None, masks=None):
    """Write the release's own product and masks, changed, as a submission."""
    ids = expected_of(release, read_manifest(release), "test").ids
    tracks = {}
    with SplitFile(release / "data" / "test.h5") as file:
        for track, column, change in (
            ("fusion", "fusion_laplacian", fused),
            ("segmentation", "mask", masks),
        ):
            if change is not None:
                images = [file.pixels(column, row) for row in range(len(file))]
                tracks[track] = [np.ascontiguousarray(change(one)) for one in images]
    record = SubmissionRecord(name="toy", tracks=tuple(tracks))
    write_submission(target, record, ids, tracks)
    return target


SYMMETRIC = "identical-predictions"
CASES = {
    "honest": (lambda image: image, lambda mask: mask, set()),
    "flipped": (np.fliplr, np.flipud, {"fused-flipped", "looks-flipped"}),
    "recoded": (None, lambda mask: recoded(mask, 2, 1, 3), {"looks-recoded"}),
    "rotated coding": (None, lambda mask: recoded(mask, 3, 1, 2), {"looks-recoded"}),
    "over 255": (lambda image: (image > 127).astype(np.uint8), None, {"not-scaled"}),
    "negative": (lambda image: 255 - image, None, {"inverted", "background-not-zero"}),
    "one label": (None, lambda mask: (mask > 0).astype(np.uint8), {"single-label"}),
}


def recoded(mask, *coding):
    return np.array([0, *coding], np.uint8)[mask]


@pytest.mark.parametrize("name", CASES)
def test_both_commands_warn_with_the_number_and_score(
    name, built_toy_release, tmp_path
):
    fused, masks, codes = CASES[name]
    path = submit(tmp_path / "submission", built_toy_release, fused, masks)
    check = run("check", path, "--release", built_toy_release, "--json")
    assert check.exit_code == 0, check.output
    listed = {issue["code"]: issue for issue in json.loads(check.stdout)["issues"]}
    words = ["--release", built_toy_release, "-o", tmp_path / "report"]
    words += ["--workers", 1, "--no-reference-segmenter"]
    done = run("evaluate", path, *words)
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    # A toy tumour is the same above and below its middle.
    assert {issue["code"] for issue in report["issues"]} - {SYMMETRIC} == codes
    assert set(listed) - {SYMMETRIC} == codes
    for issue in report["issues"]:
        assert issue["message"] == listed[issue["code"]]["message"]
        assert any(letter.isdigit() for letter in issue["message"].split(";")[0])
        assert f"[{issue['code']}]" in done.stdout


def test_hidden_labels_are_not_needed_and_do_not_leak(toy_release, tmp_path):
    """Fused images are looked at as ever; masks only for what needs no reference."""
    path = submit(tmp_path / "submission", toy_release, np.fliplr, np.flipud)
    with h5py.File(toy_release / "data" / "test.h5", "r+") as file:
        del file["mask"]
    done = run("check", path, "--release", toy_release)
    assert done.exit_code == 0, done.output
    assert "fused-flipped" in done.stdout
    assert "looks-" not in done.stdout
