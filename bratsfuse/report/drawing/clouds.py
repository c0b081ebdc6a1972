"""Every case a dot, with box and mean: one cluster at one place of an axis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.tips import carried
from bratsfuse.report.headline import Codes
from bratsfuse.report.scores import Score
from bratsfuse.results import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINEAR_BELOW_MM: Final = 5.0
_TICKS_MM: Final = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 400)
_MANY: Final = 300
"""So many dots are drawn of a cluster at most: evenly chosen by rank, ends included."""


def scale(ax: "Axes", values: Floats, high: float) -> None:
    """Give fractions their whole range, and distances one that shows near and far."""
    if np.isfinite(high):
        ax.set_ylim(-0.03, high + 0.03)
        ax.set_yticks(np.linspace(0, high, 6))
        return
    from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

    defined = values[~np.isnan(values)]
    top = max(float(defined.max(initial=0.0)), _LINEAR_BELOW_MM)
    ax.set_yscale("symlog", linthresh=_LINEAR_BELOW_MM, linscale=0.9)
    ax.yaxis.set_major_locator(FixedLocator(_TICKS_MM))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(ScalarFormatter())
    ax.set_ylim(-0.25, top * 1.15)


def box(ax: "Axes", place: float, values: Floats, colour: str, half: float) -> None:
    """Draw the middle half of the values and their median, if there are four."""
    from matplotlib.patches import Rectangle

    defined = values[~np.isnan(values)]
    if len(defined) < 4:  # a box of three says less than three dots
        return
    low, middle, high = np.quantile(defined, (0.25, 0.5, 0.75))
    ax.add_patch(
        Rectangle(
            (place - half, low),
            2 * half,
            high - low,
            facecolor=colour,
            edgecolor="none",
            alpha=0.16,
        )
    )
    ax.hlines(middle, place - half, place + half, color=colour, linewidth=1.8)


def cloud(
    ax: "Axes",
    place: float,
    values: Floats,
    codes: Codes,
    colour: str,
    half: float,
    tips: Sequence[tuple[str, str]] = (),
) -> None:
    """Draw every value as a dot that says how it came about.

    `tips` are the words and the address of each, if any.
    """
    chosen = _thinned(values)
    values, codes = values[chosen], codes[chosen]
    size = 4.6 if len(values) <= 100 else 3.2
    across = place + _spread(ax, values, size, half)
    for status, marker, fill in (
        (Status.SCORED, "o", colour),
        (Status.POLICY, "o", sheet.PAPER),
        (Status.MISSING, "x", colour),
    ):
        here = codes == status
        drawn = chosen[here & ~np.isnan(values)].tolist()
        ax.plot(
            across[here],
            values[here],
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor=fill,
            markeredgecolor=colour,
            markeredgewidth=0 if fill == colour and marker == "o" else 1.1,
            alpha=0.75 if status == Status.SCORED else 1,
            clip_on=False,
            gid=carried([tips[row] for row in drawn]) if tips else None,
        )


def mean(ax: "Axes", place: float, score: Score) -> None:
    """Draw the mean and its interval."""
    if score.mean is None:
        return
    if score.low is not None and score.high is not None:
        ax.vlines(place, score.low, score.high, color=sheet.INK, linewidth=1.4)
    ax.plot(place, score.mean, "D", color=sheet.INK, markersize=5)


def _thinned(values: Floats) -> npt.NDArray[np.intp]:
    """Return the rows that are drawn."""
    if len(values) <= _MANY:
        return np.arange(len(values))
    order = np.argsort(values, kind="stable")
    return np.sort(order[np.linspace(0, len(order) - 1, _MANY).astype(int)])


def _spread(ax: "Axes", values: Floats, size: float, half: float) -> Floats:
    """Return sideways offsets that keep dots of about equal height apart."""
    offsets = np.zeros(len(values))
    defined = np.flatnonzero(~np.isnan(values))
    points = np.column_stack([np.zeros(len(defined)), values[defined]])
    heights = np.asarray(ax.transData.transform(points))[:, 1]
    rows: dict[int, list[int]] = {}
    for row, height in zip(defined.tolist(), heights.tolist(), strict=True):
        rows.setdefault(round(height / size), []).append(row)
    step = 0.04 * half * size
    for members in rows.values():
        middle = (len(members) - 1) / 2
        width = min(step, 2 * half / len(members))
        for number, row in enumerate(members):
            offsets[row] = (number - middle) * width
    return offsets
