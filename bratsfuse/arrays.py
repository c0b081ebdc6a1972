"""The arrays that every part of the package hands to the next, by name."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""One 8-bit image: a modality, a fused image or a mask of labels, shape (H, W)."""
