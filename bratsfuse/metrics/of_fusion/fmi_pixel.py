"""FMI of grey levels: how much their pattern in small windows shows of the sources."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import Float, Image, ImagesLike, Scene, alone

MINIMUM_SIDE = 3


def pixel_mutual_information(
    sources: ImagesLike,
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
    return fmi_pixel_of(Scene.of(sources, fused, inside))


def fmi_pixel_of(scene: Scene) -> float:
    """Return FMI of grey levels of a scene."""
    from bratsfuse.metrics.of_fusion._fmi import feature_information

    scene.require_side(MINIMUM_SIDE, "fmi_pixel")
    return feature_information(scene, pixels)


def pixels(image: Image) -> Float:
    """Return the grey levels of an image, shape (H, W)."""
    return image.pixels


METRIC = Metric(
    key="fmi_pixel",
    title="FMI pixel",
    function=pixel_mutual_information,
    family="fusion",
    shared="scene",
    formula=fmi_pixel_of,
    per_source=alone(fmi_pixel_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=0,
    order=240,
    source="Haghighat, Aghagolzadeh and Seyedarabi 2011",
)
