"""Q_Y: similar to both sources where they agree, else to the better one."""

import functools
import itertools

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._narrow import (
    BORDER,
    WINDOW,
    similarity,
    variance,
)
from bratsfuse.metrics.of_fusion._scene import (
    Float,
    ImagesLike,
    Mask,
    Pair,
    Scene,
    alone,
    cropped,
    mean,
)

AGREEMENT = 0.75
"""The SSIM from which two sources are said to show the same."""


def yang_index(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return Q_Y, the mean over windows of a similarity that minds the sources.

    Yang et al. 2008: where SSIM(A, B) >= 0.75 the SSIM to both sources, weighted by
    their variances; elsewhere the larger of the two. The window is a 7 x 7 Gaussian of
    standard deviation 1.5, the constants of SSIM are 2e-16.

    In a window where no source varies the weights are 0/0. The published code is then
    NaN on every slice with a black background; here such windows are left out, so that
    the mean is over the part where there is something to see (MEFB does so too), and
    what rounding makes of a variance of zero is taken as zero.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 7.
    inside
        Boolean, shape (H, W): the windows that count. None counts all.

    Returns
    -------
    float
        In [-1, 1]; 1 where all images are equal. NaN if no source varies.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return qy_of(Scene.of(sources, fused, inside))


def qy_of(scene: Scene) -> float:
    """Return Q_Y of a scene."""
    scene.require_side(WINDOW, "qy")
    score, seen = local(scene)
    return mean(score, seen)  # NaN where no window is seen


def local(scene: Scene) -> tuple[Float, Mask]:
    """Return the quality of every window, and in which there is something to see."""
    windows = cropped(scene.inside, BORDER)
    weights = [variance(source) for source in scene.sources]
    whole = functools.reduce(np.add, weights)
    seen = whole > 0 if windows is None else windows & (whole > 0)
    likeness = [similarity(pair) for pair in scene.pairs]
    shared = functools.reduce(
        np.add, [weight * like for weight, like in zip(weights, likeness, strict=True)]
    ) / np.where(whole > 0, whole, 1)
    better = functools.reduce(np.maximum, likeness)
    agreement = functools.reduce(
        np.minimum,
        [
            similarity(Pair(one, other))
            for one, other in itertools.combinations(scene.sources, 2)
        ],
        np.ones_like(whole),
    )
    return np.where(agreement >= AGREEMENT, shared, better), seen


METRIC = Metric(
    key="qy",
    title="Q_Y",
    function=yang_index,
    family="fusion",
    shared="scene",
    formula=qy_of,
    per_source=alone(qy_of),
    pooling="slice mean",
    higher_is_better=True,
    low=-1,
    high=1,
    unit="",
    undefined_when="a side is shorter than 7 pixels, or no source varies inside",
    worst=-1,
    order=350,
    source="Yang, Zhang, Wang and Liu 2008",
)
