"""A weighted mean in integers, so that every machine gives the same bits."""

from collections.abc import Sequence

import numpy as np

from bratsfuse.arrays import Image, Images


def weighted_mean(images: Images, weights: Sequence[int]) -> Image:
    """Return the mean of the images under integer weights, rounded half up.

    Parameters
    ----------
    images
        uint8, shape (N, H, W).
    weights
        N integers of at least 0, one of them above; below 2**40.
    """
    whole = sum(weights)
    total = np.tensordot(np.array(weights, dtype=np.int64), images.astype(np.int64), 1)
    mean: Image = ((2 * total + whole) // (2 * whole)).astype(np.uint8)
    return mean
