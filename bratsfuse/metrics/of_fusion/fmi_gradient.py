"""FMI of slopes: how much their pattern in small windows shows of the sources."""

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Scene,
    alone,
    once,
)

MINIMUM_SIDE = 3


def gradient_mutual_information(
    sources: ImagesLike,
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
    return fmi_gradient_of(Scene.of(sources, fused, inside))


def fmi_gradient_of(scene: Scene) -> float:
    """Return FMI of slopes of a scene."""
    from bratsfuse.metrics.of_fusion._fmi import feature_information

    scene.require_side(MINIMUM_SIDE, "fmi_gradient")
    return feature_information(scene, slopes)


@once
def slopes(image: Image) -> Float:
    """Return the horizontal central differences, shape (H, W)."""
    return np.ascontiguousarray(np.gradient(image.pixels, axis=1))


METRIC = Metric(
    key="fmi_gradient",
    title="FMI gradient",
    function=gradient_mutual_information,
    family="fusion",
    shared="scene",
    formula=fmi_gradient_of,
    per_source=alone(fmi_gradient_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=0,
    order=250,
    source="Haghighat, Aghagolzadeh and Seyedarabi 2011",
)
