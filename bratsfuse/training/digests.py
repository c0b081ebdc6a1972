"""A slice by its pixels, whatever its case is called."""

import hashlib
from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.release.split_file import SplitFile

_DIGITS: Final = 16
"""Of a digest in hexadecimal: enough for a million slices."""


def pixel_digests(file: SplitFile) -> list[str]:
    """Return a digest of the T1ce image of every row of a split."""
    return [
        hashlib.sha256(file.pixels(Modality.T1CE, row).tobytes()).hexdigest()[:_DIGITS]
        for row in range(len(file))
    ]
