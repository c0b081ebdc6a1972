"""The differences of every pair of methods, case by case, with their intervals."""

from typing import Final

import numpy as np

from bratsfuse.folder_scores.figures._methods import by_key, shortened
from bratsfuse.folder_scores.methods import Methods, record_of
from bratsfuse.pages.numbers import digits, interval, signed
from bratsfuse.report.drawing import sheet
from bratsfuse.report.figures import Drawing, Plate
from bratsfuse.statistics.paired import Paired

_WIDTH: Final = 440
_NUMBERS: Final = 160
_ROW: Final = 26
_CHARACTER: Final = 6.4

_CAPTION: Final = (
    "The point is the mean over cases of the first method less the second; the line is "
    "its 95 % interval by the bootstrap over patients. Filled points are significant "
    "after Holm's correction for all pairs and measures (sign-flip test), hollow ones "
    "are not. The vertical line is no difference; the arrow says on which side the "
    "first one is better."
)


def differences(methods: Methods) -> Plate | None:
    """Return the differences, one drawing per headline metric; None for one method."""
    if not methods.paired:
        return None
    drawings = []
    for key in by_key(methods):
        rows = [row for row in methods.paired if row.measure.key == key]
        rows.sort(key=lambda row: (row.first, row.second))
        if rows:
            drawings.append(_drawing(key, rows))
    return Plate(
        title="How far apart the methods are",
        caption=_CAPTION,
        drawings=tuple(drawings),
    )


def _drawing(key: str, rows: list[Paired]) -> Drawing:
    metric = record_of(rows[0].measure)
    decimals = digits(metric)
    labels = [_label(row) for row in rows]
    left = max(34, 12 + round(_CHARACTER * max(map(len, labels))))
    figure = sheet.sheet(_WIDTH, 66 + _ROW * len(rows))
    ax = sheet.axes(figure, left=min(left, 200), right=_NUMBERS, top=28, bottom=28)
    unit = f" ({metric.unit})" if metric.unit else ""
    arrow = "first better →" if metric.higher_is_better else "← first better"
    ax.set_title(f"Difference of {metric.title}{unit}, {arrow}")
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=sheet.STRONG, linewidth=1)
    spoken = []
    for place, row in enumerate(rows):
        text = _in_numbers(row, decimals)
        spoken.append(f"{labels[place]}: {text}")
        sheet.write_beside(ax, -place, text)
        if np.isnan(row.difference):
            continue
        ax.hlines(-place, row.low, row.high, color=sheet.ACCENT, linewidth=2.4)
        ax.plot(
            row.difference,
            -place,
            "o",
            markersize=6.5,
            markerfacecolor=sheet.ACCENT if row.significant else sheet.PAPER,
            markeredgecolor=sheet.ACCENT,
            markeredgewidth=1.4,
        )
    ends = [e for row in rows for e in (row.low, row.high, row.difference, 0.0)]
    known = [end for end in ends if np.isfinite(end)]
    room = 0.08 * (max(known) - min(known)) or 0.05
    ax.set_xlim(min(known) - room, max(known) + room)
    ax.locator_params(axis="x", nbins=4)
    ax.set_yticks([-place for place in range(len(rows))], labels)
    ax.tick_params(axis="y", length=0, labelcolor=sheet.INK, labelsize=9.5)
    ax.set_ylim(-len(rows) + 0.4, 0.6)
    name = f"differences-{key}"
    title = f"Differences of {metric.title} between methods"
    return Drawing(name=name, svg=sheet.to_svg(figure, name, title, "; ".join(spoken)))


def _label(row: Paired) -> str:
    names = (shortened(name, 9) for name in (row.first, row.second))
    pair = " − ".join(names)  # noqa: RUF001  (a minus)
    return f"{shortened(row.measure.region, 8)} {pair}".strip()


def _in_numbers(row: Paired, decimals: int) -> str:
    mean = signed(row.difference, decimals)
    if np.isnan(row.low):
        return mean
    return f"{mean} {interval(row.low, row.high, decimals)}"
