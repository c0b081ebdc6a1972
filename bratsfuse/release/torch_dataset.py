"""A release as a torch dataset. One of the few modules that import torch."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, SupportsIndex

import torch
from torch.utils.data import Dataset

from bratsfuse.anatomy import REGIONS, lookup_table
from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.dataset_arguments import (
    check_columns,
    check_in_memory,
    integer,
    known_region,
    products_asked,
    refuse_labels,
    refuse_text,
    sources_asked,
    splits_asked,
)
from bratsfuse.release.dataset_facts import (
    balanced_weights,
    facts_of,
    folds_of,
    in_words,
    index_of,
)
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.torch_pixels import Pixels, small_column
from bratsfuse.remote.fetch import here

if TYPE_CHECKING:
    from PIL.Image import Image

Sample = dict[str, Any]
Transform = Callable[[Sample], Sample]

_ENTRIES: Final = ("image", "fused", "mask", "regions", "case_id", "slice_index")
"""What a sample contains by itself; a column of such a name would replace it."""


class BraTSFuse(Dataset[Sample]):
    """The slice sets of a release, or of one split of it, as torch tensors.

    ``dataset[i]`` is a dictionary:

    ========================  ====================================================
    ``image``                 float32 (len(sources), H, W) in [0, 1]
    ``fused``                 float32 (products, H, W) in [0, 1]; absent if `fusion`
                              is None
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
        The folder that ``bratsfuse build`` wrote, or its address: ``s3://...``.
    split
        ``train``, ``validation`` or ``test``; ``all`` for every one, in this order.
        Where the labels of one of them are hidden, ``all`` has no masks.
    sources
        The modalities of ``image``, in this order: any of t1, t1ce, t2, flair.
    fusion
        The fusion product in ``fused``, several of them in this order, or None.
    transform
        Called with every sample; what it returns is the sample. Dictionary transforms
        of MONAI work as they are, with `mask_channels`.
    in_memory
        True decompresses everything once and serves from memory; False reads every
        sample from disk. ``"auto"`` decides by size: 2 GiB.
    regions
        Any of WT, TC, ET, in this order.
    patients
        Only slice sets of these patients; None for all.
    columns
        More columns to return under their own names, for example ``patient_id``;
        none that a sample has anyway.
    mask_channels
        Whether ``mask`` is (1, H, W), as channel-first transforms expect it.

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
    Works with any number of DataLoader workers, forked or spawned. None is fastest for
    light transforms: threads read a batch, and no sample travels between processes.
    """

    def __init__(
        self,
        release: str | os.PathLike[str],
        split: str = "train",
        sources: Sequence[str] = ("t1ce", "flair"),
        fusion: str | Sequence[str] | None = "laplacian",
        transform: Transform | None = None,
        in_memory: bool | Literal["auto"] = "auto",
        *,
        regions: Sequence[str] = (),
        patients: Collection[str] | None = None,
        columns: Sequence[str] = (),
        mask_channels: bool = False,
    ) -> None:
        refuse_text(
            sources=sources, regions=regions, patients=patients, columns=columns
        )
        check_in_memory(in_memory)
        self.root = here(release)
        self.manifest = read_manifest(self.root)
        self.split = split
        self.sources = sources_asked(sources)
        self.fusion = fusion
        self.transform = transform
        self.regions = tuple(known_region(name, self.manifest) for name in regions)
        self.columns = tuple(columns)
        self.mask_channels = mask_channels
        splits = splits_asked(self.manifest, split)
        hidden = [name for name in splits if not self.manifest.has_labels(name)]
        self.labelled = not hidden
        if self.regions and hidden:
            asked = f"regions {', '.join(self.regions)}"
            refuse_labels(asked, hidden[0], "ask for none")
        products = products_asked(self.manifest, fusion)
        self._fused_names = tuple(f"{FUSION_PREFIX}{name}" for name in products)
        self._rows = ChosenRows(self.root, self.manifest, splits, patients)
        check_columns(self.columns, self._rows.names, _ENTRIES)
        self._case_ids = self._rows.texts("case_id")
        self._slice_indices = self._rows.array("slice_index").tolist()
        extra = {name: small_column(self._rows, name) for name in self.columns}
        self._small = {name: one for name, one in extra.items() if one is not None}
        self._pixels = Pixels(
            self._rows,
            tuple(map(str, self.sources)),
            self._fused_names,
            [name for name, one in extra.items() if one is None],
            [lookup_table(REGIONS[region]) for region in self.regions],
            self.manifest.image_shape,
            in_memory,
            labelled=self.labelled,
        )

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: SupportsIndex) -> Sample:
        """Return one sample; negative indices count from the end."""
        (sample,) = self._samples([index])
        return sample

    def __getitems__(self, indices: Sequence[SupportsIndex]) -> list[Sample]:
        """Return several samples, as a DataLoader asks for a batch; threads read.

        Their images and masks are in one piece of memory, which the dataset uses again
        when all of them have been let go.
        """
        if type(self).__getitem__ is not BraTSFuse.__getitem__:
            return [self[index] for index in indices]
        return self._samples(indices)

    def _samples(self, indices: Sequence[SupportsIndex]) -> list[Sample]:
        rows = [range(len(self._rows))[integer(index)] for index in indices]
        samples = list(map(self._complete, rows, self._pixels.of(rows)))
        return [*map(self.transform, samples)] if self.transform else samples

    def _complete(self, row: int, sample: Sample) -> Sample:
        """Return a sample with all that is no image of its own."""
        if self.mask_channels and self.labelled:
            sample["mask"] = sample["mask"][None]
        sample["case_id"] = self._case_ids[row]
        sample["slice_index"] = self._slice_indices[row]
        for name, values in self._small.items():
            value = values[row]
            # What is handed out may be written to, so it is never what we keep.
            sample[name] = value.clone() if isinstance(value, torch.Tensor) else value
        return sample

    def __repr__(self) -> str:
        fused = [name.removeprefix(FUSION_PREFIX) for name in self._fused_names]
        asked = (self.sources, fused, self.labelled, self.regions, self.columns)
        text = in_words(self._rows, *asked)
        return f"{type(self).__name__}({self.split}, {text}, {self._pixels})"

    @property
    def in_memory(self) -> bool:
        """Return whether images are served from memory."""
        return self._pixels.in_memory

    @property
    def patient_ids(self) -> list[str]:
        """Return the patients of the slice sets served, sorted, each once."""
        return sorted(set(self._rows.texts("patient_id")))

    @property
    def index(self) -> dict[str, list[Any]]:
        """Return what every slice set is; ``pandas.DataFrame(data.index)`` is a table.

        Columns ``slice_id split case_id patient_id slice_index grade`` and, in pixels,
        ``area_<label>`` and ``area_brain``; each has one value per slice set, in the
        order in which they are served. Areas of hidden labels are None.
        """
        return index_of(self.root, self._rows)

    @property
    def info(self) -> dict[str, Any]:
        """Return what the release is: title, terms, counts, products, labels, regions.

        ``description``, ``citation``, ``homepage`` and ``license`` have the names and
        values that ``datasets`` has them under.
        """
        return facts_of(self.manifest)

    @property
    def citation(self) -> str:
        """Return the works to cite with the data, one a line."""
        return str(self.info["citation"])

    def class_weights(self) -> torch.Tensor:
        """Return weights for ``CrossEntropyLoss(weight=...)``: rare labels weigh more.

        Returns
        -------
        torch.Tensor
            float32 (highest label of the release + 1,). The weight of a label is the
            number of pixels by its own pixels and the number of labels that occur, so
            that the mean over all pixels is 1; 0 for a label that does not occur.
            Counted are the masks of the slice sets served, each read once.

        Raises
        ------
        InvalidInputError
            If the labels are hidden.
        """
        if not self.labelled:
            refuse_labels("class weights", self.split, "take those of train")
        weights = balanced_weights(self._rows, self.manifest.source.labels)
        return torch.from_numpy(weights).to(torch.float32)

    def patient_folds(
        self, folds: int, *, validation: float = 0.0, seed: int | None = None
    ) -> list[Mapping[str, list[int]]]:
        """Return splits for cross-validation; no patient is in two of one fold.

        Parameters
        ----------
        folds
            How many, at least two.
        validation
            The share of the patients that is validated.
        seed
            Salt of the patients' hashes; None for that of the release.

        Returns
        -------
        list of mappings
            One a fold: ``train``, ``validation`` and ``test`` to indices of this
            dataset, for ``torch.utils.data.Subset``. Every slice set is tested once.
            ``bratsfuse build --folds`` cuts the same patients alike.

        Raises
        ------
        InvalidInputError
            If there are fewer patients than folds, or none is left to learn from.
        """
        chosen = self.manifest.recipe.seed if seed is None else seed
        return folds_of(self._rows, folds, validation, chosen)

    def montage(self, rows: int = 4) -> "Image":
        """Return a picture of slice sets that lie evenly spread, as a Pillow image.

        It shows all four modalities, every fusion product and the masks; a notebook
        shows it by itself, and ``.save("montage.png")`` writes it.
        """
        from bratsfuse.release.preview import montage

        return montage(self._rows, self.manifest, rows, labelled=self.labelled)
