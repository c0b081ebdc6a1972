"""The rank by use: what a segmenter makes of images that are true to their sources."""

import csv
import io
from dataclasses import replace

import boards
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import BoardError, read_board
from bratsfuse.leaderboard.evidence import contradictions
from bratsfuse.leaderboard.rank import rank_board
from bratsfuse.leaderboard.render import CSV_NAME, INDEX_NAME, MARKDOWN_NAME, site_files
from bratsfuse.report.files import DOWNSTREAM_NAME

FAR = {"ssim": 0.40, "vif": 0.25}
"""A fidelity that images which carry a message have."""


def fused(name, use, **options):
    table = boards.table_of(name, 0.8, ("fusion",))
    evaluation = boards.evaluation_of(name, table, ("fusion",))
    return boards.with_use(evaluation, use, **options)


@pytest.fixture
def board(tmp_path):
    """Return a board of two honest methods, one that paints, and one not trained on."""
    for name, use, fidelity in [
        ("good", 0.8, boards.FAITHFUL),
        ("fair", 0.6, boards.FAITHFUL),
        ("painter", 0.95, FAR),
    ]:
        report = boards.write(tmp_path / name, fused(name, use, fidelity=fidelity))
        admit(report, tmp_path / "board")
    plain = boards.write_scored(tmp_path / "plain", "plain", tracks=("fusion",))
    admit(plain, tmp_path / "board")
    return read_board(tmp_path / "board")


def test_only_images_above_the_floor_are_ranked_by_their_use(board):
    by_track = {ranking.track: ranking for ranking in rank_board(board)}
    assert set(by_track) == {"fusion", "downstream"}
    use = by_track["downstream"]
    assert [row.entry.name for row in use.ranked] == ["good", "fair"]
    assert [entry.name for entry in use.incomplete] == ["painter"]
    assert len(by_track["fusion"].ranked) == 4


def test_the_site_shows_use_fidelity_and_why_one_is_not_ranked(board):
    files = site_files(board)
    page = files[INDEX_NAME]
    assert page.index("Use for segmentation") < page.index("Fusion metrics disagree")
    assert "0.660" in page
    assert "not ranked: images this far from their sources" in page
    rows = list(csv.DictReader(io.StringIO(files[CSV_NAME])))
    states = {row["name"]: row["state"] for row in rows if row["track"] == "downstream"}
    assert states == {"good": "ranked", "fair": "ranked", "painter": "below-floor"}
    (good,) = (r for r in rows if (r["name"], r["track"]) == ("good", "downstream"))
    entry = next(entry for entry in board.entries if entry.name == "good")
    mean = entry.report.downstream.scores["WT"]["dice"].mean
    assert float(good["downstream_wt_dice"]) == mean
    assert "painter: too far from its sources" in files[MARKDOWN_NAME]
    assert "Use for segmentation" in files["entries/good.html"]
    assert "Use for segmentation" not in files["entries/plain.html"]


def test_reference_rows_stay_behind(board):
    for entry in board.entries:
        if entry.downstream:
            assert not entry.downstream.references
            assert not entry.downstream.differences


def told(evaluation):
    return [(one.code, one.message) for one in contradictions(evaluation, "x")]


def section(evaluation, **changes):
    found = replace(evaluation.report.downstream, **changes)
    return replace(evaluation, report=replace(evaluation.report, downstream=found))


def test_an_honest_section_contradicts_nothing():
    assert told(fused("x", 0.8)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"floor": {"ssim": 0.1}}, "a floor of fidelity of"),
        ({"floor": {"ssim": 0.1, "vif": float("nan")}}, "a floor of fidelity of"),
        ({"floor": {"ssim": -0.1, "vif": 0.1}}, "a floor of fidelity of"),
        ({"floor": {"ssim": 0.7, "vif": 0.1}}, "below the floor"),
        ({"fidelity": FAR}, "below the floor"),
        ({"below_floor": ("ssim",)}, "below the floor"),
        ({"scores": {}}, "no score of downstream WT dice"),
    ],
)
def test_a_section_that_does_not_hold_together_is_refused(changes, words):
    (first, *_) = told(section(fused("x", 0.8), **changes))
    assert words in first[1]


def test_no_score_of_use_can_be_changed():
    honest = fused("x", 0.8)
    scores = honest.report.downstream.scores
    better = replace(scores["ET"]["dice"], mean=scores["ET"]["dice"].mean + 1e-6)
    forged = {**scores, "ET": {**scores["ET"], "dice": better}}
    ((code, text),) = told(section(honest, scores=forged))
    assert code == "bad-scores"
    assert text.startswith("the mean of downstream ET dice")


def test_a_table_of_use_beyond_the_range_of_its_metric_is_refused():
    honest = fused("x", 0.8)
    values = honest.downstream.values + 1
    again = boards.with_use(honest, 0.8)
    wrong = replace(again, downstream=replace(honest.downstream, values=values))
    assert "bad-table" in {code for code, _ in told(wrong)}


def test_other_cases_than_those_of_the_report_are_refused():
    honest = fused("x", 0.8)
    ids = honest.downstream.ids[::-1]
    turned = replace(honest, downstream=replace(honest.downstream, ids=ids))
    assert "differ in their cases" in told(turned)[0][1]


def test_a_lost_or_altered_table_of_use_is_refused(tmp_path):
    report = boards.write(tmp_path / "x", fused("x", 0.8))
    path = report / DOWNSTREAM_NAME
    text = path.read_text()
    path.write_text(text.replace("scored", "missing", 1))
    with pytest.raises(InvalidInputError, match="altered"):
        admit(report, tmp_path / "board")
    path.unlink()
    with pytest.raises(InvalidInputError, match="no such file"):
        admit(report, tmp_path / "board")


def test_uses_of_other_trainings_are_not_comparable(tmp_path):
    admit(
        boards.write_scored(tmp_path / "p", "plain", tracks=("fusion",)), tmp_path / "b"
    )
    admit(boards.write(tmp_path / "x", fused("x", 0.8)), tmp_path / "b")
    quick = fused("y", 0.7, settings={"preset": "tiny", "steps": "900"})
    with pytest.raises(BoardError) as refusal:
        admit(boards.write(tmp_path / "y", quick), tmp_path / "b")
    (issue,) = refusal.value.issues
    assert issue.code == "other-training"
    assert "'tiny' vs 'default' of x" in issue.message
