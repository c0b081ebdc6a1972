"""Some rows of one split of a release, or of all its splits, one after the other."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile


class ChosenRows:
    """The rows that a dataset serves, numbered from 0, whichever file has them.

    Parameters
    ----------
    release, manifest
        The release.
    splits
        The splits to read, in this order.
    patients
        Whose rows; None for everyone's.

    Raises
    ------
    InvalidInputError
        If one of the patients has no row in these splits.
    ReleaseError
        If a file is missing or broken, or a mask that is read is none of the release.
    """

    def __init__(
        self,
        release: Path,
        manifest: Manifest,
        splits: Sequence[str],
        patients: Collection[str] | None,
    ) -> None:
        self.splits = tuple(splits)
        self._files = [SplitFile(release / manifest.splits[s].file) for s in splits]
        self._labels = manifest.source.labels
        owners = [file.texts("patient_id") for file in self._files]
        if patients is not None:
            self._check(set(patients), {one for owner in owners for one in owner})
        self._places = [
            (number, row)
            for number, owner in enumerate(owners)
            for row, patient in enumerate(owner)
            if patients is None or patient in patients
        ]

    def __len__(self) -> int:
        return len(self._places)

    def close(self) -> None:
        """Close the files; the next use opens them again."""
        for file in self._files:
            file.close()

    @property
    def names(self) -> list[str]:
        """Return the columns that every one of the splits stores."""
        shared = set.intersection(*(set(file.names) for file in self._files))
        return sorted(shared)

    def split(self, index: int) -> str:
        """Return the split of a row."""
        return self.splits[self._places[index][0]]

    def is_pixels(self, name: str) -> bool:
        """Return whether a column contains one image per row."""
        return self._files[0].is_pixels(name)

    def is_text(self, name: str) -> bool:
        """Return whether a column contains one text per row."""
        return self._files[0].is_text(name)

    def texts(self, name: str) -> list[str]:
        """Return a text column, one text per row."""
        stored = [file.texts(name) for file in self._files]
        return [stored[number][row] for number, row in self._places]

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers or vectors, one per row."""
        stored = [file.array(name) for file in self._files]
        starts = np.cumsum([0, *map(len, stored)])
        places = [starts[number] + row for number, row in self._places]
        return np.concatenate(stored)[np.array(places, dtype=np.intp)]

    def pixels(self, name: str, index: int) -> npt.NDArray[Any]:
        """Return the image of a row, uint8 (H, W); a mask is checked for its labels."""
        number, row = self._places[index]
        return read_pixels(self._files[number], name, row, self._labels)

    def _check(self, patients: set[str], known: set[str]) -> None:
        unknown = sorted(patients - known)
        if unknown:
            where = " and ".join(self.splits)
            raise InvalidInputError(
                f"no patient {', '.join(map(repr, unknown))} in the {where} "
                f"split; it has {', '.join(sorted(known))}"
            )
