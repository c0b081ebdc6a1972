"""Means with their intervals as rows of one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bratsfuse.metrics import Metric
from bratsfuse.pages.numbers import digits, interval, number
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.plate import Drawing
from bratsfuse.report.scores import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH: Final = 440
_NUMBERS: Final = 150


@dataclass(frozen=True, slots=True)
class Row:
    """One mean: what it is of, in which colour."""

    label: str
    colour: str
    score: Score


def interval_drawing(
    name: str, metric: Metric, rows: Sequence[Row], *, left: int = 34, row: int = 40
) -> Drawing:
    """Return the means of one metric, a row each.

    Parameters
    ----------
    name
        Of the drawing.
    metric
        Of all rows.
    rows
        From top to bottom.
    left, row
        Room for the labels and height of a row, in CSS pixels.
    """
    figure = sheet.sheet(_WIDTH, 66 + row * len(rows))
    ax = sheet.axes(figure, left=left, right=_NUMBERS, top=28, bottom=28)
    unit = f" ({metric.unit})" if metric.unit else ""
    ax.set_title(f"{metric.title}{unit}")
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    spoken = []
    ends: list[float] = []
    for place, one in enumerate(rows):
        score = one.score
        _mean(ax, -place, one)
        text = _in_numbers(score, digits(metric))
        sheet.write_beside(ax, -place, text)
        spoken.append(f"{one.label}: {text}")
        known = (score.mean, score.low, score.high, score.t_low, score.t_high)
        ends += [end for end in known if end is not None]
    _limits(ax, ends, metric)
    ax.set_yticks([-place for place in range(len(rows))], [one.label for one in rows])
    ax.tick_params(axis="y", length=0, labelcolor=sheet.INK, labelsize=10)
    ax.set_ylim(-len(rows) + 0.4, 0.6)
    svg = sheet.to_svg(
        figure, name, f"Mean {metric.title} and its intervals", "; ".join(spoken)
    )
    return Drawing(name=name, svg=svg)


def _mean(ax: "Axes", place: float, row: Row) -> None:
    score = row.score
    if score.t_low is not None and score.t_high is not None:
        ax.hlines(place - 0.2, score.t_low, score.t_high, color=sheet.STRONG, lw=1.2)
    if score.low is not None and score.high is not None:
        ax.hlines(place, score.low, score.high, color=row.colour, lw=3.2)
    if score.mean is not None:
        ax.plot(score.mean, place, "o", color=row.colour, markersize=7, clip_on=False)


def _limits(ax: "Axes", ends: list[float], metric: Metric) -> None:
    """Frame what there is; intervals of no width at all get some room, too."""
    if not ends:
        ax.set_xlim(0, 1)
        return
    low, high = min(ends), max(ends)
    room = 0.08 * (high - low) or max(0.05, 0.05 * abs(high))
    # No room beyond what the metric can be, unless an interval reaches there.
    ax.set_xlim(
        max(low - room, min(low, metric.low)), min(high + room, max(high, metric.high))
    )
    ax.locator_params(axis="x", nbins=5)


def _in_numbers(score: Score, decimals: int) -> str:
    mean = number(score.mean, decimals)
    if score.low is None:
        return mean
    return f"{mean} {interval(score.low, score.high, decimals)}"
