"""What becomes an entry of a board, and what is refused with which reason."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import boards
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.leaderboard import admit as module
from bratsfuse.leaderboard.admit import admit
from bratsfuse.leaderboard.board import BoardError, read_board
from bratsfuse.place import workplace
from bratsfuse.report.files import PER_CASE_NAME

SEGMENTATION = ("segmentation",)
ISSUE = {"severity": "note", "where": "mask", "code": "odd", "message": "odd"}


@pytest.fixture
def board(tmp_path):
    return tmp_path / "board"


@pytest.fixture
def add(tmp_path):
    return boards.adder(tmp_path)


def refusal(add, *arguments, **options):
    """Return the codes and messages with which a report is refused."""
    with pytest.raises(BoardError) as caught:
        add(*arguments, **options)
    return {issue.code: issue.message for issue in caught.value.issues}


def test_other_data_are_refused_with_both_values(add):
    add("first")
    other = replace(boards.DATA, fingerprint="0" * 64, split="validation")
    told = refusal(add, "second", data=other)
    assert set(told) == {"other-data"}
    rows = replace(boards.DATA, split_sha256="6" * 64)
    message = refusal(add, "second", data=rows)["other-data"]
    assert "not comparable: data split_sha256" in message
    assert "6" * 64 in message
    assert "5" * 64 in message


def test_what_the_page_says_of_the_data_cannot_be_changed(add):
    add("first")
    told = refusal(add, "a", data=replace(boards.DATA, source="Real patients"))
    assert set(told) == {"other-data"}
    synthetic = not boards.DATA.synthetic
    told = refusal(add, "b", data=replace(boards.DATA, synthetic=synthetic))
    assert set(told) == {"other-data"}


def test_counts_that_the_table_does_not_bear_out_are_refused(add):
    told = refusal(add, "a", data=replace(boards.DATA, patients=4000))
    assert "4000" in told["bad-table"]


def test_every_difference_is_told_at_once(add):
    add("first")
    data = replace(boards.DATA, fingerprint="0" * 64, split="validation")
    protocol = replace(boards.PROTOCOL, policy="skip", preset="brats2024-gli")
    with pytest.raises(BoardError) as caught:
        add("second", data=data, protocol=protocol)
    told = [str(issue) for issue in caught.value.issues]
    for what in ("fingerprint", "data split ", "protocol policy", "protocol preset"):
        assert sum(what in line for line in told) == 1
    assert len(told) == 4


def test_another_protocol_is_refused_by_its_field(add):
    add("first")
    protocol = replace(boards.PROTOCOL, policy="skip")
    message = refusal(add, "second", protocol=protocol)["other-protocol"]
    assert "protocol policy 'skip' vs 'brats' of first" in message


def test_other_cases_under_the_same_digest_are_refused(add, tmp_path):
    add("a failed one, first in order", make=boards.write_refused)
    add("first")
    table = boards.table_of("second", 0.8)
    ids = ("case_xxx", *table.ids[1:])
    table = replace(table, ids=ids, cases=ids)
    folder = boards.write(tmp_path / "second", boards.evaluation_of("second", table))
    with pytest.raises(BoardError) as caught:
        admit(folder, tmp_path / "board")
    assert [issue.code for issue in caught.value.issues] == ["other-cases"]


def test_a_name_is_taken_once(add, board):
    add("U-Net", 0.5)
    assert "choose another name" in refusal(add, "u net", 0.9)["name-taken"]
    before = (board / "u-net.json").read_text()
    add("U-Net", 0.9, replace=True)
    assert (board / "u-net.json").read_text() != before
    assert len(read_board(board).entries) == 1


def test_replacing_the_only_entry_may_change_the_data(add, board):
    add("x")
    other = replace(boards.DATA, fingerprint="0" * 64)
    add("x", data=other, replace=True)
    assert read_board(board).data.fingerprint == "0" * 64


@pytest.mark.parametrize(
    "place", [(), ("data",), ("protocol",), ("submission",), ("scores",)]
)
def test_a_report_with_a_key_too_many_is_refused(tmp_path, board, place):
    def add_key(content):
        for key in place:
            content = content[key]
        content["surprise"] = 1

    folder = boards.edited(boards.write_scored(tmp_path / "r", "x"), add_key)
    with pytest.raises(InvalidInputError, match="surprise"):
        admit(folder, board)


def test_an_entry_that_could_not_be_read_again_is_not_written(tmp_path, board):
    def lengthen(content):
        content["issues"] *= 12_000

    folder = boards.edited(boards.write_refused(tmp_path / "r", "x"), lengthen)
    boards.edited(folder, lambda c: [i.update(message="m" * 500) for i in c["issues"]])
    with pytest.raises(InvalidInputError, match="expected at most 16777216"):
        admit(folder, board)
    assert not board.exists()


def test_an_altered_table_is_refused_with_both_digests(tmp_path, board):
    folder = boards.write_scored(tmp_path / "r", "x")
    path = folder / PER_CASE_NAME
    path.write_text(path.read_text().replace("0.", "0.9", 1))
    with pytest.raises(InvalidInputError, match=r"altered: its SHA-256 is \w{64}, "):
        admit(folder, board)
    assert not board.exists()


def test_scores_that_their_table_does_not_bear_out_are_refused(tmp_path, board):
    def praise(content):
        content["scores"]["segmentation"]["WT"]["dice"]["mean"] = 0.99

    folder = boards.edited(boards.write_scored(tmp_path / "r", "x", 0.5), praise)
    with pytest.raises(BoardError) as caught:
        admit(folder, board)
    (issue,) = caught.value.issues
    assert issue.code == "bad-scores"
    assert "the mean of WT dice is 0.99" in issue.message


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda c: c["submission"].update(name=" "), "bad-name"),
        (lambda c: c["submission"].update(name="x" * 81), "bad-name"),
        (lambda c: c["submission"].update(name="a\u202eb"), "bad-name"),
        (lambda c: c["submission"].update(name="a\nb"), "bad-name"),
        (lambda c: c["submission"].update(method="m" * 2001), "long-text"),
        (lambda c: c["submission"].update(authors=["a"] * 101), "long-text"),
        (lambda c: c["submission"].update(authors=["a" * 2001]), "long-text"),
        (lambda c: c["data"].update(source="s" * 2001), "long-text"),
        (lambda c: c["versions"].update({"v" * 2001: "1"}), "long-text"),
        (lambda c: c.update(issues=[{**ISSUE, "message": "m" * 2001}]), "long-text"),
        (lambda c: c.update(issues=[{**ISSUE, "where": "w" * 2001}]), "long-text"),
        (lambda c: c["submission"].update(tracks=["fusion"] * 2), "bad-tracks"),
        (lambda c: c["coverage"].pop("fusion"), "bad-coverage"),
        (lambda c: c["coverage"]["fusion"].update(missing=-1), "bad-coverage"),
        (lambda c: c["coverage"]["fusion"].update(scored=1), "bad-coverage"),
        (lambda c: c["data"].update(cases=11), "bad-table"),
        (lambda c: c["scores"]["segmentation"].pop("ET"), "bad-scores"),
        (lambda c: c["scores"]["fusion"].pop("vif"), "bad-scores"),
    ],
)
def test_a_report_that_contradicts_itself_is_refused(tmp_path, board, change, code):
    folder = boards.edited(boards.write_scored(tmp_path / "r", "x"), change)
    with pytest.raises(BoardError) as caught:
        admit(folder, board)
    assert code in {issue.code for issue in caught.value.issues}
    assert not board.exists()


def test_a_table_without_a_ranked_measure_is_refused(tmp_path, board):
    table = boards.table_of("x", 0.8, SEGMENTATION)
    less = replace(
        table,
        measures=table.measures[1:],
        values=table.values[:, 1:],
        status=table.status[:, 1:],
    )
    with pytest.raises(BoardError) as caught:
        admit(
            boards.write(tmp_path / "r", boards.evaluation_of("x", less, SEGMENTATION)),
            board,
        )
    messages = [issue.message for issue in caught.value.issues]
    assert "the table per case has no WT dice; score it again" in messages


def test_a_report_of_another_schema_is_refused(tmp_path, board):
    folder = boards.write_scored(tmp_path / "r", "x")
    boards.edited(folder, lambda content: content.update(schema=7))
    with pytest.raises(InvalidInputError, match="no report of this version"):
        admit(folder, board)


def test_a_folder_without_a_report_is_refused(tmp_path, board):
    with pytest.raises(InvalidInputError, match="expected a report folder"):
        admit(tmp_path, board)
    assert not board.exists()


def test_a_refused_submission_becomes_a_failed_entry(add, board):
    entry = add("broken", make=boards.write_refused)
    assert entry.failed
    assert entry.cases is None
    assert [issue.code for issue in entry.reasons] == [
        "unknown-label",
        "wrong-shape",
    ]
    add("broken", 0.8, replace=True)
    assert not read_board(board).failed


def test_submissions_that_could_not_be_read_may_share_a_digest(board, tmp_path):
    for name in ("a", "b"):
        folder = boards.write_refused(tmp_path / name, name)
        admit(
            boards.edited(folder, lambda content: content.update(submission_sha256="")),
            board,
        )
    assert len(read_board(board).failed) == 2


def test_a_refused_report_leaves_the_board_as_it_was(add, board):
    add("first")
    before = {path.name: path.read_bytes() for path in board.iterdir()}
    refusal(add, "first")
    assert {path.name: path.read_bytes() for path in board.iterdir()} == before


ADD = """
import sys
from pathlib import Path
from bratsfuse.leaderboard import admit as module
from bratsfuse.leaderboard.admit import admit
for report in sys.argv[2:]:
    admit(Path(report), Path(sys.argv[1]))
"""


def test_processes_that_add_at_once_lose_nothing(tmp_path, board):
    reports = [
        str(boards.write_scored(tmp_path / f"r{i}", f"entry {i}", tracks=SEGMENTATION))
        for i in range(8)
    ]
    root = Path(__file__).parents[2]
    adding = [
        subprocess.Popen([sys.executable, "-c", ADD, board, *reports[i::2]], cwd=root)
        for i in range(2)
    ]
    assert [process.wait() for process in adding] == [0, 0]
    names = [entry.name for entry in read_board(board).entries]
    assert sorted(names) == sorted(f"entry {i}" for i in range(8))
    assert {path.suffix for path in board.iterdir()} == {".json"}


def test_a_board_is_read_and_written_by_one_at_a_time(tmp_path, board, monkeypatch):
    def read_while_locked(folder):
        second = workplace(folder / "board")
        with pytest.raises(InvalidInputError, match="another process"):
            second.__enter__()
        return read_board(folder)

    monkeypatch.setattr(module, "read_board", read_while_locked)
    admit(boards.write_scored(tmp_path / "r", "x"), board)


@pytest.mark.slow
def test_of_two_processes_with_one_name_one_is_refused(tmp_path, board):
    reports = [boards.write_scored(tmp_path / f"r{i}", "same", 0.5) for i in range(2)]
    root = Path(__file__).parents[2]
    adding = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, board, report],
            cwd=root,
            stderr=subprocess.DEVNULL,
        )
        for report in reports
    ]
    assert sorted(process.wait() for process in adding) == [0, 1]


def test_a_submission_of_an_unreadable_record_becomes_a_failed_entry(add, board):
    add("folder name", make=boards.write_refused, tracks=())
    assert [entry.name for entry in read_board(board).failed] == ["folder name"]


def test_where_labels_are_withheld_fusion_alone_is_scored(tmp_path, board):
    data = replace(boards.DATA, labels="withheld")
    folder = boards.write_scored(tmp_path / "r", "x", tracks=("fusion",), data=data)

    def both(content):
        content["submission"]["tracks"] = ["fusion", "segmentation"]

    assert admit(boards.edited(folder, both), board).tracks == ("fusion",)
    public = boards.write_scored(tmp_path / "p", "y", tracks=("fusion",))
    with pytest.raises(BoardError, match="1 reason") as caught:
        admit(boards.edited(public, both), board)
    assert caught.value.issues[0].code == "bad-coverage"
