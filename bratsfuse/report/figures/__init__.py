"""The figures of a report: drawings in SVG that take their colours from the page.

One file per figure. Each has a function that takes an evaluation and returns a `Plate`,
or None where there is nothing to draw, and declares it as its `FIGURE`, a
`ReportFigure`; `draw` returns all of them in order.
"""

from bratsfuse.report.drawing.plate import Drawing, Plate
from bratsfuse.report.figures._draw import draw, figure_files
from bratsfuse.report.figures._figure import ReportFigure

__all__ = ["Drawing", "Plate", "ReportFigure", "draw", "figure_files"]
