"""The intervals of the headline measures, by two methods beside each other."""

from typing import Final

from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.intervals import Row, interval_drawing
from bratsfuse.report.drawing.plate import Drawing, Plate
from bratsfuse.report.figures._figure import ReportFigure
from bratsfuse.report.headline import keys_of, metric_of, regions_of
from bratsfuse.report.records import Evaluation

_CAPTION: Final = (
    "The point is the mean over cases. The thick line is its 95 % interval by the "
    "bootstrap over patients (BCa); its numbers are at the right. The thin line below "
    "is the interval by Student's t. Where the two differ much, there are few patients"
    " or the scores are skewed, and neither interval is reliable. Two submissions "
    "whose intervals overlap may still differ: compare them case by case."
)


def forest(evaluation: Evaluation) -> Plate | None:
    """Return the intervals of each region, one drawing per headline metric."""
    if not regions_of(evaluation):
        return None
    return Plate(
        title="How sure the means are",
        caption=_CAPTION,
        drawings=tuple(_drawing(evaluation, key) for key in keys_of(evaluation)),
    )


def _drawing(evaluation: Evaluation, key: str) -> Drawing:
    scores = evaluation.report.scores.segmentation
    rows = [
        Row(region, sheet.region_colour(region), scores[region][key])
        for region in regions_of(evaluation)
    ]
    return interval_drawing(f"intervals-{key}", metric_of(key), rows)


FIGURE = ReportFigure(draw=forest, order=20)
