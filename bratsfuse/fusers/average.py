"""The mean of the images."""

from typing import Final

import numpy as np

from bratsfuse.arrays import Image, Images
from bratsfuse.fusers._fuser import Fuser


def average(images: Images) -> Image:
    """Return the mean of the images, rounded half up."""
    count = len(images)
    total = images.sum(axis=0, dtype=np.int64)
    mean: Image = ((2 * total + count) // (2 * count)).astype(np.uint8)
    return mean


FUSER: Final = Fuser(function=average, summary="mean")
