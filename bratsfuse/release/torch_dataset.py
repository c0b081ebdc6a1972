"""A release as a torch dataset. One of the few modules that import torch."""

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, SupportsIndex

import numpy as np
import torch
from torch.utils.data import Dataset

from bratsfuse.anatomy import REGIONS, Modality, lookup_table
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.columns import FUSION_PREFIX, MASK
from bratsfuse.release.dataset_arguments import (
    check_in_memory,
    close_name,
    integer,
    known_region,
    known_source,
    refuse_text,
    split_path,
)
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile
from bratsfuse.wording import counted, storage

Sample = dict[str, Any]
Transform = Callable[[Sample], Sample]

_MASK: Final = (MASK,)
_WHITE: Final = np.float32(255)

_ENTRIES: Final = ("image", "fused", "mask", "regions", "case_id", "slice_index")
"""What a sample contains by itself; a column of such a name would replace it."""

AUTO_MEMORY_BYTES: Final = 2 * 1024**3
"""``in_memory="auto"`` loads a split whose chosen images take at most this much."""


class BraTSFuse(Dataset[Sample]):
    """The slice sets of one split of a release, as torch tensors.

    ``dataset[i]`` is a dictionary:

    ========================  ====================================================
    ``image``                 float32 (len(sources), H, W) in [0, 1]
    ``fused``                 float32 (1, H, W) in [0, 1]; absent if `fusion` is None
    ``mask``                  int64 (H, W), canonical labels; absent if hidden
    ``regions``               float32 (len(regions), H, W), 0 or 1; only if asked for
    ``case_id``               str
    ``slice_index``           int, z in the volume
    ========================  ====================================================

    and one entry for each of `columns`, as it is stored: an image or mask as a uint8
    tensor (H, W), a vector as a tensor in its own type, a text as ``str``, a number as
    ``int`` or ``float``. Without a transform the default collation of
    ``torch.utils.data.DataLoader`` makes batches of it.

    Parameters
    ----------
    release
        The folder that ``bratsfuse build`` wrote.
    split
        ``train``, ``validation`` or ``test``.
    sources
        The modalities of ``image``, in this order: any of t1, t1ce, t2, flair.
    fusion
        The fusion product in ``fused``, or None for none.
    transform
        Called with every sample; what it returns is the sample.
    in_memory
        True decompresses everything once and serves from memory; False reads every
        sample from disk. ``"auto"`` decides by size, see `AUTO_MEMORY_BYTES`.
    regions
        Any of WT, TC, ET, in this order.
    patients
        Only slice sets of these patients; None for all.
    columns
        More columns to return under their own names, for example ``patient_id``;
        none that a sample has anyway.

    Raises
    ------
    ReleaseError
        If the folder is no finished release, or a mask that is read is none of it.
    InvalidInputError
        If there is no such split, modality, fusion product, patient or column, or the
        source labels cannot express a region, or the release hides them. If a text
        is given for several names, or another value than these for `in_memory`.

    Notes
    -----
    Works with any number of DataLoader workers, forked or spawned: files are opened
    in the process that reads. In memory, workers are slower than none, because every
    sample would travel between processes.
    """

    def __init__(
        self,
        release: str | os.PathLike[str],
        split: str = "train",
        sources: Sequence[str] = ("t1ce", "flair"),
        fusion: str | None = "laplacian",
        transform: Transform | None = None,
        in_memory: bool | Literal["auto"] = "auto",
        *,
        regions: Sequence[str] = (),
        patients: Collection[str] | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        refuse_text(
            sources=sources, regions=regions, patients=patients, columns=columns
        )
        check_in_memory(in_memory)
        self.root = Path(release)
        self.manifest = read_manifest(self.root)
        self.split = split
        self.sources = tuple(Modality(known_source(name)) for name in sources)
        self.fusion = fusion
        self.transform = transform
        self.regions = tuple(known_region(name, self.manifest) for name in regions)
        self.columns = tuple(columns)
        self._file = SplitFile(self.root / split_path(self.manifest, split))
        self.labelled = self.manifest.has_labels(split)
        if self.regions and not self.labelled:
            raise InvalidInputError(
                f"regions {', '.join(self.regions)}: the release hides the labels "
                f"of the {split} split; ask for none"
            )
        self._image_shape = self.manifest.image_shape
        self._source_names = tuple(str(modality) for modality in self.sources)
        self._fused_names = (f"{FUSION_PREFIX}{fusion}",)
        self._check_columns()
        self._labels = [
            torch.from_numpy(lookup_table(REGIONS[region])) for region in self.regions
        ]
        known = self.manifest.source.labels
        self._pixels = partial(read_pixels, self._file, labels=known)
        self._case_ids = self._file.texts("case_id")
        self._slice_indices = self._file.array("slice_index").tolist()
        self._rows = self._rows_of(patients)
        self._extra = {name: self._small_column(name) for name in self.columns}
        self._memory: dict[tuple[str, ...], torch.Tensor] | None = None
        if in_memory is True or (in_memory == "auto" and self._fits_in_memory()):
            self._memory = {names: self._load(names) for names in self._stacks}
            self._file.close()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: SupportsIndex) -> Sample:
        """Return one sample; negative indices count from the end."""
        row = self._rows[integer(index)]
        sample: Sample = {"image": self._scaled(self._source_names, row)}
        if self.fusion is not None:
            sample["fused"] = self._scaled(self._fused_names, row)
        if self.labelled:
            mask = sample["mask"] = self._mask(row)
            if self.regions:
                planes = [table[mask] for table in self._labels]
                sample["regions"] = torch.stack(planes).to(torch.float32)
        sample["case_id"] = self._case_ids[row]
        sample["slice_index"] = self._slice_indices[row]
        for name, values in self._extra.items():
            value = self._stack((name,), row)[0] if values is None else values[row]
            # What is handed out may be written to, so it is never what we keep.
            sample[name] = value.clone() if isinstance(value, torch.Tensor) else value
        return self.transform(sample) if self.transform else sample

    def __repr__(self) -> str:
        parts = [
            self.split,
            counted(len(self), "slice set"),
            " + ".join(self.sources),
            "nothing fused" if self.fusion is None else f"fused {self.fusion}",
        ]
        if not self.labelled:
            parts.append("labels hidden")
        if self.regions:
            parts.append(f"regions {' + '.join(self.regions)}")
        if self.columns:
            parts.append(f"columns {' + '.join(self.columns)}")
        if self._memory is None:
            parts.append("read from disk")
        else:
            size = sum(images.nbytes for images in self._memory.values())
            parts.append(f"in memory {storage(size)}")
        return f"{type(self).__name__}({', '.join(parts)})"

    @property
    def in_memory(self) -> bool:
        """Return whether images are served from memory."""
        return self._memory is not None

    @property
    def patient_ids(self) -> list[str]:
        """Return the patients of the slice sets served, sorted, each once."""
        of_row = self._file.texts("patient_id")
        return sorted({of_row[row] for row in self._rows})

    @property
    def _stacks(self) -> list[tuple[str, ...]]:
        """Return the groups of pixel columns that samples are made of."""
        groups = [self._source_names]
        if self.labelled:
            groups.append(_MASK)
        if self.fusion is not None:
            groups.append(self._fused_names)
        groups += [(name,) for name, values in self._extra.items() if values is None]
        return list(dict.fromkeys(groups))

    def _scaled(self, names: tuple[str, ...], row: int) -> torch.Tensor:
        """Return float32 (columns, H, W) in [0, 1]."""
        if self._memory is not None:
            return self._memory[names][row] / 255
        scaled = np.empty((len(names), *self._image_shape), dtype=np.float32)
        for plane, name in zip(scaled, names, strict=True):
            np.divide(self._file.pixels(name, row), _WHITE, plane, dtype=np.float32)
        return torch.from_numpy(scaled)

    def _mask(self, row: int) -> torch.Tensor:
        """Return int64 (H, W)."""
        if self._memory is not None:
            return self._memory[_MASK][row][0].to(torch.int64)
        return torch.from_numpy(self._pixels(MASK, row).astype(np.int64))

    def _stack(self, names: tuple[str, ...], row: int) -> torch.Tensor:
        """Return uint8 (columns, H, W); in memory mode a view, so never written to."""
        if self._memory is not None:
            return self._memory[names][row]
        stack = np.empty((len(names), *self.manifest.image_shape), dtype=np.uint8)
        for plane, name in zip(stack, names, strict=True):
            plane[:] = self._pixels(name, row)
        return torch.from_numpy(stack)

    def _load(self, names: tuple[str, ...]) -> torch.Tensor:
        """Return uint8 (rows, columns, H, W), filled row by row."""
        shape = (len(self._file), len(names), *self.manifest.image_shape)
        loaded = np.empty(shape, dtype=np.uint8)
        for place, name in enumerate(names):
            for row in self._rows:  # rows of other patients are never served
                loaded[row, place] = self._pixels(name, row)
        return torch.from_numpy(loaded)

    def _small_column(self, name: str) -> list[Any] | None:
        """Return a complete column, or None if it contains images."""
        if self._file.is_pixels(name):
            return None
        if self._file.is_text(name):
            return list(self._file.texts(name))
        values = self._file.array(name)
        if values.ndim == 1:
            return list(values.tolist())
        return list(torch.from_numpy(np.asarray(values)))

    def _rows_of(self, patients: Collection[str] | None) -> list[int]:
        of_row = self._file.texts("patient_id")
        if patients is None:
            return list(range(len(of_row)))
        unknown = sorted(set(patients) - set(of_row))
        if unknown:
            raise InvalidInputError(
                f"no patient {', '.join(map(repr, unknown))} in the {self.split} "
                f"split; it has {', '.join(sorted(set(of_row)))}"
            )
        wanted = set(patients)
        return [row for row, patient in enumerate(of_row) if patient in wanted]

    def _check_columns(self) -> None:
        if not self.sources:
            raise InvalidInputError("no sources; expected any of t1, t1ce, t2, flair")
        products = self.manifest.products
        if self.fusion is not None and self.fusion not in products:
            hint = close_name(self.fusion.removeprefix(FUSION_PREFIX), products)
            raise InvalidInputError(
                f"no fusion product {self.fusion!r}; {hint}the release has "
                f"{', '.join(products)} (None for none)"
            )
        stored = self._file.names
        for name in self.columns:
            if name in _ENTRIES:
                raise InvalidInputError(
                    f"columns: {name!r} is an entry that a sample has by itself; "
                    "name other columns only"
                )
            if name not in stored:
                raise InvalidInputError(
                    f"no column {name!r}; {close_name(name, stored)}the release "
                    f"has {', '.join(stored)}"
                )

    def _fits_in_memory(self) -> bool:
        height, width = self.manifest.image_shape
        images = sum(len(names) for names in self._stacks)
        needed = len(self._rows) * images * height * width
        return needed <= AUTO_MEMORY_BYTES
