"""The volume of a mask."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from bratsfuse.metrics.of_segmentation._masks import Mask, check_spacing

_MM3_PER_ML: Final = 1000


def volume_ml(mask: Mask, spacing_mm: Sequence[float] | None) -> float:
    """Return the volume of a mask in millilitres; NaN for a slice, which has none.

    Parameters
    ----------
    mask
        Boolean, (D, H, W), or (H, W) for a slice.
    spacing_mm
        Voxel size along each axis in millimetres; None is 1 mm.

    Raises
    ------
    InvalidInputError
        If the spacing is not one positive number per axis.
    """
    spacing = check_spacing(spacing_mm, mask.ndim)
    if mask.ndim == 2:
        return math.nan
    return np.count_nonzero(mask) * math.prod(spacing) / _MM3_PER_ML
