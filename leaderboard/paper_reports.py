"""Reports that stand in one table of a paper: read, compared, and cut to a track."""

from collections.abc import Sequence
from pathlib import Path

from bratsfuse.errors import InvalidInputError
from bratsfuse.leaderboard.board import Board, BoardError
from bratsfuse.leaderboard.comparable import differences, standard_of, used_alike
from bratsfuse.leaderboard.criteria import metric_of, ranked_measures
from bratsfuse.leaderboard.entry import Entry, entry_of
from bratsfuse.leaderboard.evidence import read_evidence
from bratsfuse.leaderboard.paper import Paper
from bratsfuse.results import SECTIONS, Section
from bratsfuse.wording import counted, did_you_mean


def entries_of(reports: Sequence[Path]) -> tuple[Entry, ...]:
    """Return the entries that reports make, in their order.

    Raises
    ------
    BoardError
        If they are of different data or protocols: all differences at once.
    InvalidInputError
        If a report is broken or of a refused submission, or two have one name.
    """
    entries: list[Entry] = []
    for report in reports:
        entry = entry_of(read_evidence(report))
        if entry.failed:
            raise InvalidInputError(
                f"{report}: its submission was refused and has no scores; leave it out"
            )
        if entry.slug in {other.slug for other in entries}:
            raise InvalidInputError(
                f"{report}: a second report of {entry.name!r}; leave one out, or score "
                "one under another name"
            )
        entries.append(entry)
    standard = standard_of(entries)
    issues = [issue for entry in entries for issue in differences(entry, standard)]
    issues += [issue for entry in entries for issue in used_alike(entry, entries)]
    if issues:
        found = counted(len(issues), "difference")
        raise BoardError(f"no table is made: {found} between the reports", issues)
    return tuple(entries)


def papers_of(
    entries: Sequence[Entry],
    track: Section | None = None,
    keys: Sequence[str] = (),
) -> tuple[Paper, ...]:
    """Return a table for each track that any entry takes part in.

    Parameters
    ----------
    entries
        Of one board.
    track
        This one alone.
    keys
        These metrics alone, in this order.

    Raises
    ------
    InvalidInputError
        If no entry takes part, or a metric is not among those that are ranked.
    """
    papers = []
    protocol = entries[0].report.protocol
    known: dict[str, None] = {}
    for section in SECTIONS:
        here = tuple(entry for entry in entries if section in entry.tracks)
        measures = ranked_measures(section, protocol)
        known |= dict.fromkeys(measure.key for measure in measures)
        if keys:
            chosen = [measure for measure in measures if measure.key in keys]
            measures = tuple(sorted(chosen, key=lambda one: keys.index(one.key)))
        if here and measures and track in (None, section):
            papers.append(Paper(track=section, entries=here, measures=measures))
    for key in keys:
        if key not in known:
            raise InvalidInputError(
                f"no metric {key!r} here{did_you_mean(key, known)}; expected some of "
                f"{', '.join(known)}"
            )
    if not papers:
        raise InvalidInputError(
            f"no report has a section {track or 'with scores'}; expected one that was "
            "scored in it"
        )
    return tuple(papers)


def papers_of_board(board: Board) -> tuple[Paper, ...]:
    """Return the tables of a board, the best mean first; none without scores."""
    entries = [entry for entry in board.entries if not entry.failed]
    if not entries:
        return ()
    papers = papers_of(entries)
    return tuple(
        Paper(
            track=paper.track,
            entries=tuple(sorted(paper.entries, key=lambda one: _order(paper, one))),
            measures=paper.measures,
        )
        for paper in papers
    )


def _order(paper: Paper, entry: Entry) -> tuple[bool, float, str]:
    first = paper.measures[0]
    score = paper.score(entry, first)
    mean = score.mean if score is not None else None
    sign = -1.0 if metric_of(first).higher_is_better else 1.0
    value = float("inf") if mean is None else sign * mean
    return not entry.complete(paper.track), value, entry.slug
