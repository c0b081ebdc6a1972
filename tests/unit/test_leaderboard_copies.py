"""Reports of what is not one's own, and what an entry keeps to itself."""

from dataclasses import replace

import boards
import pytest

from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import BoardError
from bratsfuse.leaderboard.entry import read_entry

SEGMENTATION = ("segmentation",)


@pytest.fixture
def board(tmp_path):
    return tmp_path / "board"


@pytest.fixture
def add(tmp_path):
    return boards.adder(tmp_path)


def test_the_same_predictions_under_another_name_are_refused(add, board, tmp_path):
    add("original")
    digest = read_entry(board / "original.json").report.submission_sha256
    copy = boards.write_scored(tmp_path / "copy", "my own work")
    boards.edited(copy, lambda content: content.update(submission_sha256=digest))
    with pytest.raises(BoardError) as caught:
        admit(copy, board, replace=True)
    (issue,) = caught.value.issues
    assert issue.code == "duplicate-predictions"
    assert "original" in issue.message
    assert digest in issue.message


@pytest.mark.parametrize("track", ["fusion", "segmentation"])
def test_the_scores_of_another_are_its_predictions_whatever_the_digest(
    board, tmp_path, track
):
    table = boards.table_of("original", 0.8)
    admit(boards.write(tmp_path / "o", boards.evaluation_of("original", table)), board)
    places = [i for i, one in enumerate(table.measures) if one.track == track]
    same = replace(
        table,
        measures=tuple(table.measures[i] for i in places),
        values=table.values[:, places] * (1 + 1e-14),
        status=table.status[:, places],
    )
    copy = boards.evaluation_of("my own work", same, (track,))
    with pytest.raises(BoardError) as caught:
        admit(boards.write(tmp_path / "c", copy), board)
    (issue,) = caught.value.issues
    assert issue.code == "duplicate-predictions"
    assert f"{track}: every case has the scores of original" in issue.message
    same.values[3, 0] *= 0.99
    own = boards.evaluation_of("my own work", same, (track,))
    assert admit(boards.write(tmp_path / "own", own), board).tracks == (track,)


def test_those_who_submitted_nothing_are_no_copies_of_each_other(add):
    worst = {("", key): [0.5] * 12 for key in boards.PROTOCOL.fusion}
    for name in ("a", "b"):
        add(name, tracks=("fusion",), values=worst, missing=boards.DATA.slice_sets)


def test_the_true_masks_are_no_submission(tmp_path, board):
    folder = boards.write_scored(tmp_path / "r", "gold", 0.97, SEGMENTATION)
    digest = boards.DATA.split_sha256
    boards.edited(folder, lambda content: content.update(submission_sha256=digest))
    with pytest.raises(BoardError) as caught:
        admit(folder, board)
    (issue,) = caught.value.issues
    assert issue.code == "gold"
    assert "evaluate --gold" in issue.message


def test_what_the_organiser_typed_stays_with_the_organiser(tmp_path, board):
    folder = boards.write_scored(tmp_path / "r", "x")
    command = "bratsfuse evaluate s --key /home/someone/secret/public.key.h5"
    boards.edited(folder, lambda content: content.update(command=command))
    admit(folder, board)
    assert "/home" not in (board / "x.json").read_text()
