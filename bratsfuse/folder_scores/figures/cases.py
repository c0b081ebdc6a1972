"""Every case a dot, methods side by side: the spread behind each headline mean."""

from typing import TYPE_CHECKING, Final

import numpy as np

from bratsfuse.arrays import Floats
from bratsfuse.folder_scores.figures._methods import (
    by_key,
    colour_of,
    legend_of,
    shortened,
)
from bratsfuse.folder_scores.methods import Methods, record_of
from bratsfuse.report.drawing import clouds, sheet
from bratsfuse.report.figures import Drawing, Plate
from bratsfuse.report.figures.dots import in_words
from bratsfuse.results import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE, _HIGH = 440, 350
_NARROW, _LOW = 300, 260
_GROUP: Final = 0.84
"""Of the room of a region that its methods take."""


_CAPTION: Final = (
    "Every dot is a{unit}; the box spans the middle half of them, the line in it is "
    "the median, and the diamond beside it the mean with its 95 % interval. Look for "
    "dots far from the box: a mean can hide them."
)
_OF_MASKS: Final = (
    " A hollow dot is a value that the empty-mask policy gave, a cross a case without "
    "a prediction. Distances above 5 mm are on a logarithmic scale."
)


def cases(methods: Methods) -> Plate:
    """Return the dots of each region and method, one drawing per headline metric."""
    of_masks = methods.measures[0].track == "segmentation"
    return Plate(
        title="Every case" if of_masks else "Every image",
        caption=_CAPTION.format(unit=" case" if of_masks else "n image")
        + (_OF_MASKS if of_masks else ""),
        drawings=tuple(
            _drawing(methods, key, measures)
            for key, measures in by_key(methods).items()
        ),
        legend=legend_of(methods),
    )


def _drawing(methods: Methods, key: str, measures: list[Measure]) -> Drawing:
    metric = record_of(measures[0])
    count = len(methods.by_name)
    is_narrow = len(measures) == 1
    size = (_NARROW, _LOW) if is_narrow else (_WIDE, _HIGH)
    figure = sheet.sheet(*size)
    ax = sheet.axes(figure, left=46, right=8, top=30, bottom=26)
    unit = f" ({metric.unit})" if metric.unit else ""
    arrow = "higher is better" if metric.higher_is_better else "lower is better"
    ax.set_title(f"{metric.title}{unit}, {arrow}")
    ax.grid(axis="y")
    tables = [method.table for method in methods.by_name.values()]
    values_of_all = np.concatenate([t.column(m) for t in tables for m in measures])
    if methods.first.measures[0].track == "segmentation":
        clouds.scale(ax, values_of_all, metric.high)
    else:
        _frame(ax, values_of_all)
    half = 0.5 * _GROUP / count * 0.72
    spoken = []
    for group, measure in enumerate(measures):
        for place, (name, method) in enumerate(methods.by_name.items()):
            column = method.table.measures.index(measure)
            values = method.table.values[:, column]
            codes = method.table.status[:, column]
            middle = group + _GROUP * ((place + 0.5) / count - 0.5)
            colour = colour_of(methods, name)
            clouds.box(ax, middle, values, colour, half)
            clouds.cloud(ax, middle, values, codes, colour, half)
            clouds.mean(ax, middle + 1.25 * half, method.scores[measure])
            told = f"{name} {measure.region}".strip()
            spoken.append(f"{told}: {in_words(method.scores[measure])}")
    regions = [shortened(measure.region) for measure in measures]
    ax.set_xticks(range(len(regions)), regions)
    ax.tick_params(axis="x", length=0, labelcolor=sheet.INK, labelsize=10)
    ax.set_xlim(-0.55, len(regions) - 0.4)
    name = f"cases-{key}"
    title = f"{metric.title} of every case"
    svg = sheet.to_svg(figure, name, title, "; ".join(spoken))
    return Drawing(name=name, svg=svg)


def _frame(ax: "Axes", values: Floats) -> None:
    """Frame the values that there are: ranges of fusion metrics differ too much."""
    finite = values[np.isfinite(values)]
    if finite.size:
        low, high = float(finite.min()), float(finite.max())
        room = 0.06 * (high - low) or max(0.05, 0.05 * abs(high))
        ax.set_ylim(low - room, high + room)
