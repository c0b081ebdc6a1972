"""FMI of edges: how much of the sources' edge pixels small windows show."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.in_strips.strips import row_strips, rows_around
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Mask,
    Scene,
    alone,
    once,
)

MINIMUM_SIDE = 3
TIMES_MEAN = 4
"""An edge's squared strength exceeds so many times the mean."""


def edge_mutual_information(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return FMI of edge pixels: 1 on an edge, else 0.

    As `pixel_mutual_information`, on what the Sobel method of GNU Octave's ``edge``
    marks: a squared strength above four times its mean (the rim repeated beyond the
    border) and above both neighbours along rows or along columns. It is the default of
    the published code, so toolkits that name no feature print it, as "FMI_pixel".
    MATLAB thins edges by another rule, so its values differ; it could not be run.

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
    return fmi_edge_of(Scene.of(sources, fused, inside))


def fmi_edge_of(scene: Scene) -> float:
    """Return FMI of edges of a scene."""
    from bratsfuse.metrics.of_fusion._fmi import feature_information

    scene.require_side(MINIMUM_SIDE, "fmi_edge")
    return feature_information(scene, edge_pixels)


@once
def edge_pixels(image: Image) -> Float:
    """Return 1 where there is an edge, else 0, shape (H, W)."""
    pixels = image.pixels
    strips = list(row_strips(*pixels.shape))
    whole = math.fsum(float(_squared_strength(pixels, rows).sum()) for rows in strips)
    marked = np.empty(pixels.shape)
    for rows in strips:
        marked[slice(*rows)] = _edges_of(pixels, rows, TIMES_MEAN * whole / pixels.size)
    return marked


def _edges_of(pixels: Float, rows: tuple[int, int], faint: float) -> Mask:
    """Return which pixels of some rows are stronger than is faint, and are peaks."""
    around, _, lacking = rows_around(rows, 1, pixels.shape[0])
    squared = _squared_strength(pixels, (around.start, around.stop))
    near = np.pad(np.where(squared > faint, squared, 0), (lacking, (1, 1)))
    strong = near[1:-1, 1:-1]
    along_row = (strong > near[1:-1, :-2]) & (strong > near[1:-1, 2:])
    along_column = (strong > near[:-2, 1:-1]) & (strong > near[2:, 1:-1])
    return np.asarray(along_row | along_column)


def _squared_strength(pixels: Float, rows: tuple[int, int]) -> Float:
    """Return the squared strength in some rows, with the image's rim repeated."""
    around, _, lacking = rows_around(rows, 1, pixels.shape[0])
    wide = np.pad(pixels[around], (lacking, (1, 1)), mode="edge")
    columns = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    both = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    across, down = columns[:, 2:] - columns[:, :-2], both[2:] - both[:-2]
    # Integers, so that whether a neighbour is as strong is decided exactly.
    return np.asarray(across**2 + down**2)


METRIC = Metric(
    key="fmi_edge",
    title="FMI edge",
    function=edge_mutual_information,
    family="fusion",
    shared="scene",
    formula=fmi_edge_of,
    per_source=alone(fmi_edge_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=1,
    unit="",
    undefined_when="no pixel counts",
    worst=0,
    order=400,
    source="Haghighat, Aghagolzadeh and Seyedarabi 2011",
)
