"""The slices of a split, ready to be put into batches."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import SliceId
from bratsfuse.release.split_file import SplitFile
from bratsfuse.release.torch_dataset import BraTSFuse
from bratsfuse.release.torch_pixels import AUTO_MEMORY_BYTES
from bratsfuse.training.crop import Box, training_box
from bratsfuse.training.digests import pixel_digests
from bratsfuse.training.trainable import Batch


class Slices:
    """The slices of one split of a release, in the columns of a config.

    They are read once and kept on the device as 8-bit images if they take at most
    `bratsfuse.release.torch_pixels.AUTO_MEMORY_BYTES`; otherwise whenever they are
    asked for.

    Attributes
    ----------
    slice_ids, case_ids, patients
        Of every row.
    digests
        Of the T1ce image of every row.
    size
        Height and width of the images of the release, whatever they are cropped to.

    Parameters
    ----------
    release
        The release. Only the file of this split is opened.
    split
        ``train`` or ``validation``.
    columns
        The columns that make up an image, in this order.
    device
        Where batches are needed.

    Raises
    ------
    ReleaseError
        If the folder is no finished release.
    InvalidInputError
        If the release has no such split or column, or the split is empty.
    """

    def __init__(
        self,
        release: Path,
        split: str,
        columns: Sequence[str],
        *,
        device: torch.device | None = None,
    ) -> None:
        self._data = BraTSFuse(
            release,
            split,
            # It asks for one source at least; ours come as they are stored, below.
            sources=[name for name in columns if name in set(Modality)][:1] or ["t1"],
            fusion=None,
            in_memory=False,
            columns=columns,
        )
        if not len(self._data):
            raise InvalidInputError(
                f"{release}: the {split} split is empty; training needs one of at "
                "least one slice set: build the release with another --split"
            )
        self.size = self._data.manifest.image_shape
        self._columns = tuple(columns)
        self._box: Box | None = None
        self._device = device or torch.device("cpu")
        with SplitFile(release / self._data.manifest.splits[split].file) as file:
            self.case_ids = tuple(file.texts("case_id"))
            self.patients = tuple(file.texts("patient_id"))
            self.digests = pixel_digests(file)
            indices = file.array("slice_index").tolist()
        ids = zip(self.case_ids, indices, strict=True)
        self.slice_ids = tuple(str(SliceId(case, z)) for case, z in ids)
        self._kept: tuple[Tensor, Tensor] | None = None
        if self._bytes() <= AUTO_MEMORY_BYTES:
            pairs = [self._read(row) for row in range(len(self))]
            self._kept = (
                torch.stack([image for image, _ in pairs]).to(self._device),
                torch.stack([mask for _, mask in pairs]).to(self._device),
            )

    def __len__(self) -> int:
        return len(self._data)

    def brain_box(self) -> Box:
        """Return the box of `training_box` around whatever any image shows."""
        shown = np.zeros(self.size, dtype=np.bool_)
        for row in range(len(self)):
            image = self._read(row)[0] if self._kept is None else self._kept[0][row]
            shown |= (image != 0).any(dim=0).cpu().numpy()
        return training_box(shown)

    def crop(self, box: Box) -> None:
        """Crop all images and masks to a box, once."""
        self._box = box
        if self._kept is not None:
            images, masks = self._kept
            self._kept = (
                images[(..., *box.slices)].contiguous(),
                masks[(..., *box.slices)].contiguous(),
            )

    def batch(self, rows: Sequence[int]) -> Batch:
        """Return some slices as a batch.

        Parameters
        ----------
        rows
            Which; a row may occur twice.
        """
        if self._kept is not None:
            images, masks = (kept[list(rows)] for kept in self._kept)
        else:
            pairs = [self._read(row) for row in rows]
            images = torch.stack([image for image, _ in pairs]).to(self._device)
            masks = torch.stack([mask for _, mask in pairs]).to(self._device)
        ids = tuple(self.slice_ids[row] for row in rows)
        return Batch(images=images / 255, masks=masks, slice_ids=ids)

    def _read(self, row: int) -> tuple[Tensor, Tensor]:
        """Return image, uint8 (N, h, w), and mask, uint8 (h, w), of one row."""
        sample = self._data[row]
        image = torch.stack([sample[name] for name in self._columns])
        mask = sample["mask"].to(torch.uint8)
        if self._box is not None:
            image, mask = image[(..., *self._box.slices)], mask[self._box.slices]
        return image, mask

    def _bytes(self) -> int:
        return len(self) * (len(self._columns) + 1) * math.prod(self.size)
