"""What a file of a figure declares: what draws it, and where a reader meets it."""

from collections.abc import Callable
from dataclasses import dataclass

from bratsfuse.report.drawing.plate import Plate
from bratsfuse.report.records import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigure:
    """A figure of a report.

    Attributes
    ----------
    draw
        Makes it of an evaluation; None where there is nothing to draw.
    order
        Figures follow each other by rising numbers, those with equal ones by name.
    """

    draw: Callable[[Evaluation], Plate | None]
    order: int
