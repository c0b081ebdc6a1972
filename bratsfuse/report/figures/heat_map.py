"""All cases at a glance, and the worst of them with their numbers."""

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats
from bratsfuse.pages.numbers import ABSENT, number
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.plate import Drawing, Plate
from bratsfuse.report.drawing.tips import addresses
from bratsfuse.report.figures._figure import ReportFigure
from bratsfuse.report.headline import (
    column_of,
    keys_of,
    metric_of,
    regions_of,
)
from bratsfuse.report.records import Evaluation
from bratsfuse.results import Results, Status
from bratsfuse.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH: Final = 440
_LEFT: Final = 170
_TOP: Final = 42
_ROW: Final = 17
_MOST_WITH_NUMBERS: Final = 30
_OVERVIEW: Final = 540
_GAP: Final = 0.35
_SHADES: Final = 48
_FAR_MM: Final = 100.0
_LIGHT: Final = 0.55
_LONGEST_ID: Final = 24

_CAPTION: Final = (
    "A row is a case; the best mean Dice is on top. Bright is good and dark is bad, in"
    " both halves. HD95 has a logarithmic scale that ends at 100 mm. A dark row is a "
    "case that fails altogether; a dark column is a region that fails often. A dash is"
    " an undefined value. A cross is a case of which some or all slices were not "
    "submitted; its value has the worst in their place."
)
_SPLIT: Final = (
    " The left drawing has all cases, the right one the {} worst with numbers."
)


def heat_map(evaluation: Evaluation) -> Plate | None:
    """Return the map of cases; with many cases, the worst of them again in large."""
    table = evaluation.per_case
    if table is None or not regions_of(evaluation):
        return None
    columns = [(key, r) for key in keys_of(evaluation) for r in regions_of(evaluation)]
    order = _by_mean_dice(table, columns)
    links = addresses(evaluation, table.ids)
    if len(order) <= _MOST_WITH_NUMBERS:
        drawings: tuple[Drawing, ...] = (
            _drawing(table, columns, order, links, numbers=True),
        )
        caption = _CAPTION
    else:
        worst = order[-_MOST_WITH_NUMBERS:]
        drawings = (
            _drawing(table, columns, order, links, numbers=False),
            _drawing(table, columns, worst, links, numbers=True),
        )
        caption = _CAPTION + _SPLIT.format(_MOST_WITH_NUMBERS)
    return Plate(title="Case by case", caption=caption, drawings=drawings)


def _by_mean_dice(
    table: Results, columns: list[tuple[str, str]]
) -> npt.NDArray[np.intp]:
    """Return the rows by mean Dice over regions, best first; ties as they were."""
    dice = [
        column_of(table, region, key)[0] for key, region in columns if key == "dice"
    ]
    if not dice:
        return np.arange(len(table))
    stacked = np.column_stack(dice)
    defined = ~np.isnan(stacked)
    count = defined.sum(axis=1)
    total = np.where(defined, stacked, 0).sum(axis=1)
    # Cases without any value come last, as the first to be looked at.
    mean = np.where(count > 0, total / np.maximum(count, 1), -1.0)
    return np.argsort(-mean, kind="stable")


def _drawing(
    table: Results,
    columns: list[tuple[str, str]],
    order: npt.NDArray[np.intp],
    links: tuple[str, ...],
    *,
    numbers: bool,
) -> Drawing:
    height = _TOP + 6 + (_ROW * len(order) if numbers else _OVERVIEW)
    figure = sheet.sheet(_WIDTH, height)
    left = _LEFT if numbers else 44
    ax = sheet.axes(figure, left=left, right=8, top=_TOP, bottom=6)
    starts = _starts(columns)
    ax.set_xlim(0, starts[-1] + 1)
    ax.set_ylim(len(order), 0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    _heads(ax, columns, starts)
    cells = [column_of(table, region, key) for key, region in columns]
    shades = np.column_stack(
        [
            _shade(values[order], key)
            for (key, _), (values, _) in zip(columns, cells, strict=True)
        ]
    )
    _paint(ax, shades, starts, gap=0.06 if numbers else 0.0)
    if numbers:
        _write(ax, table, columns, order, shades, starts)
        ax.set_yticks(
            np.arange(len(order)) + 0.5, [_short(table.ids[row]) for row in order]
        )
        ax.tick_params(axis="y", length=0, labelsize=8.5)
        for row, label in zip(order.tolist(), ax.get_yticklabels(), strict=True):
            if links[row]:
                label.set_url(links[row])
                label.set_color(sheet.ACCENT)
    else:
        ax.set_yticks([0.5, len(order) - 0.5], ["1", str(len(order))])
        ax.set_ylabel("rank of the case by mean Dice", labelpad=-8)
    name = "cases-numbers" if numbers else "cases-overview"
    worst = ", ".join(table.ids[row] for row in order[::-1][:5])
    spoken = f"{counted(len(order), 'case')} by mean Dice; the worst are {worst}"
    svg = sheet.to_svg(figure, name, "Dice and HD95 of every case", spoken)
    return Drawing(name=name, svg=svg)


def _starts(columns: list[tuple[str, str]]) -> list[float]:
    """Return where each column begins; a gap parts the metrics."""
    keys = list(dict.fromkeys(key for key, _ in columns))
    return [n + _GAP * keys.index(key) for n, (key, _) in enumerate(columns)]


def _heads(ax: "Axes", columns: list[tuple[str, str]], starts: list[float]) -> None:
    ax.xaxis.tick_top()
    ax.set_xticks([start + 0.5 for start in starts], [region for _, region in columns])
    ax.tick_params(axis="x", length=0, labelcolor=sheet.INK, labelsize=9)
    for key in dict.fromkeys(key for key, _ in columns):
        metric = metric_of(key)
        first = starts[[name for name, _ in columns].index(key)]
        unit = f" ({metric.unit})" if metric.unit else ""
        ax.annotate(
            f"{metric.title}{unit}",
            (first, 0),
            xytext=(2, 22),
            textcoords="offset points",
            fontsize=10,
            annotation_clip=False,
        )


def _shade(values: Floats, key: str) -> Floats:
    """Return the goodness of values in [0, 1]; NaN stays."""
    metric = metric_of(key)
    if np.isfinite(metric.high):
        return (values - metric.low) / (metric.high - metric.low)
    return np.asarray(1 - np.clip(np.log1p(values) / np.log1p(_FAR_MM), 0, 1))


def _paint(ax: "Axes", shades: Floats, starts: list[float], *, gap: float) -> None:
    """Fill the cells, all of one colour in one path: a third of the bytes."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    levels = np.full(shades.shape, -1)
    defined = ~np.isnan(shades)
    levels[defined] = np.rint(shades[defined] * (_SHADES - 1)).astype(int)
    for level in np.unique(levels[defined]).tolist():
        corners = []
        for row, column in np.argwhere(levels == level).tolist():
            x, right = starts[column] + gap / 2, starts[column] + 1 - gap / 2
            y, low = row + gap, row + 1.0
            corners += [(x, y), (right, y), (right, low), (x, low), (x, y)]
        codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * (len(corners) // 5)
        colour = to_hex(colormaps["cividis"](level / (_SHADES - 1)))
        ax.add_patch(
            PathPatch(
                Path(corners, codes), facecolor=colour, linewidth=0, antialiased=gap > 0
            )
        )


def _write(
    ax: "Axes",
    table: Results,
    columns: list[tuple[str, str]],
    order: npt.NDArray[np.intp],
    shades: Floats,
    starts: list[float],
) -> None:
    for place, (key, region) in enumerate(columns):
        values, codes = column_of(table, region, key)
        decimals = 1 if metric_of(key).unit == "mm" else 2
        for row, case in enumerate(order.tolist()):
            shade = shades[row, place]
            colour = "#ffffff" if shade < _LIGHT else "#000000"
            text = number(values[case], decimals)
            if codes[case] == Status.MISSING:
                text = "\N{MULTIPLICATION SIGN}"
            ax.text(
                starts[place] + 0.5,
                row + 0.55,
                text,
                ha="center",
                va="center",
                fontsize=8.5,
                color=sheet.FAINT if text == ABSENT else colour,
            )


def _short(case: str) -> str:
    """Return an id that fits beside the map: its ends, which distinguish cases."""
    if len(case) <= _LONGEST_ID:
        return case
    half = _LONGEST_ID // 2
    return f"{case[: half - 1]}\N{HORIZONTAL ELLIPSIS}{case[-half:]}"


FIGURE = ReportFigure(draw=heat_map, order=30)
