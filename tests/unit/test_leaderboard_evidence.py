"""What a report says that its tables do not bear out."""

import hashlib
import json
from dataclasses import replace

import boards
import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import BoardError
from bratsfuse.leaderboard.evidence import contradictions
from bratsfuse.report import read_cases, read_slices
from bratsfuse.report.files import PER_CASE_NAME, PER_SLICE_NAME, REPORT_NAME
from bratsfuse.results import Measure, Status

WT_DICE = Measure("segmentation", "WT", "dice")
WT_IOU = Measure("segmentation", "WT", "iou")
VIF = Measure("fusion", "", "vif")
EN = Measure("fusion", "", "en")


@pytest.fixture
def evaluation():
    return boards.evaluation_of("x", boards.table_of("x", 0.8), missing=4)


def told(evaluation):
    """Return what contradicts, by code."""
    found = {}
    for issue in contradictions(evaluation, "x"):
        found.setdefault(issue.code, []).append(issue.message)
    return found


def column(table, measure):
    return table.values[:, table.measures.index(measure)]


def test_an_honest_report_contradicts_nothing(evaluation):
    assert told(evaluation) == {}


def test_a_refused_report_has_nothing_to_contradict():
    refused = boards.Evaluation(report=boards.report_of("x"))
    assert told(refused) == {}


PARTS = ("mean", "low", "high", "t_low", "t_high", "median", "sd")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "place",
    [
        ("fusion", "vif"),
        ("segmentation", "WT", "dice"),
        ("segmentation", "WT", "iou"),
        ("segmentation_per_slice", "ET", "hd95"),
    ],
)
def test_no_number_can_be_changed(evaluation, place, part):
    score = getattr(evaluation.report.scores, place[0])
    for key in place[1:]:
        score = score[key]
    object.__setattr__(score, part, getattr(score, part) + 1e-6)
    (message,) = told(evaluation)["bad-scores"]
    assert message.startswith(f"the {part} of ")
    object.__setattr__(score, part, None)
    (message,) = told(evaluation)["bad-scores"]
    assert f"{part} of {' '.join(place).replace('_', ' ')} is None" in message


@pytest.mark.parametrize("part", ["n", "n_undefined", "n_missing", "n_policy"])
def test_no_count_can_be_changed(evaluation, part):
    score = evaluation.report.scores.fusion["en"]
    object.__setattr__(score, part, getattr(score, part) + 1)
    assert f"the {part} of fusion en" in told(evaluation)["bad-scores"][0]


def test_scores_without_a_table_are_refused(evaluation):
    scores = evaluation.report.scores
    scores.fusion["beauty"] = scores.fusion["en"]
    del scores.segmentation["WT"]["iou"]
    messages = told(evaluation)["bad-scores"]
    assert "the report has a score of fusion beauty" in messages[1]
    assert "the report has no score of segmentation WT iou" in messages[0]


def test_fusion_scores_of_cases_are_the_means_of_their_slices(evaluation):
    column(evaluation.per_case, VIF)[3] += 1e-6
    (message,) = told(evaluation)["bad-scores"]
    assert "vif per case is not the mean of the slices" in message


def test_what_is_forged_in_every_place_is_told_in_a_few_lines(evaluation):
    evaluation.per_slice.values[:] *= 0.9
    assert len(told(evaluation)["bad-scores"]) < 30


@pytest.mark.parametrize("table", ["per_case", "per_slice"])
@pytest.mark.parametrize(
    ("measure", "value"), [(WT_DICE, 1.2), (WT_IOU, -0.1), (EN, 9.0), (EN, np.inf)]
)
def test_no_value_is_better_than_its_metric_allows(evaluation, table, measure, value):
    column(getattr(evaluation, table), measure)[5] = value
    (message,) = told(evaluation)["bad-table"]
    assert f"{measure} per {table[4:]} is {value}, outside [0, " in message


def test_an_undefined_value_has_that_status(evaluation):
    column(evaluation.per_slice, EN)[5] = np.nan
    assert "undefined values as scored" in told(evaluation)["bad-table"][0]


def test_what_is_missing_is_what_the_tables_lack(evaluation):
    report = evaluation.report
    whole = {
        track: replace(counts, scored=36, missing=0, cases_complete=12)
        for track, counts in report.coverage.items()
    }
    forged = replace(evaluation, report=replace(report, coverage=whole))
    messages = told(forged)["bad-coverage"]
    assert "fusion: 0 slice sets are missing, in the table per slice 4" in messages[0]
    assert "12 cases are complete, in the table per slice 10" in messages[1]
    evaluation.per_case.status[0] = Status.SCORED
    assert "differ in which cases lack" in told(evaluation)["bad-coverage"][0]


def test_tables_have_the_rows_of_the_split(evaluation):
    data = replace(evaluation.report.data, slice_sets=40)
    forged = replace(evaluation, report=replace(evaluation.report, data=data))
    assert "36 slices in the table per slice" in told(forged)["bad-table"][0]
    patients = ("stranger", *evaluation.per_case.patients[1:])
    cases = replace(evaluation.per_case, patients=patients)
    messages = told(replace(evaluation, per_case=cases))["bad-table"]
    assert "differ in their cases" in messages[0]


def test_tables_have_the_measures_of_the_protocol(evaluation):
    protocol = replace(evaluation.report.protocol, segmentation=("dice", "beauty"))
    forged = replace(evaluation, report=replace(evaluation.report, protocol=protocol))
    messages = told(forged)["bad-table"]
    assert any("the table per case has no WT beauty" in line for line in messages)
    assert any("WT iou, which the protocol does not name" in line for line in messages)


def test_metrics_policies_and_seeds_that_do_not_exist_are_refused(evaluation):
    report = evaluation.report
    protocol = replace(report.protocol, policy="kind")
    forged = replace(evaluation, report=replace(report, protocol=protocol))
    assert "policy 'kind'" in told(forged)["bad-protocol"][0]
    forged = replace(evaluation, report=replace(report, seed=-1))
    assert "seed -1" in told(forged)["bad-protocol"][0]
    beauty = replace(boards.PROTOCOL, fusion=("en", "beauty"))
    table = boards.table_of("x", 0.8, protocol=beauty)
    forged = boards.evaluation_of("x", table, protocol=beauty)
    assert "no metric of this version" in told(forged)["bad-protocol"][0]


def rewritten(folder, name, old, new):
    """Change a table of a report folder, and its digest with it."""
    text = (folder / name).read_text().replace(old, new)
    (folder / name).write_text(text)
    report = json.loads((folder / REPORT_NAME).read_text())
    report["files"][name] = hashlib.sha256(text.encode()).hexdigest()
    (folder / REPORT_NAME).write_text(json.dumps(report))


def test_a_table_forged_with_its_digest_is_refused(tmp_path):
    folder = boards.write_scored(tmp_path / "r", "x")
    first = repr(float(column(read_cases(folder), VIF)[0]))
    rewritten(folder, PER_CASE_NAME, first, "0.99")
    with pytest.raises(BoardError) as caught:
        admit(folder, tmp_path / "board")
    assert [issue.code for issue in caught.value.issues] == ["bad-scores"]
    assert not (tmp_path / "board").exists()


@pytest.mark.parametrize("name", [PER_SLICE_NAME, PER_CASE_NAME])
def test_both_tables_have_to_be_there_and_unaltered(tmp_path, name):
    folder = boards.write_scored(tmp_path / "r", "x")
    path = folder / name
    path.write_text(path.read_text().replace("0.7", "0.8", 1))
    with pytest.raises(InvalidInputError, match=rf"{name}: altered: its SHA-256"):
        admit(folder, tmp_path / "board")
    path.unlink()
    with pytest.raises(InvalidInputError, match=f"{name}: no such file"):
        admit(folder, tmp_path / "board")


def test_a_table_is_read_as_it_was_written(tmp_path, evaluation):
    folder = boards.write(tmp_path / "r", evaluation)
    slices = read_slices(folder)
    assert slices.ids == evaluation.per_slice.ids
    assert slices.cases == evaluation.per_slice.cases
    assert slices.patients == evaluation.per_slice.patients
    np.testing.assert_array_equal(slices.values, evaluation.per_slice.values)
    np.testing.assert_array_equal(slices.status, evaluation.per_slice.status)


def test_a_line_that_stands_twice_is_refused(tmp_path):
    folder = boards.write_scored(tmp_path / "r", "x")
    path = folder / PER_SLICE_NAME
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]))
    with pytest.raises(InvalidInputError, match="expected one of each"):
        read_slices(folder)
    path.write_text("\n".join([*lines, lines[-1].replace("patient_", "p")]))
    with pytest.raises(InvalidInputError, match="expected one of each"):
        read_slices(folder)
