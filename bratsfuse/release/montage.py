"""Pictures side by side, with words around them: how a montage is drawn."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label, Modality

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Resampling

_MARGIN_PIXELS: Final = 6
CELL_PIXELS: Final = 232
GAP_PIXELS: Final = 6
_HEAD_PIXELS: Final = 64
_FOOT_PIXELS: Final = 58
SIDE_PIXELS: Final = 38
_DPI: Final = 160
_TINT: Final = 0.55
_BACKDROP: Final = "#0b0d10"
_INK: Final = "#e8eaed"
_FAINT: Final = "#9aa0a6"

# Okabe and Ito's palette: told apart by colour-blind readers, too.
LABEL_COLOURS: Final = {
    Label.NCR: "#0072b2",
    Label.ED: "#f0e442",
    Label.ET: "#d55e00",
    Label.RC: "#56b4e9",
    Label.CC: "#cc79a7",
}


def draw(
    images: Sequence[dict[str, npt.NDArray[Any]]],
    ids: Sequence[str],
    titles: Mapping[str, str],
    masks: Collection[str],
) -> npt.NDArray[np.uint8]:
    """Return one mosaic of pixels with words around it, RGB (height, width, 3).

    Parameters
    ----------
    images
        One mapping per row of the picture: column -> uint8 (H, W). All modalities are
        among them.
    ids
        What stands beside each row.
    titles
        The columns to show, in order -> what stands above each.
    masks
        Which of them are painted in colours on FLAIR.
    """
    box = _brain_box(images)
    rows = [
        [
            _overlay(image, name, box) if name in masks else _grey(image, name, box)
            for name in titles
        ]
        for image in images
    ]
    mosaic = _mosaic(rows)
    shown = (image[name] for image in images for name in masks)
    labels = {int(value) for mask in shown for value in np.unique(mask)}
    cells = (len(rows), len(titles), *rows[0][0].shape[:2])
    legend = tuple(sorted(labels)) if masks else None
    picture = words(cells, tuple(ids), tuple(titles.values()), legend)
    # Pasted, not drawn: Matplotlib would resample the mosaic in four floats a pixel.
    rows_high, columns_wide = mosaic.shape[:2]
    picture[
        _HEAD_PIXELS : _HEAD_PIXELS + rows_high,
        SIDE_PIXELS : SIDE_PIXELS + columns_wide,
    ] = mosaic
    return picture


def words(
    cells: tuple[int, int, int, int],
    ids: tuple[str, ...],
    titles: tuple[str, ...],
    labels: tuple[int, ...] | None,
) -> npt.NDArray[np.uint8]:
    """Return a montage without pictures, RGB (height, width, 3).

    Parameters
    ----------
    cells
        Rows and columns of pictures; height and width of one, in pixels.
    ids, titles
        What stands beside the rows, and above the columns.
    labels
        Those that the legend explains; None for no legend.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, columns, tall, wide = cells
    height = _HEAD_PIXELS + rows * (tall + GAP_PIXELS) + _FOOT_PIXELS
    width = SIDE_PIXELS + columns * (wide + GAP_PIXELS)
    figure = Figure(
        figsize=(width / _DPI, height / _DPI), facecolor=_BACKDROP, dpi=_DPI
    )
    canvas = FigureCanvasAgg(figure)
    for row, identifier in enumerate(ids):
        middle = height - _HEAD_PIXELS - row * (tall + GAP_PIXELS) - tall / 2
        figure.text(
            SIDE_PIXELS / 2 / width,
            middle / height,
            identifier,
            rotation=90,
            ha="center",
            va="center",
            color=_FAINT,
            # A long id must not run into its neighbours.
            fontsize=min(6.0, 1.5 * tall / len(identifier) * 72 / _DPI),
        )
    for column, title in enumerate(titles):
        middle = SIDE_PIXELS + column * (wide + GAP_PIXELS) + wide / 2
        figure.text(
            middle / width,
            1 - (_HEAD_PIXELS - 8) / height,
            title,
            ha="center",
            va="bottom",
            color=_INK,
            fontsize=8,
        )
    if labels is not None:
        _legend(figure, labels)
    canvas.draw()  # type: ignore[no-untyped-call]
    picture = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return np.array(picture)[..., :3]


def _grey(
    image: dict[str, npt.NDArray[Any]], name: str, box: tuple[slice, slice]
) -> npt.NDArray[np.uint8]:
    """Return one picture of the montage as RGB, all of one size."""
    from PIL import Image

    smooth = _resized(image[name][box], Image.Resampling.LANCZOS)
    return np.repeat(smooth[..., np.newaxis], 3, axis=2)


def _overlay(
    image: dict[str, npt.NDArray[Any]], name: str, box: tuple[slice, slice]
) -> npt.NDArray[np.uint8]:
    """Return a mask drawn on FLAIR, which shows all of a tumour."""
    from PIL import Image

    mask = _resized(image[name][box], Image.Resampling.NEAREST)
    return _tinted(_grey(image, Modality.FLAIR, box), mask)


def _resized(
    image: npt.NDArray[np.uint8], resampling: "Resampling"
) -> npt.NDArray[np.uint8]:
    from PIL import Image

    height, width = image.shape
    size = (CELL_PIXELS, round(CELL_PIXELS * height / width))
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize(size, resampling))


def _tinted(
    picture: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    from matplotlib.colors import to_rgb

    tinted = picture.astype(np.float64)
    for label, colour in LABEL_COLOURS.items():
        here = mask == label
        paint = 255 * np.array(to_rgb(colour))
        tinted[here] = (1 - _TINT) * tinted[here] + _TINT * paint
    return np.rint(tinted).astype(np.uint8)


def _mosaic(rows: Sequence[Sequence[npt.NDArray[np.uint8]]]) -> npt.NDArray[np.uint8]:
    """Return the pictures side by side and below each other, with gaps."""
    from matplotlib.colors import to_rgb

    tall, wide, _ = rows[0][0].shape
    shape = (
        len(rows) * (tall + GAP_PIXELS),
        len(rows[0]) * (wide + GAP_PIXELS),
        3,
    )
    backdrop = np.rint(255 * np.array(to_rgb(_BACKDROP))).astype(np.uint8)
    mosaic = np.broadcast_to(backdrop, shape).copy()
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            top, left = row * (tall + GAP_PIXELS), column * (wide + GAP_PIXELS)
            mosaic[top : top + tall, left : left + wide] = picture
    return mosaic


def _brain_box(images: Sequence[dict[str, npt.NDArray[Any]]]) -> tuple[slice, slice]:
    """Return the rows and columns that contain every brain, with a margin."""
    shown = np.any([image[str(m)] > 0 for image in images for m in Modality], axis=0)
    spans = []
    for axis, length in ((1, shown.shape[0]), (0, shown.shape[1])):
        filled = np.flatnonzero(shown.any(axis=axis))
        first, last = (filled[0], filled[-1]) if filled.size else (0, length - 1)
        start = max(int(first) - _MARGIN_PIXELS, 0)
        spans.append(slice(start, min(int(last) + 1 + _MARGIN_PIXELS, length)))
    rows, columns = spans
    return rows, columns


def _legend(figure: "Figure", present: Collection[int]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(color=colour, label=f"{label.name}: {label.meaning.split(' (')[0]}")
        for label, colour in LABEL_COLOURS.items()
        if int(label) in present
    ]
    figure.legend(
        handles=patches,
        loc="lower center",
        ncols=max(len(patches), 1),
        frameon=False,
        labelcolor=_INK,
        fontsize=7,
        bbox_to_anchor=(0.5, 0.0),
        handlelength=1.1,
        borderaxespad=0.6,
    )
