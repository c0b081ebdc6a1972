"""The images of a torch dataset, from memory or from disk."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch

from bratsfuse.release.batch_memory import BatchMemory, Form, Place
from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.release.columns import MASK
from bratsfuse.release.reading_threads import ReadingThreads
from bratsfuse.wording import storage

AUTO_MEMORY_BYTES: Final = 2 * 1024**3
"""``in_memory="auto"`` loads what takes at most this much."""

_WHITE: Final = np.float32(255)

Names = tuple[str, ...]


class Pixels:
    """The images and masks of samples, each made of a group of pixel columns.

    Parameters
    ----------
    rows
        Where they are read.
    sources, fused
        The columns of ``image`` and ``fused``; without any of the latter, there is
        none.
    stored
        Columns that are returned as they are.
    regions
        Which labels each plane of ``regions`` contains, bool (256,) each; without any,
        there is none.
    image_shape
        Of every image, (H, W).
    in_memory
        Whether to decompress everything now; ``"auto"`` if it takes at most
        `AUTO_MEMORY_BYTES`.
    labelled
        Whether there are masks.
    """

    def __init__(
        self,
        rows: ChosenRows,
        sources: Names,
        fused: Names,
        stored: Sequence[str],
        regions: Sequence[npt.NDArray[np.bool_]],
        image_shape: tuple[int, int],
        in_memory: bool | Literal["auto"],
        *,
        labelled: bool,
    ) -> None:
        self._rows = rows
        self._regions = regions
        self._scaled = {"image": sources, **({"fused": fused} if fused else {})}
        self._labelled = labelled
        masks = [(MASK,)] if labelled else []
        separate = [(name,) for name in stored]
        groups = dict.fromkeys((*self._scaled.values(), *masks, *separate))
        self._shape = image_shape
        forms: dict[str, Form] = {
            entry: ((len(names), *image_shape), np.dtype(np.float32))
            for entry, names in self._scaled.items()
        }
        if labelled:
            forms["mask"] = (image_shape, np.dtype(np.int64))
        if regions:
            forms["regions"] = ((len(regions), *image_shape), np.dtype(np.float32))
        forms |= {name: (image_shape, np.dtype(np.uint8)) for name in stored}
        self._stored = stored
        self._samples = BatchMemory(forms)
        self._threads = ReadingThreads()
        self._memory: dict[Names, torch.Tensor] | None = None
        height, width = image_shape
        needed = len(rows) * sum(map(len, groups)) * height * width
        if in_memory is True or (in_memory == "auto" and needed <= AUTO_MEMORY_BYTES):
            self._memory = {names: self._load(names) for names in groups}
            rows.close()

    @property
    def in_memory(self) -> bool:
        """Return whether they are served from memory."""
        return self._memory is not None

    def __str__(self) -> str:
        if self._memory is None:
            return "read from disk"
        size = sum(images.nbytes for images in self._memory.values())
        return f"in memory {storage(size)}"

    def of(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Return all images of some rows; threads read.

        ``image`` and ``fused`` are float32 (columns, H, W) in [0, 1], ``mask`` is int64
        (H, W), ``regions`` float32 (regions, H, W), and a stored column uint8 (H, W).
        Those of all rows are in one piece of memory.
        """
        places = self._samples.places(len(rows))
        if self.in_memory:  # it takes longer to wake threads
            for row, place in zip(rows, places, strict=True):
                self._fill(row, place)
        else:
            self._threads.run(self._fill, rows, places)
        return [
            {entry: torch.from_numpy(array) for entry, array in place.items()}
            for place in places
        ]

    def _fill(self, row: int, place: Place) -> None:
        for entry, names in self._scaled.items():
            for plane, image in zip(
                place[entry], self._images(names, row), strict=True
            ):
                # In one pass; torch would convert into a second array first.
                np.divide(image, _WHITE, plane, dtype=np.float32)
        if self._labelled:
            (mask,) = self._images((MASK,), row)
            place["mask"][...] = mask
            for number, inside in enumerate(self._regions):
                place["regions"][number] = inside[mask]
        for name in self._stored:
            (place[name][...],) = self._images((name,), row)

    def _images(self, names: Names, row: int) -> Iterable[npt.NDArray[np.uint8]]:
        """Return the images of a row, one per column."""
        if self._memory is not None:
            return self._memory[names][row].numpy()
        return (self._rows.pixels(name, row) for name in names)

    def _load(self, names: Names) -> torch.Tensor:
        """Return uint8 (rows, columns, H, W), filled row by row."""
        loaded = np.empty((len(self._rows), len(names), *self._shape), np.uint8)
        for place, name in enumerate(names):
            for row in range(len(self._rows)):
                loaded[row, place] = self._rows.pixels(name, row)
        return torch.from_numpy(loaded)


def small_column(rows: ChosenRows, name: str) -> list[Any] | None:
    """Return a column, one value or tensor per row; None if it contains images."""
    if rows.is_pixels(name):
        return None
    if rows.is_text(name):
        return rows.texts(name)
    values = rows.array(name)
    if values.ndim == 1:
        return list(values.tolist())
    return list(torch.from_numpy(np.asarray(values)))
