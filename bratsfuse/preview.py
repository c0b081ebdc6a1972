"""Montages: originals, fusion images and mask of some slice sets, as a PNG."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label, Modality
from bratsfuse.columns import FUSION_PREFIX
from bratsfuse.errors import InvalidInputError
from bratsfuse.manifest import Manifest
from bratsfuse.records import SliceId
from bratsfuse.store import SplitFile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PREVIEW_ROWS: Final = 4
_MARGIN_PIXELS: Final = 6
_INCHES_PER_IMAGE: Final = 1.45
_GAP_INCHES: Final = 0.04
_HEAD_INCHES: Final = 0.34
_FOOT_INCHES: Final = 0.36
_SIDE_INCHES: Final = 0.24
_DPI: Final = 160
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

_TITLES: Final = {
    Modality.T1: "T1",
    Modality.T1CE: "T1ce",
    Modality.T2: "T2",
    Modality.FLAIR: "FLAIR",
}


def write_previews(release: Path, manifest: Manifest) -> None:
    """Write ``previews/<split>.png`` for every split of a release."""
    folder = release / "previews"
    folder.mkdir(exist_ok=True)
    for split in manifest.splits:
        write_preview(release, manifest, folder / f"{split}.png", split=split)


def write_preview(
    release: Path,
    manifest: Manifest,
    target: Path,
    *,
    split: str = "train",
    rows: int = PREVIEW_ROWS,
) -> None:
    """Write a montage of slice sets that lie evenly spread over a split.

    Parameters
    ----------
    release, manifest
        The release.
    target
        The PNG file; it appears when it is whole.
    split
        The split to show.
    rows
        How many slice sets; fewer are shown if the split holds fewer.

    Raises
    ------
    InvalidInputError
        If there is no such split.
    """
    if split not in manifest.splits:
        known = ", ".join(manifest.splits)
        raise InvalidInputError(f"no split {split!r}; the release has {known}")
    with SplitFile(release / manifest.splits[split].file) as file:
        count = min(rows, len(file))
        places = np.linspace(0, len(file) - 1, count).round().astype(int).tolist()
        names = [*map(str, Modality)]
        names += [f"{FUSION_PREFIX}{name}" for name in manifest.recipe.fusers]
        images = [
            {name: file.pixels(name, place) for name in (*names, "mask")}
            for place in places
        ]
        cases, indices = file.texts("case_id"), file.array("slice_index")
        ids = [str(SliceId(cases[place], int(indices[place]))) for place in places]
    _draw(target, names, images, ids, "+".join(manifest.recipe.sources))


def _draw(
    target: Path,
    names: Sequence[str],
    images: Sequence[dict[str, npt.NDArray[Any]]],
    ids: Sequence[str],
    sources: str,
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    box = _brain_box(images)
    height, width = (part.stop - part.start for part in box)
    tall = _INCHES_PER_IMAGE * height / width
    across, down = len(names) + 1, len(images)
    size = (
        _SIDE_INCHES + across * (_INCHES_PER_IMAGE + _GAP_INCHES),
        _HEAD_INCHES + down * (tall + _GAP_INCHES) + _FOOT_INCHES,
    )
    figure = Figure(figsize=size, facecolor=_BACKDROP, dpi=_DPI)
    FigureCanvasAgg(figure)
    for row, (image, identifier) in enumerate(zip(images, ids, strict=True)):
        bottom = size[1] - _HEAD_INCHES - (row + 1) * (tall + _GAP_INCHES)
        figure.text(
            0.11 / size[0],
            (bottom + tall / 2) / size[1],
            identifier,
            rotation=90,
            ha="center",
            va="center",
            color=_FAINT,
            fontsize=min(6.0, 100 * tall / len(identifier)),
        )
        for column, name in enumerate((*names, "mask")):
            left = _SIDE_INCHES + column * (_INCHES_PER_IMAGE + _GAP_INCHES)
            axes = figure.add_axes(
                (
                    left / size[0],
                    bottom / size[1],
                    _INCHES_PER_IMAGE / size[0],
                    tall / size[1],
                )
            )
            # FLAIR shows all of a tumour, so the mask is drawn on it.
            shown = image[Modality.FLAIR if name == "mask" else name][box]
            axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="lanczos")
            if name == "mask":
                _overlay(axes, image["mask"][box])
            axes.set_axis_off()
            if row == 0:
                title = _title(name, sources)
                axes.set_title(title, color=_INK, fontsize=8, pad=4)
    _legend(figure, images, size)
    temporary = target.with_name(f".{target.name}.tmp")
    figure.savefig(temporary, format="png", metadata={"Software": None})
    temporary.replace(target)


def _title(name: str, sources: str) -> str:
    if name == "mask":
        return "mask on FLAIR"
    if name.startswith(FUSION_PREFIX):
        return f"{name.removeprefix(FUSION_PREFIX)}\n{sources}"
    return _TITLES[Modality(name)]


def _brain_box(images: Sequence[dict[str, npt.NDArray[Any]]]) -> tuple[slice, slice]:
    """Return the rows and columns that hold every brain, with a margin."""
    shown = np.any([image[str(m)] > 0 for image in images for m in Modality], axis=0)
    spans = []
    for axis in (1, 0):
        filled = np.flatnonzero(shown.any(axis=axis))
        first, last = (filled[0], filled[-1]) if filled.size else (0, 1)
        start = max(int(first) - _MARGIN_PIXELS, 0)
        spans.append(slice(start, int(last) + 1 + _MARGIN_PIXELS))
    rows, columns = spans
    full_rows, full_columns = shown.shape
    return (
        slice(rows.start, min(rows.stop, full_rows)),
        slice(columns.start, min(columns.stop, full_columns)),
    )


def _overlay(axes: "Axes", mask: npt.NDArray[np.uint8]) -> None:
    from matplotlib.colors import to_rgb

    layer = np.zeros((*mask.shape, 4))
    for label, colour in LABEL_COLOURS.items():
        layer[mask == label] = (*to_rgb(colour), 0.55)
    axes.imshow(layer, interpolation="nearest")


def _legend(
    figure: "Figure",
    images: Sequence[dict[str, npt.NDArray[Any]]],
    size: tuple[float, float],
) -> None:
    from matplotlib.patches import Patch

    present = {int(value) for image in images for value in np.unique(image["mask"])}
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
