"""Sobel gradients as strength and direction, in one pass over the image."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._compiled import compiled

Float = npt.NDArray[np.float64]

ZERO, REPEAT, REFLECT = 0, 1, 2
"""Beyond the image: zeros, the rim once more, or its mirror image without the rim."""


@compiled
def framed(pixels: Float, border: int) -> Float:
    """Return the image with one pixel more on every side.

    Parameters
    ----------
    pixels
        Shape (H, W), sides at least 2 to be reflected.
    border
        `ZERO`, `REPEAT` or `REFLECT`.

    Returns
    -------
    numpy.ndarray
        Shape (H + 2, W + 2).
    """
    height, width = pixels.shape
    wide = np.zeros((height + 2, width + 2))
    for i in range(height):
        wide[i + 1, 1 : width + 1] = pixels[i]
    if border != ZERO:
        near = 1 if border == REPEAT else 2
        wide[0] = wide[near]
        wide[height + 1] = wide[height + 1 - near]
        wide[:, 0] = wide[:, near]
        wide[:, width + 1] = wide[:, width + 1 - near]
    return wide


@compiled
def sobel(pixels: Float, border: int, turned: bool) -> tuple[Float, Float]:
    """Return strength and tangent of the gradient at every pixel.

    With gx the correlation with [-1 0 1; -2 0 2; -1 0 1] and gy with its transpose.

    Parameters
    ----------
    pixels
        Shape (H, W).
    border
        What lies beyond the image.
    turned
        Which tangent: False is ``-gy / gx``, infinite where gx = 0; True is
        ``gx / gy``, 0 where both are 0.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (H, W) each.
    """
    height, width = pixels.shape
    wide = framed(pixels, border)
    strength, tangent = np.empty((height, width)), np.empty((height, width))
    for i in range(height):
        up, middle, low = wide[i], wide[i + 1], wide[i + 2]
        for j in range(width):
            right = up[j + 2] + 2 * middle[j + 2] + low[j + 2]
            left = up[j] + 2 * middle[j] + low[j]
            under = low[j] + 2 * low[j + 1] + low[j + 2]
            over = up[j] + 2 * up[j + 1] + up[j + 2]
            across, down = right - left, under - over
            strength[i, j] = math.sqrt(across * across + down * down)
            if not turned:
                tangent[i, j] = math.inf if across == 0 else -down / across
            elif down == 0:
                tangent[i, j] = across * math.inf if across != 0 else 0.0
            else:
                tangent[i, j] = across / down
    return strength, tangent


@compiled
def central_strength(pixels: Float) -> Float:
    """Return sqrt((gx^2 + gy^2) / 2) of central differences, one-sided at the border.

    Parameters
    ----------
    pixels
        Shape (H, W), both sides at least 2.
    """
    height, width = pixels.shape
    out = np.empty((height, width))
    for i in range(height):
        above, here, below = (
            pixels[max(i - 1, 0)],
            pixels[i],
            pixels[min(i + 1, height - 1)],
        )
        reach = 0.5 if 0 < i < height - 1 else 1.0
        for j in range(1, width - 1):
            down = (below[j] - above[j]) * reach
            across = (here[j + 1] - here[j - 1]) * 0.5
            out[i, j] = math.sqrt((across * across + down * down) / 2)
        for j, across in ((0, here[1] - here[0]), (width - 1, here[-1] - here[-2])):
            down = (below[j] - above[j]) * reach
            out[i, j] = math.sqrt((across * across + down * down) / 2)
    return out


@compiled
def transfer_exponents(
    strength: Float, angle: Float, fused_strength: Float, fused_angle: Float
) -> Float:
    """Return the arguments of Qabf's two exponentials, shape (2, H, W)."""
    height, width = strength.shape
    out = np.empty((2, height, width))
    for i in range(height):
        for j in range(width):
            g, f = strength[i, j], fused_strength[i, j]
            # Equal strengths agree by their own value: see fusion.edge_transfer.
            agreement = f if g == f else min(g, f) / max(g, f)
            turn = abs(angle[i, j] - fused_angle[i, j])
            out[0, i, j] = -15 * (agreement - 0.5)
            out[1, i, j] = -22 * (1 - turn / (math.pi / 2) - 0.8)
    return out


@compiled
def transfer(strength: Float, exponentials: Float) -> Float:
    """Return each pixel's edge strength times the share of it that was kept."""
    out = np.empty_like(strength)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            kept = 0.9994 / (1 + exponentials[0, i, j])
            kept *= 0.9879 / (1 + exponentials[1, i, j])
            out[i, j] = kept * strength[i, j]
    return out


@compiled
def loss_exponents(
    strength: Float, angle: Float, fused_strength: Float, fused_angle: Float
) -> Float:
    """Return the arguments of Petrovic's two exponentials, shape (2, H, W)."""
    height, width = strength.shape
    out = np.empty((2, height, width))
    for i in range(height):
        for j in range(width):
            g, f = strength[i, j], fused_strength[i, j]
            larger = max(g, f)
            agreement = min(g, f) / larger if larger > 0 else 0.0
            turn = abs(angle[i, j] - fused_angle[i, j])
            alignment = abs(turn - math.pi / 2) * (2 / math.pi)
            out[0, i, j] = -19 * (agreement - 0.5)
            out[1, i, j] = -22 * (alignment - 0.5)
    return out


@compiled
def loss(weight: Float, exponentials: Float) -> Float:
    """Return each pixel's weight times the share of its edge that was lost."""
    out = np.empty_like(weight)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            kept = 0.9999 / (1 + exponentials[0, i, j])
            kept *= 0.9995 / (1 + exponentials[1, i, j])
            out[i, j] = (1 - math.sqrt(kept)) * weight[i, j]
    return out


@compiled
def edge_weight(strength: Float, threshold: float, faint: float) -> Float:
    """Return strength^1.5 of edges from a threshold on, a faint weight elsewhere."""
    out = np.empty_like(strength)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            g = strength[i, j]
            out[i, j] = g * math.sqrt(g) if g >= threshold else faint
    return out
