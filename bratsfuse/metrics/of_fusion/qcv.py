"""Q_CV: what a viewer sees of the differences, where the sources are salient."""

import functools
import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Mask,
    Pair,
    Scene,
    alone,
    once,
)
from bratsfuse.metrics.of_fusion._stretched import ALL, radial_frequency, stretched

BLOCK = 16


def contrast_visibility(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_CV, the visible difference to the sources in salient blocks.

    Chen and Varshney 2007: images stretched to 0..255 and rounded half up; blocks of 16
    x 16 pixels (zeros complete the last ones); a block's saliency is the sum of its
    Sobel magnitudes to the power 5, its distortion the mean squared difference after
    the contrast sensitivity filter of Mannos and Sakrison. With a mask both are taken
    over the pixels of a block that count.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0, in the thousands for poor fusion; less is better. NaN if any image
        is constant or no salient pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return qcv_of(Scene.of(sources, fused, inside))


def qcv_of(scene: Scene) -> float:
    """Return Q_CV of a scene."""
    if any(np.ptp(image.grey) == 0 for image in (*scene.sources, scene.fused)):
        return math.nan
    area = block_areas(scene.fused.shape, scene.inside)
    distortion = salience = 0.0
    for pair in scene.pairs:
        local = block_sums(_saliency(pair.source), scene.inside)
        error = block_sums(_visible_error(pair), scene.inside)
        distortion += float(np.sum(local * error / np.maximum(area, 1)))
        salience += float(np.sum(local))
    return distortion / salience if salience else math.nan


def block_areas(shape: tuple[int, int], inside: Mask | None) -> Float:
    """Return how many pixels of each block count; unmasked all, filling zeros too."""
    height, width = shape
    if inside is None:
        blocks = (math.ceil(height / BLOCK), math.ceil(width / BLOCK))
        return np.full(blocks, float(BLOCK * BLOCK))
    return block_sums(np.ones((height, width)), inside)


def block_sums(values: Float, inside: Mask | None) -> Float:
    """Return the sum over the pixels that count of each block."""
    if inside is not None:
        values = np.where(inside, values, 0.0)
    height, width = values.shape
    if height % BLOCK or width % BLOCK:
        values = np.pad(values, ((0, -height % BLOCK), (0, -width % BLOCK)))
    rows, columns = values.shape[0] // BLOCK, values.shape[1] // BLOCK
    blocks = values.reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(blocks.sum(axis=(1, 3)))


@once
def _saliency(source: Image) -> Float:
    return saliency(stretched(source).pixels)


def saliency(pixels: Float) -> Float:
    """Return the Sobel magnitude, zeros beyond the border, to the power 5."""
    from bratsfuse.metrics.of_fusion._sobel import ZERO, squared_strength

    squared = squared_strength(pixels, ZERO)
    strength = np.sqrt(squared)
    squared *= squared
    squared *= strength
    return squared


@once
def _visible_error(pair: Pair) -> Float:
    from scipy import fft

    difference = stretched(pair.source).pixels - stretched(pair.fused).pixels
    # Real images and a filter of the radius alone: half of the spectrum says it all.
    spectrum = fft.rfft2(difference, overwrite_x=True)
    spectrum *= _half_sensitivity(*pair.source.shape)
    visible = fft.irfft2(spectrum, s=pair.source.shape, overwrite_x=True)
    return np.asarray(visible * visible)


@functools.lru_cache(maxsize=4)
def _half_sensitivity(height: int, width: int) -> Float:
    return np.ascontiguousarray(sensitivity((height, width))[:, : width // 2 + 1])


def sensitivity(shape: tuple[int, ...], rows: slice = ALL) -> Float:
    """Return how well the frequencies of some rows of the spectrum are seen."""
    radius = radial_frequency(shape, 8, rows)
    return np.asarray(
        2.6 * (0.0192 + 0.144 * radius) * np.exp(-((0.144 * radius) ** 1.1))
    )


METRIC = Metric(
    key="qcv",
    title="Q_CV",
    function=contrast_visibility,
    family="fusion",
    shared="scene",
    formula=qcv_of,
    per_source=alone(qcv_of),
    pooling="slice mean",
    higher_is_better=False,
    low=0,
    high=math.inf,
    unit="",
    undefined_when="any image is constant, or no salient pixel counts",
    worst=math.inf,
    order=200,
    source="Chen and Varshney 2007",
)
