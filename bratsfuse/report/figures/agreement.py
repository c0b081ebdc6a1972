"""Do predictions of a region come out too large or too small? Bland and Altman's plot.

J. M. Bland and D. G. Altman, The Lancet 327, 1986. A release contains some slices of a
case, so areas summed over these stand in for volumes. Areas span two orders of
magnitude, so differences are taken relative to the mean of both areas.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from bratsfuse.arrays import Floats
from bratsfuse.pages.numbers import number
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.plate import Drawing, Plate
from bratsfuse.report.drawing.tips import addresses, carried
from bratsfuse.report.drawn import Volumes
from bratsfuse.report.figures._figure import ReportFigure
from bratsfuse.report.records import Evaluation
from bratsfuse.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH: Final = 300
_HEIGHT: Final = 290
_MM2_PER_CM2: Final = 100.0
_WITHIN: Final = 1.96
_FEWEST: Final = 3

_CAPTION: Final = (
    "Each dot is a case. The x axis is the mean of the reference area and the "
    "predicted area, each summed over the slices of the case. The y axis is the "
    "prediction minus the reference, in per cent of that mean. The solid line is the "
    "mean difference. The dashed lines are the limits of agreement: 95 % of cases are "
    "between them if differences are normal. A solid line off zero is a bias; a tilt "
    "is a bias that depends on size. Cases with the region in the reference only, in "
    "the prediction only, or in neither are no dots; they are counted above each "
    "drawing."
)


def agreement(evaluation: Evaluation) -> Plate | None:
    """Return the agreement of areas, one drawing per region."""
    volumes = evaluation.volumes
    if volumes is None or not volumes.cases:
        return None
    return Plate(
        title="Agreement of areas",
        caption=_CAPTION,
        drawings=tuple(
            _drawing(volumes, place, addresses(evaluation, volumes.cases))
            for place in range(len(volumes.regions))
        ),
    )


def _drawing(volumes: Volumes, place: int, links: tuple[str, ...]) -> Drawing:
    region = volumes.regions[place]
    areas = areas_cm2(volumes, place)
    dotted = np.flatnonzero(areas.min(axis=1) > 0).tolist()
    reference, prediction = areas[dotted].T
    size = (reference + prediction) / 2
    difference = 100 * (prediction - reference) / size
    figure = sheet.sheet(_WIDTH, _HEIGHT)
    ax = sheet.axes(figure, left=52, right=12, top=44, bottom=42)
    ax.set_title(f"{region}: {counted(len(size), 'case')}", pad=22)
    told = _one_sided(areas)
    ax.annotate(
        told,
        (0, 1),
        xytext=(0, 12),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.5,
        color=sheet.FAINT,
        va="center",
    )
    ax.axhline(0, color=sheet.RULE, linewidth=1)
    spoken = f"{counted(len(size), 'case')}; {told}"
    if len(size):
        tips = [
            (f"{volumes.cases[row]}: {number(percent, 1)} %", links[row])
            for row, percent in zip(dotted, difference.tolist(), strict=True)
        ]
        ax.plot(
            size,
            difference,
            "o",
            markersize=4.2,
            color=sheet.region_colour(region),
            alpha=0.75,
            markeredgewidth=0,
            clip_on=False,
            gid=carried(tips),
        )
        spoken += _lines(ax, difference)
    _scales(ax, size, difference)
    name = f"agreement-{region.lower()}"
    title = f"Agreement of predicted and reference area, {region}"
    return Drawing(name=name, svg=sheet.to_svg(figure, name, title, spoken))


def areas_cm2(volumes: Volumes, place: int) -> Floats:
    """Return the areas of a region, shape (cases, 2): reference and prediction."""
    pixels = np.column_stack(
        [volumes.reference[:, place], volumes.prediction[:, place]]
    )
    scale = np.array(volumes.pixel_mm2)[:, np.newaxis] / _MM2_PER_CM2
    return np.asarray(pixels * scale)


def _one_sided(areas: Floats) -> str:
    """Return how many cases have no area to take a difference relative to."""
    reference, prediction = (areas > 0).T
    return (
        f"only reference {int((reference & ~prediction).sum())}, "
        f"only prediction {int((prediction & ~reference).sum())}, "
        f"neither {int((~reference & ~prediction).sum())}"
    )


def limits_of_agreement(difference: Floats) -> tuple[float, ...]:
    """Return the mean difference and, of three cases or more, both limits."""
    if not len(difference):
        return ()
    bias = float(difference.mean())
    if len(difference) < _FEWEST:
        return (bias,)
    half = _WITHIN * float(difference.std(ddof=1))
    return bias, bias - half, bias + half


def _lines(ax: "Axes", difference: Floats) -> str:
    """Draw mean difference and limits of agreement, and return them in words."""
    bias, *limits = limits_of_agreement(difference)
    ax.axhline(bias, color=sheet.INK, linewidth=1.3, zorder=1)
    for limit in limits:
        ax.axhline(limit, color=sheet.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    told = f"; mean difference {bias:.1f} %"
    if limits:
        told += f", limits of agreement {limits[0]:.1f} % and {limits[1]:.1f} %"
    return told


def _scales(ax: "Axes", size: Floats, difference: Floats) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    ax.set_xscale("log")
    low, high = (size.min(), size.max()) if len(size) else (1.0, 10.0)
    ax.set_xlim(low / 1.4, high * 1.4)
    # Ones alone could leave a narrow range without a single number.
    within = (1.0,) if high / low > 30 else (1.0, 2.0, 5.0)
    ax.xaxis.set_major_locator(LogLocator(subs=within))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    shown = np.append(difference, limits_of_agreement(difference))
    reach = max(10.0, 1.1 * float(np.abs(shown).max(initial=0)))
    ax.set_ylim(-reach, reach)
    ax.set_xlabel("mean area (cm\N{SUPERSCRIPT TWO}, log scale)")
    ax.set_ylabel("prediction minus reference (%)")


FIGURE = ReportFigure(draw=agreement, order=40)
