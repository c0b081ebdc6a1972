"""Every case a dot: the spread behind each headline mean."""

from typing import Final

import numpy as np

from bratsfuse.pages.numbers import digits
from bratsfuse.report.drawing import clouds, sheet
from bratsfuse.report.drawing.plate import Drawing, Plate
from bratsfuse.report.drawing.tips import addresses, tip
from bratsfuse.report.figures._figure import ReportFigure
from bratsfuse.report.headline import (
    column_of,
    keys_of,
    metric_of,
    regions_of,
)
from bratsfuse.report.records import Evaluation
from bratsfuse.report.scores import Score
from bratsfuse.results import Results

_WIDTH: Final = 440
_HEIGHT: Final = 350
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
    figure = sheet.sheet(_WIDTH, _HEIGHT)
    ax = sheet.axes(figure, left=46, right=8, top=30, bottom=26)
    unit = f" ({metric.unit})" if metric.unit else ""
    arrow = "higher is better" if metric.higher_is_better else "lower is better"
    ax.set_title(f"{metric.title}{unit}, {arrow}")
    ax.grid(axis="y")
    regions = regions_of(evaluation)
    columns = [column_of(table, region, key) for region in regions]
    values_of_all = np.concatenate([values for values, _ in columns])
    clouds.scale(ax, values_of_all, metric.high)
    places = addresses(evaluation, table.ids)
    spoken = []
    for place, (region, (values, codes)) in enumerate(
        zip(regions, columns, strict=True)
    ):
        score = evaluation.report.scores.segmentation[region][key]
        colour = sheet.region_colour(region)
        clouds.box(ax, place, values, colour, _HALF_BOX)
        words = [
            tip(case, value, digits(metric))
            for case, value in zip(table.ids, values.tolist(), strict=True)
        ]
        tips = list(zip(words, places, strict=True))
        clouds.cloud(ax, place, values, codes, colour, _HALF_BOX, tips)
        clouds.mean(ax, place + _HALF_BOX + 0.12, score)
        spoken.append(f"{region}: {score.n} values, {in_words(score)}")
    ax.set_xticks(range(len(regions)), regions)
    ax.tick_params(axis="x", length=0, labelcolor=sheet.INK, labelsize=10)
    ax.set_xlim(-0.55, len(regions) - 0.4)
    name = f"dots-{key}"
    svg = sheet.to_svg(figure, name, f"{metric.title} of every case", "; ".join(spoken))
    return Drawing(name=name, svg=svg)


def in_words(score: Score) -> str:
    """Return mean and median for those who cannot see the drawing."""
    if score.mean is None or score.median is None:
        return "no mean"
    return f"mean {score.mean:.3f}, median {score.median:.3f}"


FIGURE = ReportFigure(draw=dots, order=10)
