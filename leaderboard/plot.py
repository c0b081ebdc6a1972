"""The plot of ranks: a row for each entry, positions in per cent of its width.

Names stay text of the page and wrap with it; only marks are drawn, so that the plot
fits a telephone as well as paper.
"""

from dataclasses import dataclass
from typing import Final

from bratsfuse.leaderboard.rank import Ranked, Ranking
from bratsfuse.pages.numbers import ABSENT

_MARGIN: Final = 4.0
"""Per cent at either end, so that marks at the first and last rank are complete."""

_TICKS: Final = 10
"""At most so many ranks are named on the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotRow:
    """The marks of one entry.

    Attributes
    ----------
    row
        The entry and its rank.
    place, by_means
        Where its ranks by both schemes are, in per cent.
    low, high
        The ends of its interval, in per cent; None without one.
    """

    row: Ranked
    place: float
    by_means: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankPlot:
    """What is drawn.

    Attributes
    ----------
    ticks
        The rank -> where it is, in per cent.
    rows
        Best first.
    """

    ticks: dict[int, float]
    rows: tuple[PlotRow, ...]


def rank_plot(ranking: Ranking) -> RankPlot:
    """Return the plot of a ranking."""
    count = len(ranking.ranked)
    step = -(-count // _TICKS)
    ticks = {place: _position(place, count) for place in range(1, count + 1, step)}
    return RankPlot(
        ticks=ticks, rows=tuple(_marks(row, count) for row in ranking.ranked)
    )


def place_range(low: int | None, high: int | None) -> str:
    """Return the interval of a rank: one number if its ends agree, a dash if none."""
    if low is None or high is None:
        return ABSENT
    return str(low) if low == high else f"{low}\N{EN DASH}{high}"


def _marks(row: Ranked, count: int) -> PlotRow:
    place = row.standing.by_case
    return PlotRow(
        row=row,
        place=_position(place.rank, count),
        by_means=_position(row.standing.by_mean.rank, count),
        low=None if place.low is None else _position(place.low, count),
        high=None if place.high is None else _position(place.high, count),
    )


def _position(place: int, count: int) -> float:
    share = (place - 1) / (count - 1) if count > 1 else 0.5
    return round(_MARGIN + (100 - 2 * _MARGIN) * share, 3)
