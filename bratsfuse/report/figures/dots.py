"""Every case a dot: the spread behind each headline mean."""

from typing import TYPE_CHECKING, Final

import numpy as np

from bratsfuse.arrays import Floats
from bratsfuse.report.figures import _sheet
from bratsfuse.report.figures._plate import Drawing, Plate
from bratsfuse.report.headline import (
    Codes,
    column_of,
    keys_of,
    metric_of,
    regions_of,
)
from bratsfuse.report.records import Evaluation
from bratsfuse.report.scores import Score
from bratsfuse.results import Results, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH: Final = 440
_HEIGHT: Final = 350
_LINEAR_BELOW_MM: Final = 5.0
_TICKS_MM: Final = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 400)
_HALF_BOX: Final = 0.3

_CAPTION: Final = (
    "Every dot is a case; the box spans the middle half of the cases, the line in it "
    "is the median, and the diamond beside it the mean with its 95 % interval. A "
    "hollow dot is a value that the empty-mask policy gave, a cross a case of which "
    "some or all slices were not submitted. Look for cases far from the box: a mean "
    "can hide them. Distances above 5 mm are on a logarithmic scale."
)


def dots(evaluation: Evaluation) -> Plate | None:
    """Return the dots of each region, one drawing per headline metric."""
    table, regions = evaluation.per_case, regions_of(evaluation)
    if table is None or not regions:
        return None
    return Plate(
        title="Every case, by region",
        caption=_CAPTION,
        drawings=tuple(_drawing(evaluation, table, key) for key in keys_of(evaluation)),
        legend=tuple((region.lower(), region) for region in regions),
    )


def _drawing(evaluation: Evaluation, table: Results, key: str) -> Drawing:
    metric = metric_of(key)
    figure = _sheet.sheet(_WIDTH, _HEIGHT)
    ax = _sheet.axes(figure, left=46, right=8, top=30, bottom=26)
    unit = f" ({metric.unit})" if metric.unit else ""
    arrow = "higher is better" if metric.higher_is_better else "lower is better"
    ax.set_title(f"{metric.title}{unit}, {arrow}")
    ax.grid(axis="y")
    regions = regions_of(evaluation)
    columns = [column_of(table, region, key) for region in regions]
    _scale(ax, np.concatenate([values for values, _ in columns]), metric.high)
    spoken = []
    for place, (region, (values, codes)) in enumerate(
        zip(regions, columns, strict=True)
    ):
        score = evaluation.report.scores.segmentation[region][key]
        _box(ax, place, values, region)
        _cloud(ax, place, values, codes, region)
        _mean(ax, place + _HALF_BOX + 0.12, score)
        spoken.append(f"{region}: {score.n} values, {_in_words(score)}")
    ax.set_xticks(range(len(regions)), regions)
    ax.tick_params(axis="x", length=0, labelcolor=_sheet.INK, labelsize=10)
    ax.set_xlim(-0.55, len(regions) - 0.4)
    name = f"dots-{key}"
    svg = _sheet.to_svg(
        figure, name, f"{metric.title} of every case", "; ".join(spoken)
    )
    return Drawing(name=name, svg=svg)


def _in_words(score: Score) -> str:
    if score.mean is None or score.median is None:
        return "no mean"
    return f"mean {score.mean:.3f}, median {score.median:.3f}"


def _scale(ax: "Axes", values: Floats, high: float) -> None:
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


def _box(ax: "Axes", place: int, values: Floats, region: str) -> None:
    from matplotlib.patches import Rectangle

    defined = values[~np.isnan(values)]
    if len(defined) < 4:  # a box of three says less than three dots
        return
    low, middle, high = np.quantile(defined, (0.25, 0.5, 0.75))
    colour = _sheet.region_colour(region)
    ax.add_patch(
        Rectangle(
            (place - _HALF_BOX, low),
            2 * _HALF_BOX,
            high - low,
            facecolor=colour,
            edgecolor="none",
            alpha=0.16,
        )
    )
    ax.hlines(middle, place - _HALF_BOX, place + _HALF_BOX, color=colour, linewidth=1.8)


def _cloud(ax: "Axes", place: int, values: Floats, codes: Codes, region: str) -> None:
    colour = _sheet.region_colour(region)
    size = 4.6 if len(values) <= 100 else 3.2
    across = place + _spread(ax, values, size)
    for status, marker, fill in (
        (Status.SCORED, "o", colour),
        (Status.POLICY, "o", _sheet.PAPER),
        (Status.MISSING, "x", colour),
    ):
        here = codes == status
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
        )


def _spread(ax: "Axes", values: Floats, size: float) -> Floats:
    """Return sideways offsets that keep dots of about equal height apart."""
    offsets = np.zeros(len(values))
    defined = np.flatnonzero(~np.isnan(values))
    points = np.column_stack([np.zeros(len(defined)), values[defined]])
    heights = np.asarray(ax.transData.transform(points))[:, 1]
    rows: dict[int, list[int]] = {}
    for row, height in zip(defined.tolist(), heights.tolist(), strict=True):
        rows.setdefault(round(height / size), []).append(row)
    step = 0.012 * size
    for members in rows.values():
        middle = (len(members) - 1) / 2
        width = min(step, 2 * _HALF_BOX / len(members))
        for number, row in enumerate(members):
            offsets[row] = (number - middle) * width
    return offsets


def _mean(ax: "Axes", place: float, score: Score) -> None:
    if score.mean is None:
        return
    if score.low is not None and score.high is not None:
        ax.vlines(place, score.low, score.high, color=_sheet.INK, linewidth=1.4)
    ax.plot(place, score.mean, "D", color=_sheet.INK, markersize=5)
