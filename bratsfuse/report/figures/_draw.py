"""All figures of a report, in the order in which a reader meets them."""

from typing import Final

from bratsfuse.registry import Registry
from bratsfuse.report.drawing import sheet
from bratsfuse.report.drawing.plate import Plate
from bratsfuse.report.figures._figure import ReportFigure
from bratsfuse.report.records import Evaluation

FIGURES: Final = Registry[ReportFigure](
    "bratsfuse.report.figures", attribute="FIGURE", kind="figure", type_=ReportFigure
)
"""Name -> figure, of every file of this folder."""


def draw(evaluation: Evaluation) -> tuple[Plate, ...]:
    """Return the figures that an evaluation has something for."""
    figures = sorted(FIGURES.usable(), key=lambda named: (named[1].order, named[0]))
    with sheet.style():
        plates = [figure.draw(evaluation) for _, figure in figures]
    return tuple(plate for plate in plates if plate is not None)


def figure_files(plates: tuple[Plate, ...]) -> dict[str, str]:
    """Return the drawings as files that stand alone: name -> SVG."""
    return {
        f"{drawing.name}.svg": sheet.standalone(drawing.svg)
        for plate in plates
        for drawing in plate.drawings
    }
