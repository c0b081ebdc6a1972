"""FMI of frequencies: how much their pattern in small windows shows of the sources."""

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


def dct_mutual_information(
    sources: ImagesLike,
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
    return fmi_dct_of(Scene.of(sources, fused, inside))


def fmi_dct_of(scene: Scene) -> float:
    """Return FMI of frequencies of a scene."""
    from bratsfuse.metrics.of_fusion._fmi import feature_information

    require_whole(scene)
    return feature_information(scene, frequencies)


def require_whole(scene: Scene) -> None:
    """Refuse a mask, and images that the window does not fit."""
    if scene.inside is not None:
        raise NotApplicableError(
            "fmi_dct: found a mask; its features are frequencies of the whole image "
            "and lie nowhere in it; leave this metric out"
        )
    scene.require_side(MINIMUM_SIDE, "fmi_dct")


@once
def frequencies(image: Image) -> Float:
    """Return the orthonormal DCT-II of an image, shape (H, W)."""
    from scipy import fft

    return np.asarray(fft.dctn(image.pixels, type=2, norm="ortho"))


METRIC = Metric(
    key="fmi_dct",
    title="FMI dct",
    function=dct_mutual_information,
    family="fusion",
    shared="scene",
    formula=fmi_dct_of,
    per_source=alone(fmi_dct_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="a mask is given",
    worst=0,
    order=260,
    source="Haghighat, Aghagolzadeh and Seyedarabi 2011",
)
