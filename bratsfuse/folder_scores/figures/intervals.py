"""The intervals of the headline means, methods below each other."""

from typing import Final

from bratsfuse.folder_scores.figures._methods import (
    by_key,
    colour_of,
    legend_of,
    shortened,
)
from bratsfuse.folder_scores.methods import Methods, record_of
from bratsfuse.report.drawing.intervals import Row, interval_drawing
from bratsfuse.report.figures import Plate
from bratsfuse.results import Measure

_CHARACTER: Final = 6.4
"""Width of a letter of a label, in CSS pixels."""

_CAPTION: Final = (
    "The point is the mean over cases. The thick line is its 95 % interval by the "
    "bootstrap over patients (BCa); its numbers are at the right. The thin line below "
    "is the interval by Student's t. Where the two differ much, there are few patients "
    "or the scores are skewed, and neither interval is reliable."
)
_SEVERAL: Final = (
    " Methods whose intervals overlap may still differ: see the next figure."
)


def intervals(methods: Methods) -> Plate:
    """Return the intervals of each region and method, one drawing per metric."""
    several = len(methods.by_name) > 1
    drawings = []
    for key, measures in by_key(methods).items():
        rows = [
            Row(_label(measure, name, several), colour_of(methods, name), scores)
            for measure in measures
            for name, method in methods.by_name.items()
            for scores in (method.scores[measure],)
        ]
        left = 12 + round(_CHARACTER * max(len(row.label) for row in rows))
        drawings.append(
            interval_drawing(
                f"intervals-{key}",
                record_of(measures[0]),
                rows,
                left=max(34, left),
                row=26 if several else 40,
            )
        )
    return Plate(
        title="How sure the means are",
        caption=_CAPTION + (_SEVERAL if several else ""),
        drawings=tuple(drawings),
        legend=legend_of(methods),
    )


def _label(measure: Measure, name: str, several: bool) -> str:
    region = shortened(measure.region)
    return f"{region} {shortened(name)}".strip() if several else region
