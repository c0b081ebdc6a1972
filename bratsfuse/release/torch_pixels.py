"""The images of a torch dataset, from memory or from disk."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch

from bratsfuse.release.batch_memory import Form, Place, batch_memory
from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.release.columns import MASK
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
        image_shape: tuple[int, int],
        in_memory: bool | Literal["auto"],
        *,
        labelled: bool,
    ) -> None:
        self._rows = rows
        self._shape = image_shape
        self._scaled = {"image": sources, **({"fused": fused} if fused else {})}
        self._labelled = labelled
        masks = [(MASK,)] if labelled else []
        separate = [(name,) for name in stored]
        groups = dict.fromkeys((*self._scaled.values(), *masks, *separate))
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

    def places(self, count: int) -> list[Place]:
        """Return where the images and masks of so many samples may be put."""
        forms: dict[str, Form] = {
            entry: ((len(names), *self._shape), np.dtype(np.float32))
            for entry, names in self._scaled.items()
        }
        if self._labelled:
            forms["mask"] = (self._shape, np.dtype(np.int64))
        return batch_memory(forms, count)

    def of(self, row: int, place: Place) -> dict[str, Any]:
        """Return ``image``, ``fused`` and ``mask`` of a row, which are in a place then.

        Images are float32 (columns, H, W) in [0, 1], masks int64 (H, W).
        """
        for entry, names in self._scaled.items():
            for plane, image in zip(
                place[entry], self._images(names, row), strict=True
            ):
                # In one pass; torch would convert into a second array first.
                np.divide(image, _WHITE, plane, dtype=np.float32)
        if self._labelled:
            (place["mask"][...],) = self._images((MASK,), row)
        return {entry: torch.from_numpy(array) for entry, array in place.items()}

    def stored(self, name: str, row: int) -> torch.Tensor:
        """Return uint8 (H, W); from memory a view, so never to be written to."""
        if self._memory is not None:
            return self._memory[(name,)][row][0]
        return torch.from_numpy(np.array(self._rows.pixels(name, row)))

    def _images(self, names: Names, row: int) -> Iterable[npt.NDArray[np.uint8]]:
        """Return the images of a row, one per column."""
        if self._memory is not None:
            return self._memory[names][row].numpy()
        return (self._rows.pixels(name, row) for name in names)

    def _load(self, names: Names) -> torch.Tensor:
        """Return uint8 (rows, columns, H, W), filled row by row."""
        loaded = np.empty((len(self._rows), len(names), *self._shape), dtype=np.uint8)
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
