"""A board: a folder with one file for each entry, all of which can be compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue, error
from bratsfuse.leaderboard.comparable import differences, standard_of, used_alike
from bratsfuse.leaderboard.entry import Entry, read_entry
from bratsfuse.leaderboard.entry_rules import problems_of
from bratsfuse.report.records import Data, Protocol
from bratsfuse.results import SECTIONS, Section
from bratsfuse.wording import counted

SUFFIX: Final = ".json"


class BoardError(InvalidInputError):
    """A board, or what was to be added to it, is refused; `issues` says why."""

    def __init__(self, text: str, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Board:
    """The entries of a board.

    Attributes
    ----------
    entries
        Sorted by their slugs; all of the same data and protocol.
    """

    entries: tuple[Entry, ...]

    @property
    def data(self) -> Data | None:
        """Return what all entries were scored against; None without entries."""
        return self.entries[0].report.data if self.entries else None

    @property
    def protocol(self) -> Protocol | None:
        """Return how all entries were scored; None without entries."""
        return self.entries[0].report.protocol if self.entries else None

    @property
    def tracks(self) -> tuple[Section, ...]:
        """Return the tracks and sections that any scored entry takes part in."""
        return tuple(
            track for track in SECTIONS if any(True for _ in self.scored_in(track))
        )

    @property
    def failed(self) -> tuple[Entry, ...]:
        """Return the entries that could not be scored."""
        return tuple(entry for entry in self.entries if entry.failed)

    def scored_in(self, track: Section) -> Iterable[Entry]:
        """Yield the scored entries of a track, incomplete ones included."""
        return (
            entry
            for entry in self.entries
            if not entry.failed and track in entry.tracks
        )


def read_board(folder: Path) -> Board:
    """Return the board of a folder.

    Raises
    ------
    BoardError
        If a file is no entry, has not the name of its submission, or cannot be compared
        with the others: all problems at once.
    InvalidInputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InvalidInputError(
            f"{folder}: no such folder; add a report with bratsfuse leaderboard add"
        )
    entries: list[Entry] = []
    issues: list[Issue] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.name.startswith("."):
            continue
        try:
            entry = read_entry(path)
        except InvalidInputError as problem:
            issues.append(error(path.name, "bad-entry", str(problem)))
            continue
        own = problems_of(entry)
        if path.stem != entry.slug:
            text = f"is the entry of {entry.name!r}; expected {entry.slug}{SUFFIX}"
            own.append(error(path.name, "misnamed", f"{text}; rename the file"))
        issues += own
        if not own:
            entries.append(entry)
    for entry in entries:
        issues += differences(entry, standard_of(entries))
        issues += used_alike(entry, entries)
    if issues:
        found = counted(len(issues), "problem")
        raise BoardError(f"{folder}: {found}; fix them first, no board is made", issues)
    return Board(tuple(sorted(entries, key=lambda entry: entry.slug)))
