"""Structural similarity of the fused image to each source, at one scale and at five."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    Mask,
    Pair,
    Scene,
    SourcesLike,
    cropped,
    mean,
    once,
)

WINDOW, SIGMA = 11, 1.5
BORDER = WINDOW // 2
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MINIMUM_SIDE = {"ssim": WINDOW, "ms_ssim": WINDOW * 2 ** (len(SCALE_WEIGHTS) - 1)}


def structural_similarity(
    sources: SourcesLike,
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
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["ssim"], "ssim")
    windows = cropped(scene.inside, BORDER)
    return sum(mean(compare(pair, 0)[1], windows) for pair in scene.pairs)


def multiscale_structural_similarity(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return MS-SSIM of the fused image with each source, summed over the sources.

    Wang, Simoncelli and Bovik 2003: five scales with their weights as exponents; the
    mean of the contrast-structure term at scales 1 to 4, of the whole SSIM at scale 5,
    negative means taken as 0; between scales the mean of 2 x 2 pixels, the last row or
    column of an odd side repeated. What several toolkits call MS_SSIM is MEF-SSIM of Ma
    et al. 2015, another metric. With a mask a coarse pixel counts if at least two of
    its four pixels do.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 176: at scale 5 the
        window of 11 pixels must still fit.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, S]; S where all images are equal. NaN if at some scale no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["ms_ssim"], "ms_ssim")
    last = len(SCALE_WEIGHTS) - 1
    score = 0.0
    for pair in scene.pairs:
        product = 1.0
        for level, weight in enumerate(SCALE_WEIGHTS):
            contrast, similarity = compare(pair, level)
            values = similarity if level == last else contrast
            average = mean(values, cropped(_mask(scene, level), BORDER))
            # Not max(0, average), which would turn NaN into 0.
            product *= (0.0 if average < 0 else average) ** weight
        score += product
    return score


@once
def local_mean(image: Image, level: int) -> Float:
    """Return the windowed means of the image halved ``level`` times."""
    return smooth(_halved(image, level), gaussian_taps(WINDOW, SIGMA))


@once
def local_square(image: Image, level: int) -> Float:
    """Return the windowed means of the squares."""
    pixels = _halved(image, level)
    return smooth(pixels * pixels, gaussian_taps(WINDOW, SIGMA))


@once
def compare(pair: Pair, level: int) -> tuple[Float, Float]:
    """Return the contrast-structure term of SSIM, and SSIM, at each window."""
    from bratsfuse.metrics.of_fusion import _window_loops

    source, fused = pair.source, pair.fused
    product = _halved(source, level) * _halved(fused, level)
    return _window_loops.compare(
        local_mean(source, level),
        local_square(source, level),
        local_mean(fused, level),
        local_square(fused, level),
        smooth(product, gaussian_taps(WINDOW, SIGMA)),
    )


@once
def _halved(image: Image, level: int) -> Float:
    """Return the pixels, averaged over blocks of 2 x 2 ``level`` times."""
    if level == 0:
        return image.pixels
    from bratsfuse.metrics.of_fusion._window_loops import halve

    return halve(_even(_halved(image, level - 1)))


@once
def _mask(scene: Scene, level: int) -> Mask | None:
    """Return which pixels of a level count."""
    inside = scene.inside
    for _ in range(level if inside is not None else 0):
        fine = _even(np.asarray(inside, dtype=np.float64))
        rows = fine[::2] + fine[1::2]
        inside = rows[:, ::2] + rows[:, 1::2] >= 2
    return inside


def _even(pixels: Float) -> Float:
    """Return the image with an odd side made even by repeating its last line."""
    height, width = pixels.shape
    if height % 2 == 0 and width % 2 == 0:
        return pixels
    return np.pad(pixels, ((0, height % 2), (0, width % 2)), mode="edge")


METRICS = (
    Metric(
        key="ssim",
        title="SSIM",
        function=structural_similarity,
        kind="fusion",
        higher_is_better=True,
        low=-2,
        high=2,
        unit="",
        undefined_when="a side is shorter than 11 pixels, or no pixel counts",
        source="Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13",
    ),
    Metric(
        key="ms_ssim",
        title="MS-SSIM",
        function=multiscale_structural_similarity,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=2,
        unit="",
        undefined_when="a side is shorter than 176 pixels, or no pixel counts",
        source="Wang, Simoncelli and Bovik 2003",
    ),
)
