"""Crops of slices as files beside a page: 8-bit PNG, and outlines of masks as SVG.

A folder ``<slice id>`` has one file for each image. All crops of a case have the same
box, so that nothing jumps when a reader goes from slice to slice.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.anatomy import lookup_table
from bratsfuse.arrays import Image
from bratsfuse.pages.outlines import outline

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels."""

_MARGIN: Final = 6
_LESION_MARGIN: Final = 8
_LEAST_LESION: Final = 40

# The same in both schemes: they lie on a grey image. TC is wider, since an outline of
# ET often lies on it. The last is pale, for a second mask on the same image.
_LINES: Final = {
    "WT": ("#56b4e9", 1.5, "#c9e7fa"),
    "TC": ("#2fdba6", 3.5, "#c4f7e7"),
    "ET": ("#ffa04d", 1.5, "#ffdfc2"),
}
_OTHER: Final = ("#f0e442", 1.5, "#fbf8cf")


def box_of(images: Iterable[Image]) -> Box:
    """Return the box of all that is not black in any image, with a margin.

    The whole image where all is black.
    """
    shown = np.any([image > 0 for image in images], axis=0)
    spans = []
    for axis, length in ((0, shown.shape[1]), (1, shown.shape[0])):
        filled = np.flatnonzero(shown.any(axis=axis))
        first, last = (filled[0], filled[-1]) if filled.size else (0, length - 1)
        start = max(int(first) - _MARGIN, 0)
        spans.append((start, min(int(last) + 1 + _MARGIN, length) - start))
    (left, width), (top, height) = spans
    return left, top, width, height


def lesion_box(mask: Image, box: Box) -> Box | None:
    """Return the square about all of a mask, within a crop and relative to it.

    It has a margin and at least 40 pixels a side, or the shorter side of the crop.
    None without a lesion in the crop.
    """
    rows, columns = np.nonzero(_cut(mask, box))
    if not rows.size:
        return None
    _, _, width, height = box
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    wanted = max(int(max(tall, wide)) + 2 * _LESION_MARGIN, _LEAST_LESION)
    side = min(wanted, width, height)
    middle = (int(columns.min() + columns.max()), int(rows.min() + rows.max()))
    left, top = (
        min(max((twice - side) // 2, 0), length - side)
        for twice, length in zip(middle, (width, height), strict=True)
    )
    return left, top, side, side


def write_crop(folder: Path, name: str, image: Image, box: Box) -> None:
    """Write a crop as ``<name>.png``; no value is changed."""
    from PIL.Image import fromarray

    fromarray(np.ascontiguousarray(_cut(image, box))).save(folder / f"{name}.png")


def write_outlines(
    folder: Path,
    name: str,
    mask: Image,
    regions: Mapping[str, tuple[int, ...]],
    box: Box,
    *,
    pale: bool = False,
) -> None:
    """Write the outlines of the regions in a crop of a label map as ``<name>.svg``."""
    *_, width, height = box
    labels = _cut(mask, box)
    paths = []
    for region, values in regions.items():
        strong, broad, weak = _LINES.get(region, _OTHER)
        colour, width_of_line = (weak, 1.2) if pale else (strong, broad)
        path = outline(lookup_table(values)[labels])
        if path:
            paths.append(
                f'<path d="{path}" stroke="{colour}" stroke-width="{width_of_line}"/>'
            )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" fill="none" stroke-linecap="square">'
        "<style>path{vector-effect:non-scaling-stroke}</style>"
    )
    text = "\n".join([head, *paths, "</svg>", ""])
    (folder / f"{name}.svg").write_text(text, encoding="utf-8")


def _cut(image: Image, box: Box) -> Image:
    left, top, width, height = box
    return image[top : top + height, left : left + width]
