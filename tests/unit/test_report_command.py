"""The command that writes and checks reports: each thing told once, nothing ignored."""

import json
import shlex
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from perturbed import masks_of, submit
from reports import evaluation, refused

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation import Settings, differences
from bratsfuse.evaluation.recheck import settings_of
from bratsfuse.issues import warning


def run(*words, code=0):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done


def record_of(folder):
    return json.loads((folder / "report.json").read_text())


@pytest.fixture
def whole(built_toy_release, tmp_path):
    masks = masks_of(built_toy_release, "test")
    submit(tmp_path / "whole", "whole", built_toy_release, masks)
    return tmp_path / "whole"


@pytest.fixture
def partial(built_toy_release, tmp_path):
    masks = masks_of(built_toy_release, "test")
    some = dict(list(masks.items())[1:])
    submit(tmp_path / "partial", "partial", built_toy_release, some)
    return tmp_path / "partial"


def test_a_refusal_is_told_once_and_replaced_by_the_next_report(
    built_toy_release, partial, whole, tmp_path
):
    into = ("--release", built_toy_release, "-o", tmp_path / "r", "--workers", 1)
    done = run("evaluate", partial, *into, code=1)
    assert done.output.count("missing-predictions") == 1
    assert "missing-predictions" in done.stderr
    assert done.stdout.split() == [str(tmp_path / "r")]
    run("evaluate", whole, *into)
    assert record_of(tmp_path / "r")["status"] == "scored"


def test_a_warning_is_told_once(built_toy_release, partial, tmp_path):
    into = ("--release", built_toy_release, "-o", tmp_path / "r", "--workers", 1)
    done = run("evaluate", partial, *into, "--allow-missing")
    assert done.output.count("missing-predictions") == 1
    assert "missing-predictions" in done.stdout


def test_a_place_without_a_submission_leaves_no_report(built_toy_release, tmp_path):
    words = ("evaluate", tmp_path / "none", "--release", built_toy_release)
    done = run(*words, "-o", tmp_path / "r", code=1)
    assert "none: no such file or folder" in done.stderr
    assert len(done.output.splitlines()) == 1
    assert not (tmp_path / "r").exists()


def test_the_command_is_recorded_as_a_shell_reads_it(
    built_toy_release, tmp_path, monkeypatch
):
    target = tmp_path / "my report"
    words = ["evaluate", "--gold", "--release", str(built_toy_release), "-o"]
    monkeypatch.setattr(sys, "argv", ["bratsfuse", *words, str(target)])
    run(*words, target, "--workers", 1)
    told = shlex.split(record_of(target)["command"])
    assert told == ["bratsfuse", *words, str(target)]


@pytest.mark.parametrize(
    "option",
    [
        ("--split", "test"),
        ("--policy", "brats"),
        ("--seed", "0"),
        ("--preset", "brats2023-gli"),
        ("--allow-missing",),
        ("--overwrite",),
    ],
)
def test_a_recheck_takes_no_option_that_the_report_decides(tmp_path, option):
    words = ("evaluate", "--gold", "--release", tmp_path, "--recheck", tmp_path)
    done = run(*words, *option, code=2)
    assert f"{option[0]} does not go with --recheck" in done.stderr


def test_a_recheck_of_hidden_labels_asks_for_the_key():
    report = evaluation(cases=3, slices=6, labels="key").report
    with pytest.raises(InvalidInputError, match="give --key"):
        settings_of(report, Settings())


def test_a_refusal_is_reproduced_only_with_the_same_problems():
    report = refused().report
    assert differences(report, report) == []
    first, second, *others = report.issues
    reworded = (replace(first, message="x"), second, *others)
    assert differences(report, replace(report, issues=reworded)) == []
    milder = warning(first.where, first.code, first.message)
    found = differences(report, replace(report, issues=(milder, second, *others)))
    assert found == [
        "issues: error [duplicate-id] predictions.h5: not found by scoring again",
        "issues: warning [duplicate-id] predictions.h5: not in the report",
    ]
    assert len(differences(report, replace(report, issues=(first, *others)))) == 1


def test_what_was_allowed_to_be_missing_is_allowed_again():
    report = refused().report
    assert not settings_of(report, Settings()).allow_missing
    gone = warning("segmentation", "missing-predictions", "1 slice set has none")
    report = replace(report, issues=(*report.issues, gone))
    assert settings_of(report, Settings()).allow_missing
