"""All figures of a report, in the order in which a reader meets them."""

from collections.abc import Callable
from typing import Final

from bratsfuse.report.figures import _sheet
from bratsfuse.report.figures._plate import Plate
from bratsfuse.report.figures.agreement import agreement
from bratsfuse.report.figures.dots import dots
from bratsfuse.report.figures.forest import forest
from bratsfuse.report.figures.heat_map import heat_map
from bratsfuse.report.figures.profile import profile
from bratsfuse.report.records import Evaluation

_FIGURES: Final[tuple[Callable[[Evaluation], Plate | None], ...]] = (
    dots,
    forest,
    heat_map,
    agreement,
    profile,
)


def draw(evaluation: Evaluation) -> tuple[Plate, ...]:
    """Return the figures that an evaluation has something for."""
    with _sheet.style():
        plates = [figure(evaluation) for figure in _FIGURES]
    return tuple(plate for plate in plates if plate is not None)


def figure_files(plates: tuple[Plate, ...]) -> dict[str, str]:
    """Return the drawings as files that stand alone: name -> SVG."""
    return {
        f"{drawing.name}.svg": _sheet.standalone(drawing.svg)
        for plate in plates
        for drawing in plate.drawings
    }
