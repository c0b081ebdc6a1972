"""Which voxels of a volume show the head, also where the background is not 0."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

FULL: Final = 0.7
"""The share of voxels that are not 0 from which the background is not 0 either.

A skull-stripped brain fills a fifth of a BraTS volume, and half of the box around it.
"""

_LOW, _HIGH, _TENTH = 2, 98, 0.1
_PERCENT: Final = 100


def foreground(data: npt.NDArray[Any]) -> tuple[npt.NDArray[np.bool_], bool]:
    """Return the voxels that show the head, and whether the background is 0.

    Parameters
    ----------
    data
        A volume or a stack of slices, of real numbers; no copy is kept.

    Returns
    -------
    numpy.ndarray of bool
        The voxels above 0. Where more than `FULL` of all voxels are, as in images that
        are not skull-stripped, those above a tenth of the way from the 2nd to the 98th
        percentile of the volume instead.
    bool
        Whether it was the voxels above 0.

    References
    ----------
    S. M. Smith, "Fast robust automated brain extraction", Human Brain Mapping 17(3),
    2002: the threshold between head and background.
    """
    positive = data > 0
    if np.count_nonzero(positive) <= FULL * data.size:
        return positive, True
    last = data.size - 1
    ranks = [last * part // _PERCENT for part in (_LOW, _HIGH)]
    ordered = np.partition(data, ranks, axis=None)
    low, high = (float(ordered[rank]) for rank in ranks)
    return data > low + _TENTH * (high - low), False
