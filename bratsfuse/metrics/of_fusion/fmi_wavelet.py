"""FMI of wavelets: how much their pattern in small windows shows of the sources."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    NotApplicableError,
    Scene,
    alone,
    once,
)

MINIMUM_SIDE = 3


def wavelet_mutual_information(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return FMI of the discrete Meyer wavelet, often printed as FMI_w.

    As `pixel_mutual_information`, on one level of the wavelet ``dmey`` with the image
    mirrored beyond its border; the four bands lie side by side, approximation and
    horizontal details above vertical and diagonal ones. Windows are compared before any
    scaling, so that a black background is equal in all images; the published code
    scales each image first, and rounding then decides what a flat window scores.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 3.
    inside
        Must be None: half of the coefficients lie outside the image.

    Returns
    -------
    float
        About 0 to 1; 1 where all images are equal.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, the images are too small, or a mask is
        given.
    """
    return fmi_wavelet_of(Scene.of(sources, fused, inside))


def fmi_wavelet_of(scene: Scene) -> float:
    """Return FMI of wavelets of a scene."""
    from bratsfuse.metrics.of_fusion._fmi import feature_information

    require_whole(scene)
    return feature_information(scene, coefficients)


def require_whole(scene: Scene) -> None:
    """Refuse a mask, and images that the window does not fit."""
    if scene.inside is not None:
        raise NotApplicableError(
            "fmi_wavelet: found a mask; its features are coefficients, many of them "
            "outside the image; leave this metric out"
        )
    scene.require_side(MINIMUM_SIDE, "fmi_wavelet")


@once
def coefficients(image: Image) -> Float:
    """Return the four bands side by side."""
    import pywt

    from bratsfuse.metrics.of_fusion._wavelet import bands

    wavelet = pywt.Wavelet("dmey")
    low, high = np.array(wavelet.dec_lo), np.array(wavelet.dec_hi)
    found = image.pixels
    for _ in range(2):
        rows = np.pad(np.arange(found.shape[0]), low.size - 1, mode="symmetric")
        found = np.ascontiguousarray(bands(found, rows, low, high).T)
    height, width = (side // 2 for side in found.shape)
    # Details from row to row are placed to the right, from column to column below.
    turned = found.reshape(2, height, 2, width).transpose(2, 1, 0, 3)
    return turned.reshape(2 * height, 2 * width)


METRIC = Metric(
    key="fmi_wavelet",
    title="FMI wavelet",
    function=wavelet_mutual_information,
    family="fusion",
    shared="scene",
    formula=fmi_wavelet_of,
    per_source=alone(fmi_wavelet_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="a mask is given",
    worst=0,
    order=410,
    source="Haghighat, Aghagolzadeh and Seyedarabi 2011",
)
