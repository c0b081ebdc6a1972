"""EI: how strong the edges of the fused image are on average."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import Float, Image, ImagesLike, Scene, mean


def edge_intensity(
    sources: ImagesLike | None,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return EI, the mean magnitude of the Sobel gradient.

    The masks are not normalised and the rim is repeated beyond the border; zeros there
    would see an edge around a constant image.

    Parameters
    ----------
    sources
        Not looked at; may be None.
    fused
        uint8, shape (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Grey levels, at least 0. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return ei_of(Scene.of(sources, fused, inside, fused_alone=True))


def ei_of(scene: Scene) -> float:
    """Return EI of a scene."""
    return mean(strength(scene.fused), scene.inside)


def strength(image: Image) -> Float:
    """Return the magnitude of the Sobel gradient, with the rim repeated."""
    from bratsfuse.metrics.of_fusion._sobel import REPEAT, squared_strength

    squared = squared_strength(image.pixels, REPEAT)
    return np.asarray(np.sqrt(squared, out=squared))


METRIC = Metric(
    key="ei",
    title="EI",
    function=edge_intensity,
    family="fusion",
    shared="scene",
    formula=ei_of,
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="grey level",
    undefined_when="no pixel counts",
    worst=0,
    order=50,
    source="Rajalingam and Priya 2018",
)
