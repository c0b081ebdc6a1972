"""Pictures of a training: its learning curve, and how its fused images came about."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import torch

from bratsfuse.place import new_result, own_folder
from bratsfuse.training.log import STEP, TRAIN, VALIDATION, Row
from bratsfuse.training.run import FIGURES_NAME
from bratsfuse.training.slices import Slices
from bratsfuse.training.trainable import Trainable
from bratsfuse.training.validation import DICE, LOSS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN_SLICES: Final = 3
SHOWN_STEPS: Final = 5

_KEPT: Final = "fused"
"""The sub-folder of the images that the panel is made of, one file a validation."""

_COUNT: Final = "slices"
"""What a kept file has beside its pixels: how many images it contains."""

# Told apart by colour-blind readers, too; regions as in a report.
_TRAIN_COLOUR, _VALIDATION_COLOUR = "#999999", "#333333"
_REGION_COLOURS: Final = {"WT": "#0072b2", "TC": "#008f68", "ET": "#c95600"}
_INK: Final = "#333333"
_TITLE: Final = 0.25
"""Inches for the titles of the columns of pictures."""


def keep_fused(run: Path, trainable: Trainable, slices: Slices, step: int) -> None:
    """Keep what is fused of some validation slices at a step, for the panel to come.

    Always the same slices, evenly spread over the split. Nothing is kept of a baseline
    that does not fuse.
    """
    count = min(SHOWN_SLICES, len(slices))
    rows = np.linspace(0, len(slices) - 1, count).round().astype(int).tolist()
    batch = slices.batch(rows)
    with torch.no_grad():
        fused = trainable.predict(batch.images).fused
    if fused is None:
        return
    folder = run / FIGURES_NAME / _KEPT
    for one in (folder.parent, folder):
        own_folder(one, shared=True)
    _write_strip(folder / f"step_{step:06d}.png", fused[:, 0])
    for place in range(batch.images.shape[1]):
        _write_strip(folder / f"source_{place}.png", batch.images[:, place])


def draw_figures(run: Path, rows: Sequence[Row], sources: Sequence[str]) -> None:
    """Draw ``learning_curve.svg`` and, of a baseline that fuses, ``fused.png``.

    Parameters
    ----------
    run
        The folder of the run.
    rows
        The log.
    sources
        What the network is given.
    """
    folder = run / FIGURES_NAME
    own_folder(folder, shared=True)
    _save(_learning_curve(rows), folder / "learning_curve.svg")
    if (folder / _KEPT).is_dir():
        _save(_panel(folder / _KEPT, sources), folder / "fused.png")


def _learning_curve(rows: Sequence[Row]) -> "Figure":
    from matplotlib.figure import Figure

    names = [name for name in _REGION_COLOURS if _column(rows, f"{DICE}_{name}")[0]]
    figure = Figure(figsize=(8.4 if names else 4.2, 3.0))
    losses = _axes(figure, left=0.6)
    _line(losses, *_column(rows, LOSS, TRAIN), _TRAIN_COLOUR, "training")
    _line(losses, *_column(rows, LOSS), _VALIDATION_COLOUR, "validation")
    _dress(losses, "loss")
    losses.legend(frameon=False, fontsize=8)
    if names:
        dice = _axes(figure, left=4.5)
        for name in names:
            steps, values = _column(rows, f"{DICE}_{name}")
            _line(dice, steps, values, _REGION_COLOURS[name], name)
        _dress(dice, "validation Dice")
        dice.set_ylim(0, 1)
        dice.legend(
            frameon=False, fontsize=8, bbox_to_anchor=(1, 0.5), loc="center left"
        )
    return figure


def _axes(figure: "Figure", left: float) -> "Axes":
    """Return axes that begin so many inches from the left, with room for their text."""
    width, height = figure.get_size_inches()
    return figure.add_axes((left / width, 0.5 / height, 3.2 / width, 2.2 / height))


def _column(
    rows: Sequence[Row], name: str, prefix: str = VALIDATION
) -> tuple[list[float], list[float]]:
    """Return the steps at which a number was taken, and the number."""
    taken = [row for row in rows if prefix + name in row]
    return [row[STEP] for row in taken], [row[prefix + name] for row in taken]


def _line(
    axes: "Axes", steps: list[float], values: list[float], colour: str, label: str
) -> None:
    marker = "o" if len(steps) <= 20 else ""
    axes.plot(
        steps, values, color=colour, label=label, marker=marker, ms=3, linewidth=1.4
    )


def _dress(axes: "Axes", title: str) -> None:
    # Without y every text would be measured first, to keep clear of ticks above.
    axes.set_title(title, fontsize=10, loc="left", color=_INK, y=1)
    axes.set_xlabel("step", fontsize=9, color=_INK)
    axes.set_xlim(left=0)
    axes.tick_params(labelsize=8, colors=_INK)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _panel(kept: Path, sources: Sequence[str]) -> "Figure":
    """Return the sources of some slices beside their fused images at some steps."""
    from matplotlib.figure import Figure
    from skimage.util import montage

    steps = sorted(kept.glob("step_*.png"))
    places = np.linspace(0, len(steps) - 1, min(SHOWN_STEPS, len(steps)))
    columns = [
        (name, _read_strip(kept / f"source_{place}.png"))
        for place, name in enumerate(sources)
    ]
    for place in places.round().astype(int):
        number = int(steps[place].stem.removeprefix("step_"))
        columns.append((f"step {number}", _read_strip(steps[place])))
    box = _brain_box(np.concatenate([images for _, images in columns]))
    by_row = zip(*(images for _, images in columns), strict=True)
    pictures = [image[box] for row in by_row for image in row]
    mosaic = montage(
        np.stack(pictures),
        fill=255,
        padding_width=max(1, pictures[0].shape[1] // 20),
        grid_shape=(len(pictures) // len(columns), len(columns)),
    )
    wide = 1.5 * len(columns)
    tall = wide * mosaic.shape[0] / mosaic.shape[1]
    figure = Figure(figsize=(wide, tall + _TITLE), facecolor="white")
    axes = figure.add_axes((0, 0, 1, tall / (tall + _TITLE)))
    axes.imshow(mosaic, cmap="gray", vmin=0, vmax=255, aspect="auto")
    axes.axis("off")
    for place, (title, _) in enumerate(columns):
        middle, top = (place + 0.5) / len(columns), 1 - _TITLE / 2 / (tall + _TITLE)
        figure.text(middle, top, title, size=9, color=_INK, ha="center", va="center")
    return figure


def _brain_box(images: npt.NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return the rows and columns that any of the images, (N, H, W), shows."""
    shown = np.any(images, axis=0)
    if not shown.any():
        return slice(None), slice(None)
    rows, columns = (np.flatnonzero(np.any(shown, axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _save(figure: "Figure", path: Path) -> None:
    """Write a figure; the same figure gives the same bytes."""
    import matplotlib

    hashed = matplotlib.rc_context({"svg.hashsalt": "bratsfuse"})
    with new_result(path, overwrite=True) as new, hashed:
        metadata: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(new, dpi=160, metadata=metadata)


def _write_strip(path: Path, images: torch.Tensor) -> None:
    """Write images in [0, 1], shape (B, H, W), one below the other."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    grey = (images.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
    facts = PngInfo()
    facts.add_text(_COUNT, str(len(grey)))
    with new_result(path, overwrite=True) as new:
        Image.fromarray(grey.reshape(-1, grey.shape[-1])).save(new, pnginfo=facts)


def _read_strip(path: Path) -> npt.NDArray[np.uint8]:
    """Return images of `_write_strip`, shape (B, H, W)."""
    from PIL import Image

    with Image.open(path) as picture:
        count = int(picture.info[_COUNT])
        strip = np.asarray(picture, dtype=np.uint8)
    return strip.reshape(count, -1, strip.shape[-1])
