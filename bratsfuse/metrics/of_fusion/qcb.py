"""Q_CB: how much of the visible contrast of the sources is kept."""

import functools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.in_strips.strips import rows_around
from bratsfuse.metrics.of_fusion._gaussian import smooth
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Mask,
    Scene,
    alone,
    mean,
    once,
)
from bratsfuse.metrics.of_fusion._stretched import ALL, radial_frequency, stretched

REACH = 15
"""Pixels on each side of the centre of both Gaussians."""
SURROUND = 1e-6
"""A local mean in grey levels below which there is nothing to have contrast with.

What the sensitivity filter leaves of a black background is rounding noise of 1e-11.
"""
MASKING = 1e-4


def chen_blum_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_CB, the mean preserved contrast, weighted by the sources' contrast.

    Chen and Blum 2009: images stretched to 0..255 and rounded half up, a contrast
    sensitivity filter, contrast ``C = |G_2 / G_4 - 1|`` of two Gaussians of 31 x 31
    pixels (zeros beyond the border), masked contrast ``C^3 / (C^2 + 1e-4)``, the
    smaller over the larger of a source's and the fused image's, weighted by the
    squared contrast of the source.

    On a black background the published code divides rounding noise by rounding noise,
    and two libraries differ by up to 0.012. Here a place has no contrast where its
    surround ``G_4`` is below 1e-6 grey levels, and places where no source has contrast
    are left out: the mean is over the part where there is something to see.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, 1]; 1 where all images are equal. NaN if any image is constant or no
        source has contrast.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return qcb_of(Scene.of(sources, fused, inside))


def qcb_of(scene: Scene) -> float:
    """Return Q_CB of a scene."""
    return preserved_contrast(scene, SURROUND)


def preserved_contrast(scene: Scene, faint: float) -> float:
    """Return Q_CB with no contrast where the surround is fainter; 0 keeps all noise."""
    if any(np.ptp(image.grey) == 0 for image in (*scene.sources, scene.fused)):
        return math.nan
    sources = [_contrast(source, faint) for source in scene.sources]
    return mean(*kept_contrast(sources, _contrast(scene.fused, faint), scene.inside))


def kept_contrast(
    sources: Sequence[Float], fused: Float, inside: Mask | None
) -> tuple[Float, Mask]:
    """Return how much contrast is kept, and where a source that counts has some."""
    kept, whole = np.zeros_like(fused), np.zeros_like(fused)
    for own in sources:
        larger = np.maximum(own, fused)
        kept += own**2 * np.minimum(own, fused) / np.where(larger > 0, larger, 1)
        whole += own**2
    seen = whole > 0 if inside is None else inside & (whole > 0)
    return kept / np.where(whole > 0, whole, 1), seen


@once
def _contrast(image: Image, faint: float) -> Float:
    """Return the masked contrast of every pixel."""
    pixels = stretched(image).pixels
    spectrum = np.fft.fft2(pixels) * sensitivity(pixels.shape)
    return contrast_of(np.fft.ifft2(spectrum).real, (0, pixels.shape[0]), faint)


def sensitivity(shape: tuple[int, ...], rows: slice = ALL) -> Float:
    """Return how well the frequencies of some rows of the spectrum are seen."""
    radius = radial_frequency(shape, 30, rows)
    return np.asarray(
        np.exp(-((radius / 15.387) ** 2)) - 0.7622 * np.exp(-((radius / 1.3456) ** 2))
    )


def contrast_of(visible: Float, rows: tuple[int, int], faint: float) -> Float:
    """Return the masked contrast of some rows of a filtered image."""
    around, _, lacking = rows_around(rows, REACH, visible.shape[0])
    wide = np.pad(visible[around], (lacking, (REACH, REACH)))
    centre, surround = smooth(wide, _taps(2.0)), smooth(wide, _taps(4.0))
    there = np.abs(surround) > faint
    contrast = np.abs(centre / np.where(there, surround, 1) - 1) * there
    return np.asarray(contrast**3 / (contrast**2 + MASKING))


@functools.cache
def _taps(sigma: float) -> Float:
    """Return one axis of a Gaussian with volume 1 over the whole plane."""
    offsets = np.arange(-REACH, REACH + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    return np.asarray(weights / (math.sqrt(2 * math.pi) * sigma))


METRIC = Metric(
    key="qcb",
    title="Q_CB",
    function=chen_blum_index,
    family="fusion",
    shared="scene",
    formula=qcb_of,
    per_source=alone(qcb_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="any image is constant, or no source has contrast where it counts",
    worst=0,
    order=380,
    source="Chen and Blum 2009",
)
