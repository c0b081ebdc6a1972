"""The fusion metrics of a submission beside the release's own fusion products."""

from typing import TYPE_CHECKING, Final

from bratsfuse.metrics import METRICS, Metric
from bratsfuse.pages.numbers import digits, interval, number
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.plate import Drawing, Plate
from bratsfuse.report.figures._figure import ReportFigure
from bratsfuse.report.records import Evaluation, Report
from bratsfuse.report.scores import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH: Final = 440
_ROW: Final = 42
_SIDE: Final = 46
_MOST_IN_A_COLUMN: Final = 7
_LEGEND_COLUMNS: Final = 4
_MARKERS: Final = ("s", "^", "v", "D", "p")

_CAPTION: Final = (
    "Each metric has its own scale, turned so that right is better. The numbers at the"
    " ends of a line are those of its scale, which spans what is shown and not the "
    "full range of the metric. The dot is the mean of the submission over slices. The "
    "thick line is its 95 % interval by the bootstrap over patients (BCa), the thin "
    "line below the interval by Student's t. Hollow marks are the fusion products that"
    " the release was built with; products that were added later are not shown. No "
    "single metric says which image is better: many reward noise or contrast, and "
    "several reward a copy of one source modality."
)


def profile(evaluation: Evaluation) -> Plate | None:
    """Return the fusion profile, one line per metric, in two columns."""
    report = evaluation.report
    keys = [
        key for key, score in report.scores.fusion.items() if score.mean is not None
    ]
    if not keys:
        return None
    half = -(-len(keys) // 2)
    columns = [keys] if len(keys) <= _MOST_IN_A_COLUMN else [keys[:half], keys[half:]]
    return Plate(
        title="Fusion profile",
        caption=_CAPTION,
        drawings=tuple(
            _drawing(report, column, number_)
            for number_, column in enumerate(columns, 1)
        ),
    )


def _drawing(report: Report, keys: list[str], column: int) -> Drawing:
    legend_rows = -(-(1 + len(report.fusers)) // _LEGEND_COLUMNS)
    head = 8 + 16 * legend_rows
    figure = sheet.sheet(_WIDTH, head + _ROW * len(keys) + 4)
    spoken = []
    for place, key in enumerate(keys):
        ax = sheet.axes(
            figure,
            left=_SIDE,
            right=_SIDE,
            top=head + place * _ROW,
            bottom=(len(keys) - 1 - place) * _ROW + 4,
        )
        spoken.append(_line(ax, key, report))
    if column == 1:
        _legend(figure, tuple(report.fusers))
    name = f"fusion-profile-{column}"
    svg = sheet.to_svg(figure, name, "Fusion profile", "; ".join(spoken))
    return Drawing(name=name, svg=svg)


def _line(ax: "Axes", key: str, report: Report) -> str:
    """Draw one metric, and return it in words."""
    metric, score = METRICS["fusion"][key], report.scores.fusion[key]
    others = [means.get(key) for means in report.fusers.values()]
    low, high = _span(score, others)
    ends = (low, high) if metric.higher_is_better is not False else (high, low)
    ax.axis("off")
    ax.set_xlim(*ends)
    ax.set_ylim(-1, 2)
    ax.hlines(0, low, high, color=sheet.RULE, linewidth=1)
    for place, value in enumerate(others):
        if value is not None:
            marker, colour = _look(place)
            ax.plot(
                value, 0, marker, markersize=6, mfc=sheet.PAPER, mec=colour, mew=1.3
            )
    _estimate(ax, score)
    _words(ax, metric, score, ends)
    return f"{_name(metric)} {number(score.mean, digits(metric))}"


def _span(score: Score, others: list[float | None]) -> tuple[float, float]:
    """Return the ends of a scale that shows everything, with room at both."""
    known = (score.mean, score.low, score.high, score.t_low, score.t_high, *others)
    values = [value for value in known if value is not None]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or max(0.05 * abs(high), 0.001)
    return low - room, high + room


def _estimate(ax: "Axes", score: Score) -> None:
    if score.t_low is not None and score.t_high is not None:
        ax.hlines(-0.5, score.t_low, score.t_high, color=sheet.STRONG, linewidth=1.2)
    if score.low is not None and score.high is not None:
        ax.hlines(0, score.low, score.high, color=sheet.ACCENT, linewidth=3.2)
    if score.mean is not None:
        ax.plot(score.mean, 0, "o", markersize=7.5, color=sheet.ACCENT)


def _words(ax: "Axes", metric: Metric, score: Score, ends: tuple[float, float]) -> None:
    """Write name, direction and numbers above a line, its scale at its ends."""
    decimals = digits(metric)
    arrow = {True: "\N{UPWARDS ARROW}", False: "\N{DOWNWARDS ARROW}", None: ""}
    unit = f", {metric.unit}" if metric.unit else ""
    text = number(score.mean, decimals)
    if score.low is not None:
        text += f" {interval(score.low, score.high, decimals)}"
    faint = {"fontsize": 8, "color": sheet.FAINT}
    for x, y, shift, words, side, look in (
        (
            0,
            1.3,
            -_SIDE + 2,
            f"{_name(metric)} {arrow[metric.higher_is_better]}{unit}",
            "left",
            {"fontsize": 9.5},
        ),
        (1, 1.3, _SIDE - 2, text, "right", {"fontsize": 9}),
        (0, 0, -6, number(ends[0], decimals), "right", faint),
        (1, 0, 6, number(ends[1], decimals), "left", faint),
    ):
        ax.annotate(
            words,
            (x, y),
            xytext=(shift, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha=side,
            va="center",
            annotation_clip=False,
            **look,
        )


def _name(metric: Metric) -> str:
    """Return the title of a metric; its key, where the title has raised letters."""
    return metric.key.capitalize() if set(metric.title) & set("^_") else metric.title


def _look(place: int) -> tuple[str, str]:
    """Return marker and colour of a fusion product."""
    return _MARKERS[place % len(_MARKERS)], sheet.SERIES[place % len(sheet.SERIES)]


def _legend(figure: "Figure", fusers: tuple[str, ...]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker="o", ls="", color=sheet.ACCENT, label="submission")
    ]
    for place, name in enumerate(fusers):
        marker, colour = _look(place)
        handles.append(
            Line2D(
                [], [], marker=marker, ls="", mfc=sheet.PAPER, mec=colour, label=name
            )
        )
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=_LEGEND_COLUMNS,
        frameon=False,
        fontsize=9,
        labelcolor=sheet.INK,
        borderaxespad=0.2,
    )


FIGURE = ReportFigure(draw=profile, order=50)
