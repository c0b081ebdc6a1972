"""What an entry holds, and what a board folder may hold."""

import json
import os
import re
from dataclasses import replace

import boards
import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.leaderboard.board import BoardError, read_board
from bratsfuse.leaderboard.entry import entry_of, parse_entry, read_entry, to_json
from bratsfuse.leaderboard.evidence import read_evidence
from bratsfuse.report import read_cases
from bratsfuse.results import Measure, Status

SEGMENTATION = ("segmentation",)


@pytest.fixture
def board(tmp_path):
    return tmp_path / "board"


@pytest.fixture
def add(tmp_path):
    return boards.adder(tmp_path)


def test_an_entry_holds_the_report_and_the_ranked_values(add, board, tmp_path):
    add("U-Net 2.0", authors=("A", "B"))
    entry = read_entry(board / "u-net-2-0.json")
    table = read_cases(tmp_path / "report0")
    assert entry.report.submission.authors == ("A", "B")
    assert entry.report.fusers == {}
    assert Measure("segmentation", "WT", "iou") not in entry.cases.measures
    assert len(entry.cases.measures) == 6 + 14
    found = entry.cases.to_results()
    for measure in entry.cases.measures:
        np.testing.assert_array_equal(found.column(measure), table.column(measure))
    assert found.patients == table.patients


def test_an_entry_is_read_as_it_was_written(tmp_path):
    values = {
        ("", "psnr"): [np.inf] * 2 + [30.0] * 10,
        ("ET", "hd95"): [np.nan, *range(11)],
    }
    entry = entry_of(
        read_evidence(boards.write_scored(tmp_path / "r", "x", values=values))
    )
    text = to_json(entry)
    again = parse_entry(text, "text")
    assert again == entry
    assert to_json(again) == text
    assert "NaN" not in text
    assert "Infinity" not in text
    found = again.cases.to_results()
    assert np.isinf(found.column(Measure("fusion", "", "psnr"))).sum() == 2
    et = Measure("segmentation", "ET", "hd95")
    assert found.status[0, found.measures.index(et)] == Status.UNDEFINED


@pytest.mark.parametrize(
    "place",
    [(), ("report",), ("report", "data"), ("report", "submission"), ("cases",)],
)
def test_an_entry_is_closed(tmp_path, place):
    entry = entry_of(read_evidence(boards.write_scored(tmp_path / "r", "x")))
    content = json.loads(to_json(entry))
    inner = content
    for key in place:
        inner = inner[key]
    inner["surprise"] = 1
    with pytest.raises(InvalidInputError, match="surprise"):
        parse_entry(json.dumps(content), "text")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.update(schema=2), "schema"),
        (lambda c: c["report"].update(seed="0"), "report.seed"),
        (lambda c: c["cases"]["values"][0].__setitem__(0, "0.5"), "cases.values.0.0"),
        (lambda c: c["cases"]["values"][0].__setitem__(0, np.inf), "cases.values.0.0"),
        (lambda c: c["cases"]["status"][0].__setitem__(0, 9), "cases.status.0.0"),
        (lambda c: c["report"].pop("data"), "report.data"),
    ],
)
def test_an_entry_is_strict(tmp_path, change, told):
    content = json.loads(
        to_json(entry_of(read_evidence(boards.write_scored(tmp_path / "r", "x"))))
    )
    change(content)
    with pytest.raises(InvalidInputError, match=re.escape(told)):
        parse_entry(json.dumps(content), "text")


@pytest.mark.parametrize("text", ["", "{", "[]", "NaN", '{"schema": NaN}', "[" * 9999])
def test_what_is_no_entry_is_one_line(text):
    with pytest.raises(InvalidInputError, match="no entry of this version") as caught:
        parse_entry(text, "board/x.json")
    assert "\n" not in str(caught.value)


def test_an_entry_too_large_is_not_read(tmp_path, board, add):
    add("x")
    path = board / "x.json"
    os.truncate(path, 17 * 2**20)
    with pytest.raises(InvalidInputError, match="expected at most 16777216"):
        read_entry(path)


def test_an_entry_is_complete_if_nothing_is_missing(add, tmp_path):
    assert add("whole").complete("fusion")
    assert not add("part", missing=1).complete("fusion")
    table = boards.table_of("sly", 0.8)
    table.status[3, -1] = Status.MISSING  # the last measure, of segmentation
    entry = entry_of(boards.evaluation_of("sly", table))
    assert entry.complete("fusion")
    assert not entry.complete("segmentation")


def test_a_board_tells_of_all_its_bad_files_at_once(add, board):
    for name in ("a", "b", "c"):
        add(name)
    (board / "a.json").write_text("{}")
    (board / "b.json").rename(board / "z.json")
    (board / "notes.txt").write_text("not read")
    (board / ".half-written.json").write_text("not read")
    with pytest.raises(BoardError) as caught:
        read_board(board)
    told = {issue.where: issue.code for issue in caught.value.issues}
    assert told == {"a.json": "bad-entry", "z.json": "misnamed"}


def test_entries_put_in_by_hand_are_compared(add, board, tmp_path):
    add("a")
    data = replace(boards.DATA, fingerprint="0" * 64)
    entry = entry_of(read_evidence(boards.write_scored(tmp_path / "r", "b", data=data)))
    (board / "b.json").write_text(to_json(entry))
    with pytest.raises(BoardError) as caught:
        read_board(board)
    assert [issue.code for issue in caught.value.issues] == ["other-data"]


def _drop_last_column(content):
    for row in content["cases"]["values"]:
        row.pop()


def _repeat_a_case(content):
    content["cases"]["cases"][1] = content["cases"]["cases"][0]


def _refuse(content):
    content["report"]["status"] = "refused"


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (lambda c: c["cases"]["patients"].pop(), "bad-table", "11 rows for 12 cases"),
        (lambda c: c["cases"]["status"].pop(), "bad-table", "11 rows for 12 cases"),
        (_drop_last_column, "bad-table", "5 values in a row of 6 measures"),
        (_repeat_a_case, "bad-table", "is twice in"),
        (
            lambda c: c["cases"]["values"][0].__setitem__(0, None),
            "bad-table",
            "the value None has the status scored",
        ),
        (lambda c: c.update(cases=None), "no-table", "without values per case"),
        (_refuse, "no-table", "refused, but with values per case"),
    ],
)
def test_an_entry_changed_by_hand_is_refused(add, board, change, code, told):
    add("x", tracks=SEGMENTATION)
    path = board / "x.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(BoardError) as caught:
        read_board(board)
    (issue,) = caught.value.issues
    assert issue.code == code
    assert told in issue.message


def test_an_entry_holds_the_measures_of_its_ranking_and_no_other(add, board):
    add("x", tracks=SEGMENTATION)
    path = board / "x.json"
    content = json.loads(path.read_text())
    content["cases"]["measures"][0]["key"] = "iou"
    path.write_text(json.dumps(content))
    with pytest.raises(BoardError) as caught:
        read_board(board)
    told = {issue.message for issue in caught.value.issues}
    assert "the table per case has no WT dice; score it again" in told
    assert "the table per case has WT iou, which is not ranked" in told
