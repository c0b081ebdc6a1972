"""Scoring with an organiser's key gives what public labels give, and shows no label."""

import json

import pytest
from click.testing import CliRunner
from perturbed import PERTURBATIONS, masks_of, submit

from bratsfuse.cli import main


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.fixture(scope="module")
def hidden(phantom_raw, tmp_path_factory):
    target = tmp_path_factory.mktemp("hidden") / "release"
    words = ("build", phantom_raw, "-o", target, "--slices", 40)
    run(*words, "--withhold-labels", "test")
    return target


@pytest.fixture(scope="module")
def submission(phantom_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission") / "shifted"
    masks = PERTURBATIONS["shifted"](masks_of(phantom_release, "test"))
    submit(folder, "shifted", phantom_release, masks)
    return folder


def evaluate(submission, release, report, *more, code=0):
    words = ("evaluate", submission, "--release", release, "-o", report)
    return run(*words, *more, code=code)


def report_of(folder):
    return json.loads((folder / "report.json").read_text())


def test_a_key_scores_as_public_labels_do(
    hidden, phantom_release, submission, tmp_path
):
    key = hidden.with_name("release.key.h5")
    evaluate(submission, hidden, tmp_path / "key", "--key", key)
    evaluate(submission, phantom_release, tmp_path / "public")
    with_key, public = report_of(tmp_path / "key"), report_of(tmp_path / "public")
    assert with_key["scores"] == public["scores"]
    assert with_key["data"]["labels"] == "key"
    assert with_key["data"]["fingerprint"] != public["data"]["fingerprint"]
    again = ("evaluate", submission, "--release", hidden, "--key", key)
    assert "reproduced" in run(*again, "--recheck", tmp_path / "key").output


def test_a_report_made_with_a_key_shows_no_slice(hidden, submission, tmp_path):
    key = hidden.with_name("release.key.h5")
    evaluate(submission, hidden, tmp_path / "key", "--key", key)
    assert "data:image/png" not in (tmp_path / "key" / "report.html").read_text()


def test_gold_needs_the_key(hidden, tmp_path):
    gold = ("evaluate", "--gold", "--release", hidden, "-o", tmp_path / "gold")
    assert "--key" in run(*gold, code=1).output
    run(*gold, "--key", hidden.with_name("release.key.h5"))
    scores = report_of(tmp_path / "gold")["scores"]["segmentation"]
    assert scores["WT"]["dice"]["mean"] == 1.0


def test_without_the_key_fusion_alone_is_scored(hidden, submission, tmp_path):
    refused = evaluate(submission, hidden, tmp_path / "refused", code=1)
    assert "labels-withheld" in refused.output
    run("predict", "average", hidden, "-o", tmp_path / "average")
    evaluate(tmp_path / "average", hidden, tmp_path / "fusion")
    report = report_of(tmp_path / "fusion")
    assert report["data"]["labels"] == "withheld"
    assert report["scores"]["fusion"]["en"]["n"] > 0


def test_a_key_is_refused_where_labels_are_public(
    hidden, phantom_release, submission, tmp_path
):
    key = hidden.with_name("release.key.h5")
    told = evaluate(
        submission, phantom_release, tmp_path / "r", "--key", key, code=1
    ).output
    assert "public" in told
