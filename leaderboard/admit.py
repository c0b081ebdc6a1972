"""A report becomes an entry of a board, or is refused with the reasons."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bratsfuse.issues import Issue, error
from bratsfuse.leaderboard.board import SUFFIX, Board, BoardError, read_board
from bratsfuse.leaderboard.comparable import differences, standard_of, used_alike
from bratsfuse.leaderboard.copies import copies
from bratsfuse.leaderboard.entry import Entry, entry_of, parse_entry, to_json
from bratsfuse.leaderboard.entry_rules import problems_of
from bratsfuse.leaderboard.evidence import contradictions, read_evidence
from bratsfuse.place import FILE, check_target, workplace, write_file
from bratsfuse.wording import counted

ENTRY: Final = dataclasses.replace(FILE, name="entry", parents=True)


def admit(report: Path, folder: Path, *, replace: bool = False) -> Entry:
    """Return the entry that a report became.

    Parameters
    ----------
    report
        A report folder. That of a refused submission becomes a failed entry, which is
        shown with its reasons and never ranked.
    folder
        The board; it is created if missing. Its file appears complete, and several
        processes may add at once.
    replace
        Replace an entry of the same name.

    Raises
    ------
    BoardError
        If the report is not comparable with the entries that are there, contradicts
        itself, or has the name or the predictions of another: all reasons at once.
    InvalidInputError
        If the report or one of its tables is missing, broken or altered.
    """
    evaluation = read_evidence(report)
    entry = entry_of(evaluation)
    issues = problems_of(entry) or contradictions(evaluation, entry.slug)
    if issues:
        raise _refusal(report, issues)
    text = to_json(entry)
    parse_entry(text, str(report))  # what is written can be read
    path = folder / f"{entry.slug}{SUFFIX}"
    check_target(path, ENTRY, overwrite=True, outside=[report])
    folder.mkdir(parents=True, exist_ok=True)
    with workplace(folder / "board", wait=True):
        issues = list(_objections(entry, read_board(folder), replace=replace))
        if issues:
            raise _refusal(report, issues)
        write_file(path, text, ENTRY)
    return entry


def _objections(entry: Entry, board: Board, *, replace: bool) -> Iterator[Issue]:
    others = [other for other in board.entries if other.slug != entry.slug]
    if len(others) < len(board.entries) and not replace:
        text = f"the board has an entry of the name {entry.name!r} or one too like it"
        cure = "choose another name, or --replace to replace the entry"
        yield error(entry.slug, "name-taken", f"{text}; {cure}")
    if others:
        yield from differences(entry, standard_of(others))
        yield from used_alike(entry, others)
    for other in others:
        if not (entry.failed or other.failed):
            yield from copies(entry, other)


def _refusal(report: Path, issues: list[Issue]) -> BoardError:
    count = counted(len(issues), "reason")
    return BoardError(f"{report}: not added, for {count}", issues)
