"""SSIM: whether the structure of the fused image is that of its sources."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._box import Box, around, halved_box, windows_at
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth, smooth_product
from bratsfuse.metrics.of_fusion._halving import halved
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Pair,
    Scene,
    alone,
    cropped,
    mean,
    once,
)

WINDOW, SIGMA = 11, 1.5
BORDER = WINDOW // 2


def structural_similarity(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return SSIM of the fused image with each source, summed over the sources.

    Wang et al. 2004, eq. 13, with their constants: Gaussian window of 11 x 11 pixels
    and standard deviation 1.5, population variances, K = (0.01, 0.03), L = 255, mean
    over the area where the window fits. Half of it is the mean of two sources. With a
    mask a window counts if its centre does.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 11.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [-S, S]; S where all images are equal. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return ssim_of(Scene.of(sources, fused, inside))


def ssim_of(scene: Scene) -> float:
    """Return SSIM of a scene."""
    scene.require_side(WINDOW, "ssim")
    windows = cropped(scene.inside, BORDER)
    return sum(mean(compare(pair, 0)[1], windows) for pair in scene.pairs)


@once
def compare(pair: Pair, level: int) -> tuple[Float, Float]:
    """Return the contrast-structure term of SSIM, and SSIM, at each window."""
    source, fused = pair.source, pair.fused
    own, other = halved(source, level), halved(fused, level)
    return _compared(
        local_mean(source, level),
        local_square(source, level),
        local_mean(fused, level),
        local_square(fused, level),
        smooth_product(own, other, _taps(), box=_box(source, level)),
        windows_at(around(_box(source, level), _box(fused, level)), WINDOW, own.shape),
    )


@CompiledLoop
def _compared(
    one: Float,
    one_square: Float,
    other: Float,
    other_square: Float,
    product: Float,
    box: Box,
) -> tuple[Float, Float]:
    """Return contrast-structure term and whole SSIM of every window.

    Parameters
    ----------
    one, other
        Local means of the two images, shape (H, W).
    one_square, other_square, product
        Local means of their squares and of their product.
    box
        Outside it all of them are 0, and both terms are 1.
    """
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    contrast, similarity = np.empty(one.shape), np.empty(one.shape)
    top, bottom, left, right = box
    for terms in (contrast, similarity):
        terms[:top] = 1.0
        terms[bottom:] = 1.0
        terms[top:bottom, :left] = 1.0
        terms[top:bottom, right:] = 1.0
    for i in range(top, bottom):
        a, b = one[i][left:right], other[i][left:right]
        a_square, b_square = one_square[i][left:right], other_square[i][left:right]
        both = product[i][left:right]
        term, whole = contrast[i][left:right], similarity[i][left:right]
        for j in range(a.size):
            spread = (a_square[j] - a[j] * a[j]) + (b_square[j] - b[j] * b[j])
            term[j] = (2 * (both[j] - a[j] * b[j]) + c2) / (spread + c2)
            light = (2 * a[j] * b[j] + c1) / (a[j] * a[j] + b[j] * b[j] + c1)
            whole[j] = term[j] * light
    return contrast, similarity


@once
def local_mean(image: Image, level: int) -> Float:
    """Return the windowed means of the image halved ``level`` times."""
    return smooth(halved(image, level), _taps(), box=_box(image, level))


@once
def local_square(image: Image, level: int) -> Float:
    """Return the windowed means of the squares."""
    pixels = halved(image, level)
    return smooth_product(pixels, pixels, _taps(), box=_box(image, level))


def _box(image: Image, level: int) -> Box:
    """Return the box of the image halved ``level`` times."""
    box = image.box
    for _ in range(level):
        box = halved_box(box)
    return box


def _taps() -> Float:
    return gaussian_taps(WINDOW, SIGMA)


METRIC = Metric(
    key="ssim",
    title="SSIM",
    function=structural_similarity,
    family="fusion",
    shared="scene",
    formula=ssim_of,
    per_source=alone(ssim_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-2,
    high=2,
    unit="",
    undefined_when="a side is shorter than 11 pixels, or no pixel counts",
    worst=-2,
    headline=True,
    order=120,
    source="Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13",
)
