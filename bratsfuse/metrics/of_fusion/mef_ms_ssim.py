"""MEF-SSIM: whether the structure is the one that all sources together would give."""

import functools
import itertools

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._gaussian import gaussian_taps, smooth, smooth_product
from bratsfuse.metrics.of_fusion._halving import halved, halved_mask
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Scene,
    alone,
    cropped,
    mean,
)
from bratsfuse.metrics.of_fusion.ssim import BORDER, SIGMA, WINDOW

WEIGHTS = (0.0448, 0.2856, 0.3001)
"""Of the three scales, the finest first; their sum divides the exponents."""
CONSTANT = (0.03 * 255) ** 2
FAINT = 0.001
"""Added to the strength of every source, against division by zero."""
LARGEST_POWER = 10.0
EPSILON = float(np.finfo(np.float64).eps)
MINIMUM_SIDE = 44
"""At scale 3 the window of 11 pixels must still fit."""


def multi_exposure_similarity(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return MEF-SSIM, the similarity to the best structure the sources can give.

    Ma, Zeng and Wang 2015: in each window of 11 x 11 the sources' deviations from their
    means are added with weights that grow with their strength, the more so the less
    they agree, and scaled to the strongest one; the contrast-structure term of SSIM
    compares the fused image with the result. Three scales. It was made for exposures of
    one scene; Linfeng Tang's and Li Hui's toolkits print it as "MS_SSIM".

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 44.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, 1]. NaN if at some scale no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return mef_ms_ssim_of(Scene.of(sources, fused, inside))


def mef_ms_ssim_of(scene: Scene) -> float:
    """Return MEF-SSIM of a scene."""
    scene.require_side(MINIMUM_SIDE, "mef_ms_ssim")
    score = 1.0
    for level, weight in enumerate(WEIGHTS):
        windows = cropped(halved_mask(scene, level), BORDER)
        average = mean(likeness(scene, level), windows)
        # Not max(0, average), which would turn NaN into 0.
        score *= (0.0 if average < 0 else average) ** (weight / sum(WEIGHTS))
    return score


def likeness(scene: Scene, level: int) -> Float:
    """Return the contrast-structure term of every window with the wanted structure.

    The wanted patch is a sum of the sources with one factor per window each, so its
    variance and its covariance follow from those of the sources.
    """
    box = _Moments(scene.sources, scene.fused, level, np.full(WINDOW, 1 / WINDOW))
    factors = _factors(box, len(scene.sources))
    bell = _Moments(scene.sources, scene.fused, level, gaussian_taps(WINDOW, SIGMA))
    fused = len(scene.sources)
    shared = functools.reduce(
        np.add, [factor * bell.of(k, fused) for k, factor in enumerate(factors)]
    )
    spread = _quadratic(bell, factors) + bell.of(fused, fused)
    return np.asarray((2 * shared + CONSTANT) / (spread + CONSTANT))


def _factors(box: "_Moments", count: int) -> list[Float]:
    """Return what each source is multiplied with in every window."""
    norms = [WINDOW * np.sqrt(np.maximum(box.of(k, k), 0)) for k in range(count)]
    strengths = [norm + FAINT for norm in norms]
    ones = [np.ones_like(norms[0])] * count
    together = WINDOW * np.sqrt(np.maximum(_quadratic(box, ones), 0))
    apart = functools.reduce(np.add, norms)
    agreement = np.clip((together + EPSILON) / (apart + EPSILON), EPSILON, 1 - EPSILON)
    power = np.minimum(np.tan(np.pi / 2 * agreement), LARGEST_POWER)
    weights = [(one / WINDOW) ** power + EPSILON for one in strengths]
    whole = functools.reduce(np.add, weights)
    parts = [one / whole / k for one, k in zip(weights, strengths, strict=True)]
    length = WINDOW * np.sqrt(np.maximum(_quadratic(box, parts), 0))
    strongest = functools.reduce(np.maximum, strengths)
    scale = np.where(length > 0, strongest / np.where(length > 0, length, 1), 1)
    return [part * scale for part in parts]


def _quadratic(moments: "_Moments", factors: list[Float]) -> Float:
    """Return the variance of the sum of the sources, each times its factor."""
    order = range(len(factors))
    terms = [
        (1 if i == j else 2) * factors[i] * factors[j] * moments.of(i, j)
        for i, j in itertools.combinations_with_replacement(order, 2)
    ]
    return np.asarray(functools.reduce(np.add, terms))


class _Moments:
    """Covariances of all pairs of images in every window, the fused image last."""

    def __init__(
        self, sources: tuple[Image, ...], fused: Image, level: int, taps: Float
    ) -> None:
        self._pixels = [halved(image, level) for image in (*sources, fused)]
        self._taps = taps
        self._means = [smooth(pixels, taps) for pixels in self._pixels]
        self._found: dict[tuple[int, int], Float] = {}

    def of(self, i: int, j: int) -> Float:
        """Return the covariance of two images by number."""
        if (i, j) not in self._found:
            product = smooth_product(self._pixels[i], self._pixels[j], self._taps)
            self._found[i, j] = product - self._means[i] * self._means[j]
        return self._found[i, j]


METRIC = Metric(
    key="mef_ms_ssim",
    title="MEF-SSIM",
    function=multi_exposure_similarity,
    family="fusion",
    shared="scene",
    formula=mef_ms_ssim_of,
    per_source=alone(mef_ms_ssim_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="a side is shorter than 44 pixels, or no pixel counts",
    worst=0,
    order=370,
    source="Ma, Zeng and Wang 2015",
)
