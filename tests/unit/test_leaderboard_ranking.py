"""Who stands where on a board, and who has no place."""

from dataclasses import replace

import boards
import numpy as np
import pytest

from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import Board, read_board
from bratsfuse.leaderboard.criteria import ranked_measures
from bratsfuse.leaderboard.plot import place_range, rank_plot
from bratsfuse.leaderboard.rank import rank_board
from bratsfuse.results import Measure

SEGMENTATION = ("segmentation",)
FUSION = ("fusion",)

WT_DICE = ("WT", "dice")


@pytest.fixture
def add(tmp_path):
    return boards.adder(tmp_path)


def ranking_of(folder, track):
    rankings = rank_board(read_board(folder / "board"))
    (found,) = (ranking for ranking in rankings if ranking.track == track)
    return found


def places(ranking):
    return {row.entry.name: row.standing.by_case.rank for row in ranking.ranked}


def test_the_better_stands_first_in_each_track(add, tmp_path):
    add("good masks", 0.9, SEGMENTATION)
    add("bad masks", 0.5, SEGMENTATION)
    add("good images", 0.9, FUSION)
    add("bad images", 0.5, FUSION)
    assert places(ranking_of(tmp_path, "segmentation")) == {
        "good masks": 1,
        "bad masks": 2,
    }
    assert places(ranking_of(tmp_path, "fusion")) == {"good images": 1, "bad images": 2}


def test_ties_share_a_place(add, tmp_path):
    first, last = [0.5] * 12, [0.5] * 12
    first[0] = last[-1] = 0.6
    shared = {
        (measure.region, measure.key): [0.5] * 12
        for measure in boards.measures_of(SEGMENTATION, boards.PROTOCOL)
    }
    for name, quality, values in (
        ("best", 0.9, {(r, "hd95"): [0.1] * 12 for r in boards.REGIONS}),
        ("middle", 0.5, {**shared, WT_DICE: first}),
        ("also middle", 0.5, {**shared, WT_DICE: last}),
        ("worst", 0.05, {("WT", "hd95"): [40.0] * 12, ("TC", "hd95"): [40.0] * 12}),
    ):
        add(name, quality, SEGMENTATION, values=values)
    found = places(ranking_of(tmp_path, "segmentation"))
    assert found == {"best": 1, "also middle": 2, "middle": 2, "worst": 4}


def test_incomplete_and_failed_entries_have_no_place(add, tmp_path):
    add("complete", 0.3, SEGMENTATION)
    add("better, but half", 0.99, SEGMENTATION, missing=1)
    add("broken", make=boards.write_refused)
    ranking = ranking_of(tmp_path, "segmentation")
    assert places(ranking) == {"complete": 1}
    assert [entry.name for entry in ranking.incomplete] == ["better, but half"]
    assert [e.name for e in read_board(tmp_path / "board").failed] == ["broken"]


def test_a_track_without_a_complete_entry_has_no_comparison(add, tmp_path):
    add("half", 0.9, SEGMENTATION, missing=1)
    ranking = ranking_of(tmp_path, "segmentation")
    assert ranking.comparison is None
    assert ranking.ranked == ()
    assert rank_board(Board(())) == ()


def test_few_patients_come_with_a_warning(add, tmp_path):
    add("a", 0.9, SEGMENTATION)
    add("b", 0.1, SEGMENTATION)
    assert not ranking_of(tmp_path, "segmentation").comparison.warnings
    few = {"data": replace(boards.DATA, cases=4, patients=4)}
    other = tmp_path / "few"
    other.mkdir()
    for name, quality in (("a", 0.9), ("b", 0.1)):
        report = boards.write_scored(other / name, name, quality, SEGMENTATION, **few)
        admit(report, other / "board")
    codes = {
        issue.code for issue in ranking_of(other, "segmentation").comparison.warnings
    }
    assert codes == {"too-few-patients"}


def test_ranks_stand_on_full_precision(add, tmp_path):
    values = {(r, k): [0.5] * 12 for r in boards.REGIONS for k in ("dice", "hd95")}
    add("a", 0.5, SEGMENTATION, values=values)
    add("b", 0.5, SEGMENTATION, values={**values, WT_DICE: [0.5 + 1e-9] * 12})
    assert places(ranking_of(tmp_path, "segmentation")) == {"b": 1, "a": 2}


def test_an_infinite_score_is_the_best_of_all(add, tmp_path):
    same = {("", key): [0.5] * 12 for key in boards.PROTOCOL.fusion}
    add("a", 0.5, FUSION, values={**same, ("", "psnr"): [99.0] * 12})
    add("b", 0.5, FUSION, values={**same, ("", "psnr"): [np.inf] + [1.0] * 11})
    ranking = ranking_of(tmp_path, "fusion")
    assert places(ranking) == {"a": 1, "b": 2}
    by_mean = {row.entry.name: row.standing.by_mean.rank for row in ranking.ranked}
    assert by_mean == {"b": 1, "a": 2}


def test_what_is_ranked_follows_the_protocol():
    protocol = replace(
        boards.PROTOCOL,
        regions={"WT": (1, 2, 3)},
        segmentation=("dice",),
        fusion=("sd", "vif", "qcv"),
    )
    assert ranked_measures("segmentation", protocol) == (
        Measure("segmentation", "WT", "dice"),
    )
    assert [m.key for m in ranked_measures("fusion", protocol)] == ["sd", "vif"]
    assert len(ranked_measures("fusion", boards.PROTOCOL)) == 14


def test_the_plot_puts_places_in_order(add, tmp_path):
    for number in range(12):
        add(f"entry {number}", 0.05 + 0.07 * number, SEGMENTATION)
    drawn = rank_plot(ranking_of(tmp_path, "segmentation"))
    assert len(drawn.rows) == 12
    assert list(drawn.ticks) == [1, 3, 5, 7, 9, 11]
    spots = [marks.place for marks in drawn.rows]
    assert spots == sorted(spots)
    assert min(spots) == 4
    assert max(spots) == 96
    assert all(marks.low <= marks.place <= marks.high for marks in drawn.rows)


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(1, 3, "1\u20133"), (2, 2, "2"), (None, None, "—")]
)
def test_an_interval_of_places_is_short(low, high, shown):
    assert place_range(low, high) == shown
