"""`bratsfuse train` as a user meets it, and its run in the commands that take one."""

import numpy as np
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.methods import method
from bratsfuse.release import SplitFile, read_manifest

QUICK = [
    *("--set", "preset=tiny", "--set", "batch_size=2", "--set", "validate_every=2"),
    *("--set", "log_every=1", "--set", "downsample=1", "--device", "cpu"),
]


def call(*arguments):
    result = CliRunner().invoke(main, [str(word) for word in arguments])
    bug = result.exception
    assert bug is None or isinstance(bug, SystemExit), result.output
    return result


def trained(baseline, release, run, *arguments, steps=4):
    quick = [*QUICK, "--set", f"steps={steps}"]
    return call("train", baseline, release, "-o", run, *quick, *arguments)


def test_a_fuser_is_trained_and_fuses_and_segments(built_toy_release, tmp_path):
    run, release2 = tmp_path / "run", tmp_path / "release2"
    result = trained("fuse4seg", built_toy_release, run, "--set", "ramp_below=99.0")
    assert result.exit_code == 0, result.output
    assert "4 steps of fuse4seg" in result.stdout
    assert "Dice WT" in result.stdout
    assert "parameters: leader 29,059, follower 27,579" in result.stdout
    assert "step 2 of 4: loss" in result.stderr
    result = call("fuse", run, built_toy_release, "-o", release2, "--workers", 1)
    assert result.exit_code == 0, result.output
    manifest = read_manifest(release2)
    assert "fingerprint" in manifest.added["fuse4seg"].training_data
    with SplitFile(release2 / manifest.splits["test"].file) as file:
        fused = file.array("fusion_fuse4seg")
    assert fused.any()
    result = trained(
        "unet", release2, tmp_path / "row", "--set", 'sources=["fusion:fuse4seg"]'
    )
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("baseline", ["unet", "fuse4seg"])
def test_a_run_predicts_a_submission(baseline, built_toy_release, tmp_path):
    assert trained(baseline, built_toy_release, tmp_path / "run").exit_code == 0
    result = call(
        *("predict", tmp_path / "run", built_toy_release),
        *("-o", tmp_path / "submission", "--workers", 1),
    )
    assert result.exit_code == 0, result.output
    assert "segmentation" in result.stdout
    assert (tmp_path / "submission" / "submission.toml").is_file()


def test_a_run_predicts_a_release_with_images_of_another_size(
    built_toy_release, phantom_release, tmp_path
):
    assert trained("fuse4seg", built_toy_release, tmp_path / "run").exit_code == 0
    submission, split = tmp_path / "submission", ("--split", "validation")
    done = call("predict", tmp_path / "run", phantom_release, "-o", submission, *split)
    assert done.exit_code == 0, done.output
    checked = call("check", submission, "--release", phantom_release, *split)
    assert checked.exit_code == 0, checked.output
    assert "background-not-zero" not in checked.output


def test_a_run_is_a_method_of_the_columns_that_it_was_trained_on(
    built_toy_release, tmp_path
):
    run = tmp_path / "run"
    sources = 'sources=["t2", "fusion:maximum"]'
    assert trained("unet", built_toy_release, run, "--set", sources).exit_code == 0
    found = method(str(run), ("t1ce", "flair"))
    assert found.sources == ("t2", "fusion_maximum")
    assert found.tracks == ("segmentation",)
    assert read_manifest(built_toy_release).fingerprint in found.training_data
    image = np.full(read_manifest(built_toy_release).image_shape, 9, np.uint8)
    labels = found({"t2": image, "fusion_maximum": image})["segmentation"]
    assert labels.shape == image.shape


def test_the_config_of_a_run_is_that_of_its_resumption(built_toy_release, tmp_path):
    run = tmp_path / "run"
    schedule = ("--set", "schedule_steps=4")
    assert trained("unet", built_toy_release, run, *schedule, steps=2).exit_code == 0
    again = call(
        *("train", "unet", built_toy_release, "-o", run),
        *("--resume", "--set", "steps=4"),
    )
    assert again.exit_code == 0, again.output
    assert "4 steps of unet" in again.stdout
    lines = (run / "metrics.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["step", "1", "2", "3", "4"]


def test_all_wrong_settings_are_told_and_nothing_is_written(
    built_toy_release, tmp_path
):
    file = tmp_path / "my.toml"
    file.write_text("stpes = 3\n")
    result = trained(
        *("unet", built_toy_release, tmp_path / "run"),
        *("--config", file, "--set", "seed=-1"),
    )
    assert result.exit_code == 1
    assert f"{file}: unknown key 'stpes'; did you mean 'steps'?" in result.stderr
    assert "--set seed=-1: seed: found -1" in result.stderr
    assert "nothing was trained" in result.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["unte"], 2, "did you mean 'unet'?"),
        (["unet", "--resume"], 1, "no run.json"),
        (["unet", "--resume", "--overwrite"], 2, "leave one out"),
        (["unet", "--config", "missing.toml"], 2, "does not exist"),
    ],
)
def test_wrong_usage_is_refused(arguments, status, words, built_toy_release, tmp_path):
    baseline, *rest = arguments
    result = call("train", baseline, built_toy_release, "-o", tmp_path / "run", *rest)
    assert result.exit_code == status
    assert words in result.stderr


def test_a_run_is_not_replaced_by_accident(built_toy_release, tmp_path):
    run = tmp_path / "run"
    assert trained("unet", built_toy_release, run, steps=2).exit_code == 0
    result = trained("unet", built_toy_release, run, steps=2)
    assert result.exit_code == 1
    assert "--overwrite" in result.stderr
    assert (
        trained("unet", built_toy_release, run, "--overwrite", steps=2).exit_code == 0
    )


def test_a_release_is_asked_for(tmp_path):
    result = trained("unet", tmp_path / "nothing", tmp_path / "run")
    assert result.exit_code == 1
    assert "no such folder" in result.stderr


def test_the_baselines_are_listed_with_what_they_need():
    lines = call("baselines").stdout.splitlines()
    for name, needs in (("unet", "training"), ("fuse4seg", "nothing")):
        (line,) = [line for line in lines if line.startswith(f"{name} ")]
        assert f"  {needs}  " in line  # the weights of the second come along


def test_help_opens_with_examples():
    text = call("train", "--help").stdout
    assert text.index("bratsfuse train unet release -o run") < text.index("Options")
