"""Where the true masks of a split come from: the release, or an answer key."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.evaluation.slices import Images
from bratsfuse.release.columns import MASK
from bratsfuse.release.label_key import LabelKey, open_key
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile


class ReleaseMasks:
    """The masks of a split of a release, one per row."""

    def __init__(self, split: SplitFile, labels: Collection[int]) -> None:
        self._split = split
        self._labels = labels

    def __getitem__(self, row: int) -> npt.NDArray[np.uint8]:
        return read_pixels(self._split, MASK, row, self._labels)


class KeyMasks:
    """The hidden masks of a split, one per row, from an answer key."""

    def __init__(self, key: LabelKey) -> None:
        self._key = key

    def __getitem__(self, row: int) -> npt.NDArray[np.uint8]:
        return self._key.mask(row)


def references_of(
    release: Path, manifest: Manifest, split: str, key: Path | None
) -> tuple[Images | None, Literal["public", "key", "withheld"]]:
    """Return the true masks of a split, None if they are hidden, and their origin.

    Raises
    ------
    InvalidInputError
        If an answer key is given for a split with public labels, or it is not that of
        this release and split.
    ReleaseError
        If the answer key is broken.
    """
    if manifest.has_labels(split):
        if key is not None:
            raise InvalidInputError(
                f"{key}: the labels of {split} are public in {release}; leave --key out"
            )
        file = SplitFile(release / manifest.splits[split].file)
        return ReleaseMasks(file, manifest.source.labels), "public"
    if key is None:
        return None, "withheld"
    return KeyMasks(open_key(key, release, manifest, split)), "key"
