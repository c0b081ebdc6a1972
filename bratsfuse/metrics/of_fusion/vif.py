"""VIF: how much of what an eye sees of a source survives.

An image is modelled as Gaussian noise, seen through an eye that adds noise of its own,
at four scales.
"""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._box import Box, around, part, windows_at
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth, smooth_product
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Mask,
    Pair,
    Scene,
    alone,
    cropped,
    once,
    total,
)

WINDOWS = (17, 9, 5, 3)
NOISE = 2.0
"""Variance of the eye's noise in squared grey levels: why the scale must be 0..255."""
TINY = 1e-10
MINIMUM_SIDE = 41
"""At scale 4 the window of 3 pixels must still fit."""


def visual_information_fidelity(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return VIF of the fused image with each source as reference, summed.

    The pixel-domain form of Sheikh and Bovik 2006: Gaussian windows of 17, 9, 5 and 3
    pixels with standard deviation N / 5, only where they fit; every second pixel is
    kept between scales; noise variance 2. [0, 1] images give 1.95 for 0.72. With a mask
    a window counts if its centre does.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 41.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0; S where all images are equal; a fused image with more contrast than
        its source can exceed that. NaN if a source is constant (CDDFuse: 1 for that
        source) or no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return vif_of(Scene.of(sources, fused, inside))


def vif_of(scene: Scene) -> float:
    """Return VIF of a scene."""
    scene.require_side(MINIMUM_SIDE, "vif")
    return sum(source_fidelity(scene))


@once
def source_fidelity(scene: Scene) -> tuple[float, ...]:
    """Return VIF of each source with the fused image; NaN for a constant source."""
    return tuple(
        kept / whole if whole else math.nan for kept, whole in kept_and_whole(scene)
    )


def kept_and_whole(scene: Scene) -> list[tuple[float, float]]:
    """Return what an eye gets of each source, through the fused image and at all."""
    found = []
    for pair in scene.pairs:
        kept = whole = 0.0
        for scale in range(len(WINDOWS)):
            windows = windows_inside(scene, scale)
            kept += total(seen(pair, scale, NOISE)[1], windows)
            whole += total(there(pair.source, scale, NOISE), windows)
        found.append((kept, whole))
    return found


@once
def there(source: Image, scale: int, noise: float) -> Float:
    """Return the information an eye gets from the source at each window, in nats."""
    windows, mean = _windows(source, scale), _local_mean(source, scale)
    ratio = _unseen(mean, _local_square(source, scale), noise, windows)
    return _logarithm(ratio, windows, mean.shape)


@CompiledLoop
def _unseen(mean: Float, square: Float, noise: float, box: Box) -> Float:
    """Return one plus the signal-to-noise ratio of the source at windows of a box."""
    top, bottom, left, right = box
    ratios = np.empty((bottom - top, right - left))
    for i in range(top, bottom):
        a, a_square = mean[i][left:right], square[i][left:right]
        ratio = ratios[i - top]
        for j in range(a.size):
            spread = a_square[j] - a[j] * a[j]
            ratio[j] = 1 + (spread if spread >= TINY else 0.0) / noise
    return ratios


@once
def seen(pair: Pair, scale: int, noise: float) -> tuple[Float, Float]:
    """Return the gain, and what the same eye gets through the fused image."""
    source, fused = pair.source, pair.fused
    windows = around(_windows(source, scale), _windows(fused, scale))
    own, other = _scaled(source, scale), _scaled(fused, scale)
    gain, ratio = _see(
        _local_mean(source, scale),
        _local_square(source, scale),
        _local_mean(fused, scale),
        _local_square(fused, scale),
        smooth_product(own, other, _taps(scale), box=_box(source, scale)),
        noise,
        windows,
    )
    return gain, _logarithm(ratio, windows, gain.shape)


def _logarithm(ratio: Float, windows: Box, shape: tuple[int, ...]) -> Float:
    """Return a map of a shape: in a box the logarithm of its values, else 0."""
    found = np.zeros(shape)
    np.log(ratio, out=found[part(windows)])
    return found


@CompiledLoop
def _see(
    source: Float,
    source_square: Float,
    fused: Float,
    fused_square: Float,
    product: Float,
    noise: float,
    box: Box,
) -> tuple[Float, Float]:
    """Return VIF's gain of every window; of a box, one plus signal-to-noise ratio.

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
    box
        Outside it all maps are 0, and so is the gain.
    """
    top, bottom, left, right = box
    gains, ratios = np.zeros(source.shape), np.empty((bottom - top, right - left))
    for i in range(top, bottom):
        a, b = source[i][left:right], fused[i][left:right]
        a_square, b_square = source_square[i][left:right], fused_square[i][left:right]
        both = product[i][left:right]
        own_gain, ratio = gains[i][left:right], ratios[i - top]
        for j in range(a.size):
            spread = max(a_square[j] - a[j] * a[j], 0.0)
            fused_spread = max(b_square[j] - b[j] * b[j], 0.0)
            covariance = both[j] - a[j] * b[j]
            gain = covariance / (spread + TINY)
            residue = fused_spread - gain * covariance
            if spread < TINY:
                gain, residue, spread = 0.0, fused_spread, 0.0
            if fused_spread < TINY:
                gain, residue = 0.0, 0.0
            if gain < 0:
                gain, residue = 0.0, fused_spread
            residue = max(residue, TINY)
            own_gain[j] = gain
            ratio[j] = 1 + gain * gain * spread / (residue + noise)
    return gains, ratios


@once
def _local_mean(image: Image, scale: int) -> Float:
    return smooth(_scaled(image, scale), _taps(scale), box=_box(image, scale))


@once
def _local_square(image: Image, scale: int) -> Float:
    pixels = _scaled(image, scale)
    return smooth_product(pixels, pixels, _taps(scale), box=_box(image, scale))


@once
def _scaled(image: Image, scale: int) -> Float:
    """Return the pixels of a scale: filtered, then every second one of those before."""
    if scale == 0:
        return image.pixels
    finer, box = _scaled(image, scale - 1), _box(image, scale - 1)
    return smooth(finer, _taps(scale), step=2, box=box)


@once
def _box(image: Image, scale: int) -> Box:
    """Return the box of the image at a scale."""
    if scale == 0:
        return image.box
    finer = _scaled(image, scale - 1).shape
    return windows_at(_box(image, scale - 1), WINDOWS[scale], finer, step=2)


def _windows(image: Image, scale: int) -> Box:
    """Return the box of the windows of a scale that are not all 0."""
    return windows_at(_box(image, scale), WINDOWS[scale], _scaled(image, scale).shape)


@once
def windows_inside(scene: Scene, scale: int) -> Mask | None:
    """Return which windows of a scale have a centre that counts."""
    inside = scene.inside
    if inside is None:
        return None
    for window in WINDOWS[1 : scale + 1]:
        inside = inside[window // 2 : -(window // 2), window // 2 : -(window // 2)]
        inside = inside[::2, ::2]
    return cropped(inside, WINDOWS[scale] // 2)


def _taps(scale: int) -> Float:
    return gaussian_taps(WINDOWS[scale], WINDOWS[scale] / 5)


METRIC = Metric(
    key="vif",
    title="VIF",
    function=visual_information_fidelity,
    family="fusion",
    shared="scene",
    formula=vif_of,
    per_source=alone(vif_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="",
    undefined_when=(
        "a source is constant, a side is shorter than 41 pixels, or no pixel counts"
    ),
    worst=0,
    headline=True,
    order=140,
    source="Sheikh and Bovik 2006",
)
