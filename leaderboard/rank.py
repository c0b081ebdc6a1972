"""The order of a board's entries, in each track."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bratsfuse.leaderboard.board import Board
from bratsfuse.leaderboard.criteria import metric_of, ranked_measures
from bratsfuse.leaderboard.entry import CaseTable, Entry
from bratsfuse.results import Measure, Results, Section
from bratsfuse.statistics.comparison import Comparison, Criterion, Standing, compare

_SEED: Final = 0
"""Of every draw: the same entries give the same page."""

RESAMPLES: Final = 9999
"""How many times patients are drawn for the intervals of ranks."""

_LARGEST: Final = 1e9
"""Stands for infinity, as of the PSNR of a copied source: more than any finite score,
in a mean over many cases too."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry and its rank."""

    entry: Entry
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One track of a board.

    Attributes
    ----------
    track
        Which one.
    measures
        What it is ranked by; all weigh alike.
    ranked
        The complete entries, best first.
    incomplete
        Entries that lack predictions, or whose images are too far from their sources to
        be ranked by their use; they have no rank.
    comparison
        What is behind the ranks; None if no entry is complete.
    """

    track: Section
    measures: tuple[Measure, ...]
    ranked: tuple[Ranked, ...]
    incomplete: tuple[Entry, ...]
    comparison: Comparison | None


def rank_board(board: Board) -> tuple[Ranking, ...]:
    """Return the ranking of every track that has a scored entry."""
    return tuple(_rank(board, track) for track in board.tracks)


def _rank(board: Board, track: Section) -> Ranking:
    entries = tuple(board.scored_in(track))
    measures = ranked_measures(track, entries[0].report.protocol)
    tables = {
        entry.name: _finite(entry.cases)
        for entry in entries
        if entry.cases is not None and entry.complete(track)
    }
    by_name = {entry.name: entry for entry in entries}
    comparison = None
    if tables:
        criteria = [
            Criterion(measure, bool(metric_of(measure).higher_is_better))
            for measure in measures
        ]
        comparison = compare(tables, criteria, seed=_SEED, resamples=RESAMPLES)
    standings = comparison.standings if comparison else ()
    return Ranking(
        track=track,
        measures=measures,
        ranked=tuple(Ranked(by_name[one.name], one) for one in standings),
        incomplete=tuple(entry for entry in entries if entry.name not in tables),
        comparison=comparison,
    )


def _finite(table: CaseTable) -> Results:
    results = table.to_results()
    return replace(results, values=np.clip(results.values, -_LARGEST, _LARGEST))
