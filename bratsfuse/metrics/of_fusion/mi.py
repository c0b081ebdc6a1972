"""MI: how many bits the fused image shares with its sources."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._loop import CompiledLoop
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._foreground import foreground
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone, once
from bratsfuse.metrics.of_fusion.en import bits, entropy_bits, levels


def mutual_information(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return MI, the information that the fused image shares with each source, summed.

    ``sum over X of I(X; F)`` with ``I(X; F) = H(X) + H(F) - H(X, F)`` from the joint
    histogram of 256 x 256 bins (Qu, Zhang and Yan 2002).

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Bits, in [0, 8 S]; 0 if the fused image is constant. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return mi_of(Scene.of(sources, fused, inside))


def mi_of(scene: Scene) -> float:
    """Return MI of a scene."""
    fused_at = len(scene.sources)
    return sum(shared_bits(scene, i, fused_at) for i in range(fused_at))


@once
def shared_bits(scene: Scene, i: int, j: int) -> float:
    """Return I(X; Y) of two images by number."""
    joint = entropy_bits(pair_counts(scene, i, j))
    # Rounding may leave a negative 1e-16 where the images share nothing. NaN stays.
    shared = bits(scene, i) + bits(scene, j) - joint
    return 0.0 if shared < 0 else shared


def pair_counts(scene: Scene, i: int, j: int) -> npt.NDArray[np.int64]:
    """Return how often each pair of grey levels of two images by number occurs."""
    scene, outside = foreground(scene)
    counts = count_pairs(levels(scene, i), levels(scene, j))
    counts[0] += outside
    return counts


@CompiledLoop
def count_pairs(
    one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Return how often each pair of grey levels occurs at one pixel.

    Parameters
    ----------
    one, other
        uint8, shape (N,).

    Returns
    -------
    numpy.ndarray
        int64, shape (65536,): level of ``one`` times 256 plus level of ``other``.
    """
    counts = np.zeros(65536, np.int64)
    for k in range(one.size):
        # A uint8 of NumPy, as it is without a compiler, would not hold the product.
        counts[np.int64(one[k]) * 256 + other[k]] += 1
    return counts


def mi_in_nats_of(scene: Scene) -> float:
    """Return the same in nats, as toolboxes print it that take natural logarithms."""
    return mi_of(scene) * math.log(2)


METRIC = Metric(
    key="mi",
    title="MI",
    function=mutual_information,
    family="fusion",
    shared="scene",
    formula=mi_of,
    per_source=alone(mi_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=16,
    unit="bit",
    undefined_when="no pixel counts",
    worst=0,
    headline=True,
    order=60,
    source="Qu, Zhang and Yan 2002",
)
