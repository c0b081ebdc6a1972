"""Visual information fidelity: how much of what an eye sees of a source survives.

Both metrics model an image as Gaussian noise seen through an eye that adds noise of its
own, at four scales. They differ in that noise and in how the sources are joined.
"""

import math

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
    once,
    selected,
    total,
)

WINDOWS = (17, 9, 5, 3)
NOISE = 2.0
"""Variance of the eye's noise in squared grey levels: why the scale must be 0..255."""
VIFF_NOISE = 0.005 * 255**2
VIFF_FLOOR = 1e-7
VIFF_WEIGHTS = (1 / 2.15, 0.0, 0.15 / 2.15, 1 / 2.15)
TINY = 1e-10
MINIMUM_SIDE = {"vif": 41, "viff": 41}
"""At scale 4 the window of 3 pixels must still fit."""


def visual_information_fidelity(
    sources: SourcesLike,
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
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["vif"], "vif")
    return sum(source_fidelity(scene))


def visual_information_fidelity_for_fusion(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return VIFF, fidelity to whichever source the fused image follows less.

    Han et al. 2013 for grey images: scales as in VIF, noise variance 0.005 * 255^2.
    Each pixel's information is that of the source with the smallest gain; per scale the
    sums over pixels are divided; the ratios have the weights (1, 0, 0.15, 1) / 2.15. Of
    equal gains, for example where the fused image is flat, the last source's counts:
    there, and only there, the order of the sources matters.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 41.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        At least 0, about 1 at most. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    scene = Scene.of(sources, fused, inside)
    scene.require_side(MINIMUM_SIDE["viff"], "viff")
    score = 0.0
    for scale, weight in enumerate(VIFF_WEIGHTS):
        if weight == 0:
            continue
        seen, there = _least_followed(scene, scale)
        windows = _windows(scene, scale)
        # The published code adds its floor to decimal logarithms.
        floor = math.log(10) * VIFF_FLOOR * selected(seen, windows).size
        if floor == 0:
            return math.nan
        score += (
            weight * (total(seen, windows) + floor) / (total(there, windows) + floor)
        )
    return score


@once
def source_fidelity(scene: Scene) -> tuple[float, ...]:
    """Return VIF of each source with the fused image; NaN for a constant source."""
    values = []
    for pair in scene.pairs:
        seen = there = 0.0
        for scale in range(len(WINDOWS)):
            windows = _windows(scene, scale)
            seen += total(_seen(pair, scale, NOISE)[1], windows)
            there += total(_there(pair.source, scale, NOISE), windows)
        values.append(seen / there if there else math.nan)
    return tuple(values)


def _least_followed(scene: Scene, scale: int) -> tuple[Float, Float]:
    """Return numerator and denominator of the source with the smallest gain."""
    maps = [
        (*_seen(pair, scale, VIFF_NOISE), _there(pair.source, scale, VIFF_NOISE))
        for pair in scene.pairs
    ]
    least, seen, there = maps[0]
    for gain, next_seen, next_there in maps[1:]:
        earlier = least < gain  # of equal gains the last source counts
        least = np.where(earlier, least, gain)
        seen = np.where(earlier, seen, next_seen)
        there = np.where(earlier, there, next_there)
    return seen, there


@once
def _there(source: Image, scale: int, noise: float) -> Float:
    """Return the information an eye gets from the source at each window, in nats."""
    spread = _local_square(source, scale) - _local_mean(source, scale) ** 2
    spread[spread < TINY] = 0
    spread /= noise
    spread += 1
    return np.log(spread, out=spread)


@once
def _seen(pair: Pair, scale: int, noise: float) -> tuple[Float, Float]:
    """Return the gain, and what the same eye gets through the fused image."""
    from bratsfuse.metrics.of_fusion._window_loops import see

    source, fused = pair.source, pair.fused
    product = _scaled(source, scale) * _scaled(fused, scale)
    gain, ratio = see(
        _local_mean(source, scale),
        _local_square(source, scale),
        _local_mean(fused, scale),
        _local_square(fused, scale),
        smooth(product, _taps(scale)),
        noise,
    )
    return gain, np.log(ratio, out=ratio)


@once
def _local_mean(image: Image, scale: int) -> Float:
    return smooth(_scaled(image, scale), _taps(scale))


@once
def _local_square(image: Image, scale: int) -> Float:
    pixels = _scaled(image, scale)
    return smooth(pixels * pixels, _taps(scale))


@once
def _scaled(image: Image, scale: int) -> Float:
    """Return the pixels of a scale: filtered, then every second one of those before."""
    if scale == 0:
        return image.pixels
    return smooth(_scaled(image, scale - 1), _taps(scale), step=2)


@once
def _windows(scene: Scene, scale: int) -> Mask | None:
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


METRICS = (
    Metric(
        key="vif",
        title="VIF",
        function=visual_information_fidelity,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=math.inf,
        unit="",
        undefined_when=(
            "a source is constant, a side is shorter than 41 pixels, or no pixel counts"
        ),
        source="Sheikh and Bovik 2006",
    ),
    Metric(
        key="viff",
        title="VIFF",
        function=visual_information_fidelity_for_fusion,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=math.inf,
        unit="",
        undefined_when="a side is shorter than 41 pixels, or no pixel counts",
        source="Han, Cai, Cao and Xu 2013",
    ),
)
