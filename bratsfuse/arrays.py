"""The arrays that every part of the package hands to the next, by name."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""One 8-bit image: a modality, a fused image or a mask of labels, shape (H, W)."""

Images: TypeAlias = npt.NDArray[np.uint8]
"""Aligned 8-bit images, shape (N, H, W)."""

Selection: TypeAlias = npt.NDArray[np.bool_]
"""What is chosen, such as the pixels of a region or the rows with a prediction."""

Floats: TypeAlias = npt.NDArray[np.float64]
"""Numbers that are computed with, of any shape: pixels, scores or differences."""
