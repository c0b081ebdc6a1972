"""Submissions in, reports out, by the command line, on phantoms."""

import csv
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from perturbed import PERTURBATIONS, masks_of, submit

from bratsfuse.cli import main
from bratsfuse.release import read_manifest

REGIONS = ("WT", "TC", "ET")


def run(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def report_of(folder):
    return json.loads((folder / "report.json").read_text())


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def masks(phantom_release):
    return masks_of(phantom_release, "test")


@pytest.fixture(scope="module")
def scored(phantom_release, masks, tmp_path_factory):
    """The report of every perturbed submission, and their folder."""
    folder = tmp_path_factory.mktemp("reports")
    for name, change in PERTURBATIONS.items():
        submit(folder / f"{name}.sub", name, phantom_release, change(masks))
        run(
            "evaluate", folder / f"{name}.sub", "--release", phantom_release,
            "-o", folder / name, "--workers", 1,
        )  # fmt: skip
    return folder


def test_gold_is_perfect(phantom_release, tmp_path):
    run("evaluate", "--gold", "--release", phantom_release, "-o", tmp_path / "gold")
    scores = report_of(tmp_path / "gold")["scores"]
    for region in REGIONS:
        found = scores["segmentation"][region]
        for key in (
            "dice",
            "iou",
            "sensitivity",
            "precision",
            "nsd_1mm",
            "lesion_dice",
        ):
            assert found[key]["mean"] == 1.0, (region, key)
        for key in ("hd", "hd95", "hd95_voxel", "assd", "volume_error", "lesion_hd95"):
            assert found[key]["mean"] == 0.0, (region, key)
    assert scores["fusion"] == {}


def test_damage_costs_what_it_should(scored):
    def mean(name, region="WT", key="dice"):
        return report_of(scored / name)["scores"]["segmentation"][region][key]["mean"]

    assert mean("empty") == 0.0
    assert 0 < mean("shifted") < 1
    assert mean("shifted", key="hd95") == pytest.approx(3, abs=0.5)
    assert mean("eroded", key="precision") == 1.0
    assert mean("eroded", key="volume_error") < 0
    dice = report_of(scored / "without_et")["scores"]["segmentation"]["ET"]["dice"]
    assert dice["mean"] == dice["n_policy"] / dice["n"] < 1  # 1 where there is none
    assert mean("without_et", "WT") < 1.0
    assert mean("lesion_dropped") < 1.0


def test_masks_the_wrong_way_round_are_told(phantom_release, masks, tmp_path):
    turned = {one: mask[:, ::-1].copy() for one, mask in masks.items()}
    submit(tmp_path / "sub", "turned", phantom_release, turned)
    done = run(
        "evaluate", tmp_path / "sub", "--release", phantom_release, "-o", tmp_path / "r"
    )
    assert "looks-flipped" in done.output
    codes = [issue["code"] for issue in report_of(tmp_path / "r")["issues"]]
    assert "looks-flipped" in codes


def test_a_report_is_whole(scored, phantom_release):
    folder = scored / "shifted"
    names = {path.name for path in folder.iterdir()}
    assert {"report.json", "report.html", "per_slice.csv", "per_case.csv"} <= names
    assert any((folder / "figures").iterdir())
    report = report_of(folder)
    manifest = read_manifest(phantom_release)
    assert report["data"]["fingerprint"] == manifest.fingerprint
    assert report["data"]["synthetic"] is True
    score = report["scores"]["segmentation"]["WT"]["dice"]
    assert {"mean", "low", "high", "n", "n_undefined"} <= score.keys()
    assert score["low"] <= score["mean"] <= score["high"]
    assert "nan" not in (folder / "report.json").read_text().lower().split('"')


def test_accounts_of_the_tables_are_closed(scored):
    report = report_of(scored / "shifted")
    coverage = report["coverage"]["segmentation"]
    assert coverage["expected"] == coverage["scored"] + coverage["missing"]
    cases = rows_of(scored / "shifted" / "per_case.csv")
    slices = rows_of(scored / "shifted" / "per_slice.csv")
    measures = len(report["protocol"]["segmentation"]) * len(REGIONS)
    assert len(cases) == coverage["cases"] * measures
    assert len(slices) == coverage["expected"] * measures
    dice = [row for row in cases if (row["region"], row["metric"]) == ("WT", "dice")]
    mean = np.mean([float(row["value"]) for row in dice])
    assert mean == pytest.approx(
        report["scores"]["segmentation"]["WT"]["dice"]["mean"], rel=1e-12
    )


def test_what_is_missing_is_refused_unless_allowed(phantom_release, masks, tmp_path):
    some = dict(list(masks.items())[2:])
    submit(tmp_path / "sub", "partial", phantom_release, some)
    command = ["evaluate", tmp_path / "sub", "--release", phantom_release]
    refused = run(*command, "-o", tmp_path / "refused", code=1)
    assert "missing-predictions" in refused.output
    report = report_of(tmp_path / "refused")
    assert report["status"] == "refused"
    assert report["scores"] == {
        "segmentation": {},
        "segmentation_per_slice": {},
        "fusion": {},
        "reference_segmenter": {},
    }
    run(*command, "-o", tmp_path / "allowed", "--allow-missing")
    report = report_of(tmp_path / "allowed")
    coverage = report["coverage"]["segmentation"]
    assert coverage["missing"] == 2
    assert coverage["expected"] == coverage["scored"] + 2 == len(masks)
    score = report["scores"]["segmentation"]["WT"]["dice"]
    assert score["n_missing"] == 1  # both are of one case
    assert score["mean"] < 1
    assert score["n"] + score["n_undefined"] == coverage["cases"]


def test_fused_images_are_scored_beside_the_classical_fusers(phantom_release, tmp_path):
    run("predict", "maximum", phantom_release, "-o", tmp_path / "sub")
    run(
        "evaluate", tmp_path / "sub", "--release", phantom_release, "-o", tmp_path / "r"
    )
    report = report_of(tmp_path / "r")
    same = report["fusers"]["maximum"]
    for key, score in report["scores"]["fusion"].items():
        assert score["mean"] == pytest.approx(same[key], rel=1e-12), key
    assert report["fusers"]["average"] != same
    assert report["scores"]["segmentation"] == {}


def test_workers_do_not_change_a_byte(scored, phantom_release, tmp_path):
    run(
        "evaluate", scored / "shifted.sub", "--release", phantom_release,
        "-o", tmp_path / "two", "--workers", 2,
    )  # fmt: skip
    for name in ("per_slice.csv", "per_case.csv"):
        one, two = scored / "shifted" / name, tmp_path / "two" / name
        assert one.read_bytes() == two.read_bytes()
    one, two = report_of(scored / "shifted"), report_of(tmp_path / "two")
    for name in ("scores", "coverage", "submission_sha256"):
        assert one[name] == two[name]


def test_a_report_is_reproduced_or_the_difference_told(
    scored, phantom_release, tmp_path
):
    recheck = ["evaluate", "--release", phantom_release, "--recheck"]
    done = run(*recheck, scored / "shifted", scored / "shifted.sub")
    assert "reproduced" in done.output
    told = run(*recheck, scored / "shifted", scored / "eroded.sub", code=1)
    assert "submission_sha256" in told.output
    assert "scores.segmentation.WT.dice.mean" in told.output
    shutil.copytree(scored / "shifted", tmp_path / "forged")
    report = report_of(tmp_path / "forged")
    report["scores"]["segmentation"]["ET"]["dice"]["mean"] = 0.999
    (tmp_path / "forged" / "report.json").write_text(json.dumps(report))
    told = run(*recheck, tmp_path / "forged", scored / "shifted.sub", code=1)
    lines = [line for line in told.output.splitlines() if line.startswith("scores")]
    assert lines == [line for line in lines if "ET.dice.mean" in line]
    assert len(lines) == 1


def test_a_changed_table_is_not_reproduced(scored, phantom_release, tmp_path):
    shutil.copytree(scored / "shifted", tmp_path / "forged")
    path = tmp_path / "forged" / "per_case.csv"
    head, first, *rest = path.read_text().splitlines()
    *words, _, status = first.split(",")
    forged = ",".join([*words, "0.999", status])
    path.write_text("\n".join([head, forged, *rest]) + "\n")
    told = run(
        "evaluate", scored / "shifted.sub", "--release", phantom_release,
        "--recheck", tmp_path / "forged", code=1,
    )  # fmt: skip
    assert "per_case.csv: 1 different row;" in told.output
    assert "per_slice.csv" not in told.output


def test_seeds_move_intervals_and_nothing_else(scored, phantom_release, tmp_path):
    run(
        "evaluate", scored / "shifted.sub", "--release", phantom_release,
        "-o", tmp_path / "r", "--seed", 1,
    )  # fmt: skip
    one = report_of(scored / "shifted")["scores"]["segmentation"]["WT"]["dice"]
    two = report_of(tmp_path / "r")["scores"]["segmentation"]["WT"]["dice"]
    assert one["mean"] == two["mean"]
    assert (one["t_low"], one["t_high"]) == (two["t_low"], two["t_high"])


def test_usage_errors_say_what_to_give(phantom_release, tmp_path):
    wrong = [
        (["-o", tmp_path / "r"], "SUBMISSION"),
        (["--gold"], "-o REPORT"),
        (["--gold", "-o", tmp_path / "r", "--split", "tset"], "test"),
        (["--gold", "-o", tmp_path / "r", "--seed", -1], "x>=0"),
    ]
    for arguments, told in wrong:
        result = CliRunner().invoke(
            main, ["evaluate", "--release", str(phantom_release), *map(str, arguments)]
        )
        assert result.exit_code in (1, 2)
        assert told in result.output


def test_a_report_does_not_go_into_what_it_is_made_from(scored, phantom_release):
    for place in (phantom_release, scored / "shifted.sub"):
        refused = run(
            "evaluate", scored / "shifted.sub", "--release", phantom_release,
            "-o", place / "report", code=1,
        )  # fmt: skip
        assert "is in" in refused.output
        assert not (place / "report").exists()


def test_an_existing_folder_is_not_replaced(scored, phantom_release):
    refused = run(
        "evaluate", scored / "shifted.sub", "--release", phantom_release,
        "-o", scored / "shifted", code=1,
    )  # fmt: skip
    assert "already exists" in refused.output
