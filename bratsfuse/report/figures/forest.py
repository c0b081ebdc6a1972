"""The intervals of the headline measures, by two methods beside each other."""

from bratsfuse.report.figures import _sheet
from bratsfuse.report.figures._intervals import CAPTION, Row, interval_drawing
from bratsfuse.report.figures._plate import Drawing, Plate
from bratsfuse.report.headline import keys_of, metric_of, regions_of
from bratsfuse.report.records import Evaluation


def forest(evaluation: Evaluation) -> Plate | None:
    """Return the intervals of each region, one drawing per headline metric."""
    if not regions_of(evaluation):
        return None
    return Plate(
        title="How sure the means are",
        caption=CAPTION,
        drawings=tuple(_drawing(evaluation, key) for key in keys_of(evaluation)),
    )


def _drawing(evaluation: Evaluation, key: str) -> Drawing:
    scores = evaluation.report.scores.segmentation
    rows = [
        Row(region, _sheet.region_colour(region), scores[region][key])
        for region in regions_of(evaluation)
    ]
    return interval_drawing(f"intervals-{key}", metric_of(key), rows)
