"""Q_C: SSIM to each source, weighted by what the fused image shares with it."""

import functools

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._narrow import BORDER, WINDOW, covariance, similarity
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Mask,
    Scene,
    alone,
    cropped,
    mean,
)


def cvejic_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_C, the mean over windows of the SSIM to the source that shows through.

    Cvejic et al. 2006: the weight of A is its covariance with F over the sum of both
    covariances, clipped to [0, 1], B has the rest. Window and constants are those of
    Q_Y. The clipped weights of more than two sources are scaled to the sum 1.

    Where the covariances add up to 0, as in a flat window, the weight is 0/0. The
    published code is then NaN on every slice with a black background; here such windows
    are left out. That code also puts a score of 0 or 1 where the paper clips the
    weight, which is another value wherever a covariance is negative.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 7.
    inside
        Boolean, shape (H, W): the windows that count. None counts all.

    Returns
    -------
    float
        In [-1, 1]; 1 where all images are equal. NaN if the covariances add up
        to 0 in every window.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qc_of(Scene.of(sources, fused, inside))


def qc_of(scene: Scene) -> float:
    """Return Q_C of a scene."""
    scene.require_side(WINDOW, "qc")
    score, seen = local(scene)
    return mean(score, seen)  # NaN where no window is seen


def local(scene: Scene) -> tuple[Float, Mask]:
    """Return the quality of every window, and which of them have a weight."""
    windows = cropped(scene.inside, BORDER)
    shared = [covariance(pair) for pair in scene.pairs]
    whole = functools.reduce(np.add, shared)
    seen = whole != 0 if windows is None else windows & (whole != 0)
    divisor = np.where(whole != 0, whole, 1)
    weights = [np.clip(one / divisor, 0, 1) for one in shared]
    parts = [
        weight * similarity(pair)
        for weight, pair in zip(weights, scene.pairs, strict=True)
    ]
    weight = functools.reduce(np.add, weights)
    return functools.reduce(np.add, parts) / np.where(weight > 0, weight, 1), seen


METRIC = Metric(
    key="qc",
    title="Q_C",
    function=cvejic_index,
    family="fusion",
    shared="scene",
    formula=qc_of,
    per_source=alone(qc_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-1,
    high=1,
    unit="",
    undefined_when=(
        "a side is shorter than 7 pixels, or the fused image varies with no source "
        "where it counts"
    ),
    worst=-1,
    order=360,
    source="Cvejic, Loza, Bull and Canagarajah 2006",
)
