"""Masks of a release as they are read: every value has a meaning, none is background.

Scores and trainings make regions of labels. A value that the release does not have
would lie outside all of them, as background does.
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy.recoding import values_outside
from bratsfuse.errors import ReleaseError
from bratsfuse.release.columns import MASK
from bratsfuse.release.split_file import SplitFile
from bratsfuse.wording import some


def read_pixels(
    file: SplitFile, name: str, row: int, labels: Collection[int]
) -> npt.NDArray[np.uint8]:
    """Return one row of a pixel column, uint8 (H, W); if it is the mask, checked.

    Parameters
    ----------
    file
        A split of a release, or an answer key.
    name, row
        As of `SplitFile.pixels`.
    labels
        The values that the release says its masks contain, see
        `SourceRelease.labels`.

    Raises
    ------
    ReleaseError
        If the mask has another value, or the stored bytes are broken.
    """
    pixels = file.pixels(name, row)
    if name == MASK and (outside := values_outside(pixels, labels)):
        raise ReleaseError(
            f"{file.path}: row {row} of column {name} contains "
            f"{some([*map(str, outside)])}; expected labels of the release, "
            f"{some([str(int(label)) for label in sorted(labels)], 6)}; run bratsfuse "
            "verify, then build or copy the release again"
        )
    return pixels
