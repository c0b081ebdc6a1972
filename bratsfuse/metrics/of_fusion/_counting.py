"""The joint histogram of two images."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._compiled import compiled


@compiled
def count_pairs(
    one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Return how often each pair of grey levels occurs at one pixel.

    Parameters
    ----------
    one, other
        uint8, shape (N,).

    Returns
    -------
    numpy.ndarray
        int64, shape (65536,): level of ``one`` times 256 plus level of ``other``.
    """
    counts = np.zeros(65536, np.int64)
    for k in range(one.size):
        counts[one[k] * 256 + other[k]] += 1
    return counts
