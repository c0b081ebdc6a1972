"""FMI of edges: how much of the sources' edge pixels small windows show."""

import functools

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    Image,
    ImagesLike,
    Pair,
    Scene,
    alone,
    cropped,
    mean,
    once,
)

MINIMUM_SIDE = 3
TIMES_MEAN = 4
"""An edge's squared strength exceeds so many times the mean."""
CELLS = 9
KINDS = 2**CELLS
"""Windows of 3 x 3 pixels that are edges or not."""


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
    scene.require_side(MINIMUM_SIDE, "fmi_edge")
    windows = cropped(scene.inside, 1)
    values = [mean(_information(pair), windows) for pair in scene.pairs]
    return sum(values) / len(values)


@once
def edge_pixels(image: Image) -> Float:
    """Return 1 where there is an edge, else 0, shape (H, W)."""
    from bratsfuse.metrics.of_fusion._peaks import peaks
    from bratsfuse.metrics.of_fusion._sobel import REPEAT, squared_strength

    squared = squared_strength(image.pixels, REPEAT)
    return peaks(squared, TIMES_MEAN * float(squared.sum()) / squared.size)


@once
def _information(pair: Pair) -> Float:
    return information_of_edges(edge_pixels(pair.source), edge_pixels(pair.fused))


def information_of_edges(source: Float, fused: Float) -> Float:
    """Return FMI of every window of two maps of edge pixels, shape (H - 2, W - 2).

    Two windows of zeros and ones are one of 512 x 512 pairs, few of which occur: each
    is computed once in the life of the process.
    """
    from bratsfuse.metrics.of_fusion._fmi import CLEAN, window_information

    pairs = _kinds(source) * KINDS + _kinds(fused)
    known = _information_of_pairs()
    new = np.unique(pairs[np.isnan(known[pairs])])
    one, other = (
        np.concatenate([_window(kind) for kind in kinds], axis=1)
        for kinds in ((0, *(new // KINDS)), (0, *(new % KINDS)))
    )
    known[new] = window_information(one, other, one, CLEAN)[0, 3::3]
    return np.asarray(known[pairs])


@functools.cache
def _information_of_pairs() -> Float:
    """Return FMI of each pair of windows, NaN before it is computed."""
    return np.full(KINDS * KINDS, np.nan)


def _kinds(edges: Float) -> npt.NDArray[np.int32]:
    """Return the number of each window: a bit for each pixel."""
    height, width = edges.shape
    marked = edges.astype(np.int32)
    found = np.zeros((height - 2, width - 2), np.int32)
    for bit in range(CELLS):
        row, column = divmod(bit, 3)
        found |= marked[row : row + height - 2, column : column + width - 2] << bit
    return found


def _window(kind: int) -> Float:
    bits = kind >> np.arange(CELLS) & 1
    return bits.reshape(3, 3).astype(np.float64)


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
