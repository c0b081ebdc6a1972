"""Submissions for a release of real cases: fused images and damaged masks, scored."""

import json

import pytest
from click.testing import CliRunner
from perturbed import PERTURBATIONS, masks_of, submit

from bratsfuse.cli import main
from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.records import to_json

pytestmark = pytest.mark.data

SLICES = 24
"""Of the test split."""

FUSER = "laplacian"
ON_BOARD = ("shifted", "lost")
"""Scored on the command line, with a page each; the others in Python."""


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.fixture(scope="module")
def reports(release, tmp_path_factory):
    """Every submission scored: name -> report; beside it a board of them."""
    folder = tmp_path_factory.mktemp("real_reports")
    masks = masks_of(release, "test")
    for name in (FUSER, "threshold"):
        run("predict", name, release, "-o", folder / f"{name}.sub")
    for name, change in PERTURBATIONS.items():
        submit(folder / f"{name}.sub", name, release, change(masks))
    lost = dict(list(masks.items())[3:])
    submit(folder / "lost.sub", "lost", release, lost)
    found = {}
    for submission in sorted(folder.glob("*.sub")):
        name = submission.stem
        if name not in ON_BOARD:
            report = evaluate(submission, release, Settings()).report
            found[name] = json.loads(to_json(report))
            continue
        report = folder / name
        words = ["evaluate", submission, "--release", release, "-o", report]
        if name == "lost":
            assert "missing-predictions" in run(*words, code=1).output
            words += ["--allow-missing", "--overwrite"]
        run(*words)
        run("leaderboard", "add", report, "--to", folder / "board")
        found[name] = json.loads((report / "report.json").read_text())
    run("leaderboard", "render", folder / "board", "-o", folder / "site")
    return folder, found


def dice(report, region):
    return report["scores"]["segmentation"][region]["dice"]["mean"]


def test_damage_orders_the_masks(reports):
    _, found = reports
    assert dice(found["empty"], "WT") == 0.0
    for region in ("WT", "TC"):
        assert 0.3 < dice(found["eroded"], region) < 1
        assert 0.7 < dice(found["shifted"], region) < 1
        assert 0.8 < dice(found["lesion_dropped"], region) < 1
    assert dice(found["without_et"], "ET") < dice(found["shifted"], "ET")
    assert dice(found["threshold"], "WT") > 0.4


def test_a_slice_mean_forgives_what_the_case_does_not(reports):
    """Dropping one slice of a case costs its slice mean one slice, large or small."""
    _, found = reports
    scores = found["lesion_dropped"]["scores"]
    case = scores["segmentation"]["WT"]["dice"]["mean"]
    slices = scores["segmentation_per_slice"]["WT"]["dice"]["mean"]
    assert case != slices


def test_lost_slices_are_counted_and_not_ranked(reports):
    folder, found = reports
    coverage = found["lost"]["coverage"]["segmentation"]
    assert coverage["missing"] == 3
    assert coverage["expected"] == coverage["scored"] + 3 == SLICES
    assert dice(found["lost"], "WT") < 1
    table = (folder / "site" / "LEADERBOARD.md").read_text()
    ranked = table.split("## ")
    segmentation = next(part for part in ranked if part.startswith("Segmentation"))
    assert "shifted" in segmentation
    assert "lost" in table
    rows = [line for line in segmentation.splitlines() if line.startswith("| 1 ")]
    assert rows
    assert "lost" not in rows[0]


def test_a_classical_fuser_scores_as_the_release_says(reports):
    _, found = reports
    for key, mean in found[FUSER]["fusers"][FUSER].items():
        score = found[FUSER]["scores"]["fusion"][key]
        assert score["mean"] == pytest.approx(mean, rel=1e-12)
        assert score["low"] <= score["mean"] <= score["high"]
        assert score["n"] + score["n_undefined"] == SLICES
