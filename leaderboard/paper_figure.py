"""Chosen slices of several reports side by side: the figure of a paper.

It is drawn from the crops that ``evaluate --slices`` has written, so that no release is
needed. Every picture has the same grey window; every difference the same scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bratsfuse import records
from bratsfuse.arrays import Image
from bratsfuse.errors import InvalidInputError
from bratsfuse.pages.numbers import MINUS
from bratsfuse.pages.viewer import RECORD_NAME, Crop, Crops
from bratsfuse.place import FILE, check_target, new_result
from bratsfuse.report.slice_pages import SLICES_NAME
from bratsfuse.report.write import FIGURES_NAME
from bratsfuse.wording import did_you_mean

FORMATS: Final = (".pdf", ".svg", ".png")
_GAIN: Final = 2
_CELL_INCH: Final = 1.15
_UNCHOSEN: Final = 3


@dataclass(frozen=True, slots=True)
class Shelf:
    """The crops of a report."""

    folder: Path
    crops: Crops

    def crop(self, slice_id: str) -> Crop:
        """Return what is known of a slice."""
        found = {crop.slice_id: crop for crop in self.crops.slices}
        if slice_id not in found:
            raise InvalidInputError(
                f"{self.folder}: no slice {slice_id!r}{did_you_mean(slice_id, found)}; "
                f"expected one of {len(found)}, such as {next(iter(found), 'none')}"
            )
        return found[slice_id]

    def image(self, slice_id: str, name: str) -> Image:
        """Return an image of a slice."""
        from bratsfuse.image_files import read_grey

        path = self.folder / slice_id / f"{name}.png"
        if not path.is_file():
            raise InvalidInputError(
                f"{path}: no such file; choose a slice that was submitted, with --slice"
            )
        return read_grey(path)


def read_shelf(report: Path) -> Shelf:
    """Return the crops of a report.

    Raises
    ------
    InvalidInputError
        If it has none.
    """
    folder = report / FIGURES_NAME / SLICES_NAME
    path = folder / RECORD_NAME
    if not path.is_file():
        raise InvalidInputError(
            f"{report}: found no crops of slices; score the submission again with "
            "bratsfuse evaluate --slices"
        )
    return Shelf(folder, records.from_json(Crops, path.read_bytes()))


def write_figure(
    target: Path,
    reports: Mapping[str, Path],
    slices: Sequence[str] = (),
    *,
    differences: bool = False,
) -> tuple[str, ...]:
    """Write the figure and return the ids of its slices.

    A column for each source and each method; for each slice a row of whole slices and
    one of its lesion.

    Parameters
    ----------
    target
        A PDF, SVG or PNG.
    reports
        Name of the method -> its report, all of one release.
    slices
        Which; without any, three that are evenly spread.
    differences
        Add a row of |F - source| for each source.

    Raises
    ------
    InvalidInputError
        If a report has no crops, or not these; if the ending is another.
    """
    if target.suffix.lower() not in FORMATS:
        raise InvalidInputError(
            f"{target}: expected a name that ends in {', '.join(FORMATS)}"
        )
    check_target(target, FILE, overwrite=True)
    shelves = {name: read_shelf(report) for name, report in reports.items()}
    first = next(iter(shelves.values()))
    chosen = tuple(slices) or _spread(first.crops)
    sources = [image.name for image in first.crops.images if image.role == "source"]
    rows: list[list[Image | None]] = []
    labels: list[str] = []
    for slice_id in chosen:
        crop = first.crop(slice_id)
        known = [first.image(slice_id, name) for name in sources]
        fused = []
        for shelf in shelves.values():
            if shelf.crop(slice_id).box != crop.box:
                raise InvalidInputError(
                    f"{shelf.folder}: {slice_id} has another box than in "
                    f"{first.folder}; expected reports of one release"
                )
            fused.append(shelf.image(slice_id, "fused"))
        rows.append([*known, *fused])
        labels.append(slice_id)
        if crop.lesion is not None:
            left, top, width, height = crop.lesion
            part = np.s_[top : top + height, left : left + width]
            rows.append([image[part] for image in (*known, *fused)])
            labels.append("lesion")
        if differences:
            for name, source in zip(sources, known, strict=True):
                blank: list[Image | None] = [None] * len(sources)
                apart = [_difference(image, source) for image in fused]
                rows.append([*blank, *apart])
                labels.append(f"|F {MINUS} {name}|, {_GAIN} times")
    _draw(target, rows, labels, [*sources, *shelves])
    return chosen


def _spread(crops: Crops) -> tuple[str, ...]:
    count = min(_UNCHOSEN, len(crops.slices))
    places = np.linspace(0, len(crops.slices) - 1, count + 2).round().astype(int)
    inner = dict.fromkeys(places[1:-1].tolist() if count > 1 else [0])
    return tuple(crops.slices[place].slice_id for place in inner)


def _difference(image: Image, source: Image) -> Image:
    apart = np.abs(image.astype(np.int16) - source.astype(np.int16)) * _GAIN
    return np.asarray(np.minimum(apart, 255), np.uint8)


def _draw(
    target: Path,
    rows: Sequence[Sequence[Image | None]],
    labels: Sequence[str],
    titles: Sequence[str],
) -> None:
    import matplotlib
    from matplotlib.figure import Figure

    heights = [_tall(row) for row in rows]
    size = (0.3 + _CELL_INCH * len(titles), 0.25 + _CELL_INCH * sum(heights))
    settings: dict[Any, Any] = {
        "text.parse_math": False,
        "svg.hashsalt": "bratsfuse",
        "font.size": 7,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=size, dpi=300)
        grid = figure.add_gridspec(
            len(rows),
            len(titles),
            height_ratios=heights,
            left=0.3 / size[0],
            right=1.0,
            bottom=0.0,
            top=1 - 0.25 / size[1],
            wspace=0.03,
            hspace=0.03,
        )
        for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
            first = next(n for n, image in enumerate(row) if image is not None)
            for column, image in enumerate(row):
                ax = figure.add_subplot(grid[place, column])
                ax.set_axis_off()
                if place == 0:
                    ax.set_title(titles[column], fontsize=8, pad=3)
                if image is None:
                    continue
                ax.imshow(image, cmap="gray", vmin=0, vmax=255, aspect="auto")
                if column == first:
                    spot = (-0.03, 0.5)
                    ax.text(
                        *spot,
                        label,
                        transform=ax.transAxes,
                        fontsize=5,
                        rotation=90,
                        ha="right",
                        va="center",
                    )
        metadata = {"Date": None} if target.suffix.lower() == ".svg" else {}
        if target.suffix.lower() == ".pdf":
            metadata = {"CreationDate": None}
        with new_result(target, FILE, overwrite=True) as new:
            figure.savefig(
                new, format=target.suffix.lower().removeprefix("."), metadata=metadata
            )


def _tall(row: Sequence[Image | None]) -> float:
    image = next(image for image in row if image is not None)
    return float(image.shape[0] / image.shape[1])
