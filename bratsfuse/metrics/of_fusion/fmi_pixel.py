"""FMI: mutual information of local features, pixel values, slopes or frequencies."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    NotApplicableError,
    Pair,
    Scene,
    SourcesLike,
    cropped,
    mean,
    once,
)

Feature = Literal["pixel", "gradient", "dct"]

MINIMUM_SIDE = dict.fromkeys(("fmi_pixel", "fmi_gradient", "fmi_dct"), 3)


def pixel_mutual_information(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return FMI of raw pixels: mutual information of 3 x 3 windows, averaged.

    Haghighat, Aghagolzadeh and Seyedarabi 2011. Both windows are turned into densities
    (values above their minimum, scaled to sum 1); their joint density mixes the product
    with the monotone coupling so that it has their correlation. The score of a window
    is ``2 (H_X + H_F - H_XF) / (H_X + H_F)``: 1 where the windows are equal, 0 where
    they differ and one is flat or has a single pixel above its minimum. Mean over
    windows and sources.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 3.
    inside
        Boolean, shape (H, W): windows count whose centre does. None counts all.

    Returns
    -------
    float
        About 0 to 1; 1 where all images are equal. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return _feature_information(Scene.of(sources, fused, inside), "pixel")


def gradient_mutual_information(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return FMI of horizontal central differences, one-sided at the border.

    As `pixel_mutual_information`; the published code looks at this derivative alone, so
    a turned image has another score.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 3.
    inside
        Boolean, shape (H, W): windows count whose centre does. None counts all.

    Returns
    -------
    float
        About 0 to 1; 1 where all images are equal. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return _feature_information(Scene.of(sources, fused, inside), "gradient")


def dct_mutual_information(
    sources: SourcesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return FMI of the cosine transform of the whole image.

    As `pixel_mutual_information`, on the orthonormal two-dimensional DCT-II. Its
    windows are frequencies, which lie nowhere in the image: a mask has no meaning.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 3.
    inside
        Must be None.

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
    scene = Scene.of(sources, fused, inside)
    if scene.inside is not None:
        raise NotApplicableError(
            "fmi_dct: found a mask; its features are frequencies of the whole image "
            "and lie nowhere in it; leave this metric out"
        )
    return _feature_information(scene, "dct")


def _feature_information(scene: Scene, feature: Feature) -> float:
    scene.require_side(3, f"fmi_{feature}")
    windows = cropped(scene.inside, 1)
    values = [mean(_information(pair, feature), windows) for pair in scene.pairs]
    return sum(values) / len(values)


@once
def _information(pair: Pair, feature: Feature) -> Float:
    from bratsfuse.metrics.of_fusion._fmi import window_information

    return window_information(
        _feature(pair.source, feature), _feature(pair.fused, feature)
    )


@once
def _feature(image: Image, feature: Feature) -> Float:
    if feature == "pixel":
        return image.pixels
    if feature == "gradient":
        return np.ascontiguousarray(np.gradient(image.pixels, axis=1))
    from scipy import fft

    return np.asarray(fft.dctn(image.pixels, type=2, norm="ortho"))


METRICS = tuple(
    Metric(
        key=f"fmi_{feature}",
        title=f"FMI {feature}",
        function=function,
        kind="fusion",
        higher_is_better=True,
        low=0,
        high=1,
        unit="",
        undefined_when=undefined_when,
        source="Haghighat, Aghagolzadeh and Seyedarabi 2011",
    )
    for feature, function, undefined_when in (
        ("pixel", pixel_mutual_information, "no pixel counts"),
        ("gradient", gradient_mutual_information, "no pixel counts"),
        ("dct", dct_mutual_information, "a mask is given"),
    )
)
