"""What the window metrics do at each pixel once the local moments are known."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._compiled import compiled

Float = npt.NDArray[np.float64]

TINY = 1e-10


@compiled
def compare(
    one: Float, one_square: Float, other: Float, other_square: Float, product: Float
) -> tuple[Float, Float]:
    """Return contrast-structure term and whole SSIM of every window.

    Parameters
    ----------
    one, other
        Local means of the two images, shape (H, W).
    one_square, other_square, product
        Local means of their squares and of their product.
    """
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    height, width = one.shape
    contrast, similarity = np.empty((height, width)), np.empty((height, width))
    for i in range(height):
        for j in range(width):
            a, b = one[i, j], other[i, j]
            spread = (one_square[i, j] - a * a) + (other_square[i, j] - b * b)
            covariance = product[i, j] - a * b
            term = (2 * covariance + c2) / (spread + c2)
            contrast[i, j] = term
            similarity[i, j] = term * ((2 * a * b + c1) / (a * a + b * b + c1))
    return contrast, similarity


@compiled
def halve(fine: Float) -> Float:
    """Return the means of blocks of 2 x 2 pixels of an image with even sides."""
    out = np.empty((fine.shape[0] // 2, fine.shape[1] // 2))
    for i in range(out.shape[0]):
        upper, lower = fine[2 * i], fine[2 * i + 1]
        for j in range(out.shape[1]):
            left = upper[2 * j] + lower[2 * j]
            right = upper[2 * j + 1] + lower[2 * j + 1]
            out[i, j] = (left + right) / 4
    return out


@compiled
def see(
    source: Float,
    source_square: Float,
    fused: Float,
    fused_square: Float,
    product: Float,
    noise: float,
) -> tuple[Float, Float]:
    """Return VIF's gain of every window and one plus its signal-to-noise ratio.

    The fused image is a copy of the source with that gain and a residual variance. The
    order of the exceptions is that of the published code and changes the value.

    Parameters
    ----------
    source, fused
        Local means, shape (H, W).
    source_square, fused_square, product
        Local means of squares and product.
    noise
        Variance of the eye's noise.
    """
    height, width = source.shape
    gains, ratios = np.empty((height, width)), np.empty((height, width))
    for i in range(height):
        for j in range(width):
            a, b = source[i, j], fused[i, j]
            spread = max(source_square[i, j] - a * a, 0.0)
            fused_spread = max(fused_square[i, j] - b * b, 0.0)
            covariance = product[i, j] - a * b
            gain = covariance / (spread + TINY)
            residue = fused_spread - gain * covariance
            if spread < TINY:
                gain, residue, spread = 0.0, fused_spread, 0.0
            if fused_spread < TINY:
                gain, residue = 0.0, 0.0
            if gain < 0:
                gain, residue = 0.0, fused_spread
            residue = max(residue, TINY)
            gains[i, j] = gain
            ratios[i, j] = 1 + gain * gain * spread / (residue + noise)
    return gains, ratios
