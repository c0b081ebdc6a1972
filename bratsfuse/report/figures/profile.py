"""The fusion metrics of a submission beside the release's own fusion products."""

from typing import TYPE_CHECKING, Final

from bratsfuse.metrics import METRICS, Metric
from bratsfuse.pages.numbers import digits, interval, number
from bratsfuse.report.figures import _sheet
from bratsfuse.report.figures._plate import Drawing, Plate
from bratsfuse.report.records import Evaluation, Report, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH: Final = 700
_ROW: Final = 34
_LEFT: Final = 150
_NUMBERS: Final = 165
_HEAD: Final = 34
_MARKERS: Final = ("s", "^", "v", "P", "X")

_CAPTION: Final = (
    "Each metric has a scale of its own, turned so that right is better; the numbers at "
    "the ends of a line are those of its scale, which spans what is shown and not the "
    "metric's whole range. The dot is the submission's mean over slices; the thick line "
    "its 95 % interval by the bootstrap over patients (BCa), the thin line below by "
    "Student's t. Hollow marks are the fusion products that come with the release. "
    "No single metric says which image is better: many reward noise or contrast, and "
    "several reward copying a source."
)


def profile(evaluation: Evaluation) -> Plate | None:
    """Return the fusion profile, one line per metric."""
    report = evaluation.report
    shown = {
        key: score
        for key, score in report.scores.fusion.items()
        if score.mean is not None
    }
    if not shown:
        return None
    figure = _sheet.sheet(_WIDTH, _HEAD + _ROW * len(shown) + 6)
    spoken = []
    for place, (key, score) in enumerate(shown.items()):
        spoken.append(_line(figure, place, len(shown), key, score, report))
    _legend(figure, tuple(report.fusers))
    name = "fusion-profile"
    svg = _sheet.to_svg(figure, name, "Fusion profile", "; ".join(spoken))
    return Plate(
        title="Fusion profile",
        caption=_CAPTION,
        drawings=(Drawing(name=name, svg=svg),),
    )


def _line(
    figure: "Figure", place: int, count: int, key: str, score: Score, report: Report
) -> str:
    """Draw one metric, and return it in words."""
    metric = METRICS["fusion"][key]
    decimals = digits(metric)
    below = (count - 1 - place) * _ROW + 6
    ax = _sheet.axes(
        figure,
        left=_LEFT,
        right=_NUMBERS,
        top=_HEAD + place * _ROW,
        bottom=below,
    )
    ax.axis("off")
    others = {name: means.get(key) for name, means in report.fusers.items()}
    low, high = _span(score, list(others.values()))
    ends = (low, high) if metric.higher_is_better is not False else (high, low)
    ax.set_xlim(*ends)
    ax.set_ylim(-1, 1)
    ax.hlines(0, low, high, color=_sheet.RULE, linewidth=1)
    for number_, value in enumerate(others.values()):
        if value is not None:
            marker, colour = _look(number_)
            ax.plot(value, 0, marker, markersize=6, mfc=_sheet.PAPER, mec=colour, mew=1.3)
    _estimate(ax, score)
    _words(ax, metric, score, ends, decimals)
    return f"{metric.title} {number(score.mean, decimals)}"  # fmt: skip


def _span(score: Score, others: list[float | None]) -> tuple[float, float]:
    """Return the ends of a scale that shows everything, with room at both."""
    known = (score.mean, score.low, score.high, score.t_low, score.t_high, *others)
    values = [value for value in known if value is not None]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or max(0.05 * abs(high), 0.001)
    return low - room, high + room


def _estimate(ax: "Axes", score: Score) -> None:
    if score.t_low is not None and score.t_high is not None:
        ax.hlines(-0.38, score.t_low, score.t_high, color=_sheet.STRONG, linewidth=1.2)
    if score.low is not None and score.high is not None:
        ax.hlines(0, score.low, score.high, color=_sheet.ACCENT, linewidth=3.2)
    ax.plot(score.mean, 0, "o", markersize=7.5, color=_sheet.ACCENT)


def _words(
    ax: "Axes", metric: Metric, score: Score, ends: tuple[float, float], decimals: int
) -> None:
    """Write name, direction and numbers beside a line, its scale at its ends."""
    arrow = {True: "\N{UPWARDS ARROW}", False: "\N{DOWNWARDS ARROW}", None: ""}
    name = f"{metric.title} {arrow[metric.higher_is_better]}"

    def write(x: float, shift: float, text: str, **look: object) -> None:
        ax.annotate(
            text,
            (x, 0.5),
            xytext=(shift, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            **look,
        )

    write(0, -_LEFT + 2, name, fontsize=10)
    faint = {"fontsize": 8, "color": _sheet.FAINT}
    write(0, -6, number(ends[0], decimals), ha="right", **faint)
    write(1, 6, number(ends[1], decimals), ha="left", **faint)
    text = number(score.mean, decimals)
    if score.low is not None:
        text += f" {interval(score.low, score.high, decimals)}"
    write(1, _NUMBERS - 2, text, ha="right", fontsize=8.5)


def _look(place: int) -> tuple[str, str]:
    """Return marker and colour of a fusion product."""
    return _MARKERS[place % len(_MARKERS)], _sheet.SERIES[place % len(_sheet.SERIES)]


def _legend(figure: "Figure", fusers: tuple[str, ...]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], marker="o", ls="", color=_sheet.ACCENT, label="submission")]
    for place, name in enumerate(fusers):
        marker, colour = _look(place)
        handles.append(
            Line2D([], [], marker=marker, ls="", mfc=_sheet.PAPER, mec=colour, label=name)
        )
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=min(len(handles), 6),
        frameon=False,
        fontsize=9,
        labelcolor=_sheet.INK,
        borderaxespad=0.2,
    )  # fmt: skip
