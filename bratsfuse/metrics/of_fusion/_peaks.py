"""The pixels that GNU Octave's Sobel ``edge`` marks."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.of_fusion._sobel import ZERO, framed

Float = npt.NDArray[np.float64]


@compiled
def peaks(squared: Float, faint: float) -> Float:
    """Return 1 where a strength exceeds what is faint and both its neighbours, else 0.

    Those along rows or those along columns; there is nothing beyond the border.
    """
    height, width = squared.shape
    wide = framed(squared, ZERO)
    marked = np.zeros((height, width))
    for i in range(height):
        up, middle, low = wide[i], wide[i + 1], wide[i + 2]
        for j in range(width):
            own = middle[j + 1]
            along_row = own > middle[j] and own > middle[j + 2]
            if own > faint and (along_row or (own > up[j + 1] and own > low[j + 1])):
                marked[i, j] = 1.0
    return marked
