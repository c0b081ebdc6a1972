"""Which lesions are found: the Dice of every lesion over its size."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from bratsfuse.folder_scores.figures._methods import colour_of, legend_of, shortened
from bratsfuse.folder_scores.lesion_rows import LesionRow
from bratsfuse.folder_scores.mask_case import MaskCase
from bratsfuse.folder_scores.methods import Methods
from bratsfuse.report.drawing import sheet
from bratsfuse.report.figures import Drawing, Plate
from bratsfuse.wording import counted

_WIDTH: Final = 300
_HEIGHT: Final = 290
_MANY: Final = 1000
"""So many lesions of a method are drawn at most, evenly chosen by size."""

_CAPTION: Final = (
    "Every dot is a lesion of a reference, by its size and the Dice between it and all "
    "predicted components that belong to it. A lesion that no prediction meets, a "
    "false negative, is a hollow dot at 0. False positives have no size in the "
    "reference; they are counted in each drawing. Lesions that the preset's rules "
    "leave out as too small are not shown. Look for the size below which dots are "
    "hollow."
)


def lesions(methods: Methods, cases: Sequence[MaskCase]) -> Plate | None:
    """Return the lesions of each region; None if none were measured."""
    found: dict[str, dict[str, list[LesionRow]]] = {}
    for case in cases:
        for name, method in case.methods.items():
            for row in method.lesions:
                found.setdefault(row.region, {}).setdefault(name, []).append(row)
    unit = "mm³" if cases[0].ndim == 3 else "mm²"
    drawings = [
        _drawing(methods, number, region, by_name, unit)
        for number, (region, by_name) in enumerate(found.items(), start=1)
        if any(row.status != "fp" for rows in by_name.values() for row in rows)
    ]
    if not drawings:
        return None
    return Plate(
        title="Every lesion, by its size",
        caption=_CAPTION,
        drawings=tuple(drawings),
        legend=legend_of(methods),
    )


def _drawing(
    methods: Methods,
    number: int,
    region: str,
    by_name: dict[str, list[LesionRow]],
    unit: str,
) -> Drawing:
    figure = sheet.sheet(_WIDTH, _HEIGHT)
    ax = sheet.axes(figure, left=40, right=10, top=30, bottom=42)
    ax.set_title(shortened(region, 40))
    ax.grid(axis="both")
    spoken = []
    for place, (name, rows) in enumerate(by_name.items()):
        colour = colour_of(methods, name)
        told = _counts(rows)
        spoken.append(f"{name}: {told}")
        ax.annotate(
            told,
            (1, 0),
            xytext=(-2, 8 + 12 * (len(by_name) - 1 - place)),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
            color=colour if len(by_name) > 1 else sheet.FAINT,
        )
        true = sorted(
            (row for row in rows if row.status != "fp"),
            key=lambda row: row.reference_size,
        )
        if len(true) > _MANY:
            places = np.linspace(0, len(true) - 1, _MANY).astype(int)
            true = [true[place] for place in places]
        for status, fill in (("tp", colour), ("fn", sheet.PAPER)):
            here = [row for row in true if row.status == status]
            ax.plot(
                [row.reference_size for row in here],
                [row.dice for row in here],
                "o",
                markersize=4.6 if len(true) <= 200 else 3,
                markerfacecolor=fill,
                markeredgecolor=colour,
                markeredgewidth=0 if status == "tp" else 1.1,
                alpha=0.7 if status == "tp" else 1,
                clip_on=False,
            )
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda size, _: f"{size:,.0f}".replace(",", "\u2009"))
    ax.xaxis.set_minor_formatter(lambda _size, _: "")
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel(f"size of the lesion ({unit})")
    name = f"lesions-{number}"  # a region of one's own may have any name
    title = f"Dice of every {region} lesion over its size"
    svg = sheet.to_svg(figure, name, title, "; ".join(spoken))
    return Drawing(name=name, svg=svg)


def _counts(rows: list[LesionRow]) -> str:
    missed, alone = (sum(row.status == s for row in rows) for s in ("fn", "fp"))
    return f"{counted(missed, 'false negative')}, {counted(alone, 'false positive')}"
