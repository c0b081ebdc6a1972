"""Piella's local quality in one pass, a few rows at a time.

As maps of the whole image its eight local means and what follows from them would leave
the processor's cache before they are used.
"""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.compiled import compiled
from bratsfuse.metrics.of_fusion._box import Box
from bratsfuse.metrics.of_fusion._smooth import combine
from bratsfuse.metrics.of_fusion._sobel import ZERO, framed

Float = npt.NDArray[np.float64]

ROWS = 32
"""Of windows at a time."""


@compiled
def local_quality(
    images: Float, taps: Float, flat: float, box: Box
) -> tuple[Float, Float]:
    """Return the quality of every window, and the variance of its liveliest source.

    Parameters
    ----------
    images
        Shape (S + 1, H, W): the sources and the fused image; no side shorter than the
        taps.
    taps
        Of the window along one axis, symmetric, odd in number, N of them.
    flat
        The variance up to which there is none. Where no source varies all have 0.5.
    box
        Outside it all images are 0.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (H - N + 1, W - N + 1) each.
    """
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    count, height, width = images.shape
    sources, more = count - 1, taps.size - 1
    quality = np.ones((height - more, width - more))
    weight = np.full_like(quality, 0.5)
    begin, end = max(box[0] - more, 0), min(box[1], height - more)
    left, right = box[2], box[3]
    start, stop = max(left - more, 0), min(right, width - more)
    row, whole = np.zeros(width), np.empty(stop - start)
    mean = np.empty((count, stop - start))
    square, product = np.empty_like(mean), np.empty_like(mean)
    squares = np.empty((count, (ROWS + more) * width))
    products = np.empty_like(squares)
    for top in range(begin, end, ROWS):
        rows = min(ROWS, end - top)
        first, size = top * width, (rows + more) * width
        other = images[sources].ravel()[first : first + size]
        for m in range(count):
            own = images[m].ravel()[first : first + size]
            for k in range(size):
                squares[m, k] = own[k] * own[k]
                products[m, k] = own[k] * other[k]
        for i in range(rows):
            for m in range(count):
                at, inner = i * width + left, row[left:right]
                combine(images[m].ravel(), first + at, width, taps, inner)
                combine(row, start, 1, taps, mean[m])
                combine(squares[m], at, width, taps, inner)
                combine(row, start, 1, taps, square[m])
                if m < sources:
                    combine(products[m], at, width, taps, inner)
                    combine(row, start, 1, taps, product[m])
            b, b_square = mean[sources], square[sources]
            best, score = weight[top + i][start:stop], quality[top + i][start:stop]
            best[:] = 0
            score[:] = 0
            for m in range(sources):
                for j in range(whole.size):
                    variance = square[m, j] - mean[m, j] * mean[m, j]
                    best[j] = max(best[j], variance if variance > flat else 0.0)
            whole[:] = 0
            for m in range(sources):
                for j in range(whole.size):
                    a = mean[m, j]
                    variance = square[m, j] - a * a
                    spread = variance + (b_square[j] - b[j] * b[j])
                    term = (2 * (product[m, j] - a * b[j]) + c2) / (spread + c2)
                    light = (2 * a * b[j] + c1) / (a * a + b[j] * b[j] + c1)
                    share = variance if variance > flat else 0.0
                    share = share if best[j] > 0 else 0.5
                    score[j] += share * (term * light)
                    whole[j] += share
            for j in range(whole.size):
                score[j] /= whole[j]
                best[j] = best[j] if best[j] > 0 else 0.5
    return quality, weight


@compiled
def prewitt_strength(pixels: Float) -> Float:
    """Return the magnitude of the Prewitt gradient, zeros beyond the border."""
    height, width = pixels.shape
    wide = framed(pixels, ZERO)
    strength = np.empty((height, width))
    for i in range(height):
        up, middle, low = wide[i], wide[i + 1], wide[i + 2]
        for j in range(width):
            right = up[j + 2] + middle[j + 2] + low[j + 2]
            left = up[j] + middle[j] + low[j]
            under = low[j] + low[j + 1] + low[j + 2]
            over = up[j] + up[j + 1] + up[j + 2]
            across, down = right - left, under - over
            strength[i, j] = np.sqrt(across * across + down * down)
    return strength
