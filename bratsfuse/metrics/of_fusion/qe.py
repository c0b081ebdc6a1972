"""Q_E: Q_W of the images times Q_W of their edges."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import Image, ImagesLike, Scene, alone, once
from bratsfuse.metrics.of_fusion.qw import weighted_mean
from bratsfuse.metrics.of_fusion.ssim import WINDOW


def edge_piella_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_E, Q_W of the images times Q_W of their edge images.

    An edge image is the magnitude of the Prewitt gradient, zeros beyond the border; its
    exponent is 1. cslib returns the second factor alone.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 11.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [-1, 1]. NaN if no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qe_of(Scene.of(sources, fused, inside))


def qe_of(scene: Scene) -> float:
    """Return Q_E of a scene."""
    scene.require_side(WINDOW, "qe")
    return weighted_mean(scene) * weighted_mean(edge_scene(scene))


def edge_scene(scene: Scene) -> Scene:
    """Return the scene of the edge images."""
    sources = [_edge_image(source) for source in scene.sources]
    return Scene(sources, _edge_image(scene.fused), scene.inside)


@once
def _edge_image(image: Image) -> Image:
    from bratsfuse.metrics.of_fusion._piella import prewitt_strength

    return Image(prewitt_strength(image.pixels))


METRIC = Metric(
    key="qe",
    title="Q_E",
    function=edge_piella_index,
    family="fusion",
    shared="scene",
    formula=qe_of,
    per_source=alone(qe_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-1,
    high=1,
    unit="",
    undefined_when="a side is shorter than 11 pixels, or no pixel counts",
    worst=-1,
    order=230,
    source="Piella and Heijmans 2003",
)
