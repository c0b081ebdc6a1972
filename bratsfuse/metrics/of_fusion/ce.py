"""CE: how far the histogram of the fused image is from those of its sources."""

import math

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, once
from bratsfuse.metrics.of_fusion.en import level_counts


def cross_entropy(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return CE, the mean divergence of the sources' histograms from the fused one.

    ``mean over X of sum h_X log2(h_X / h_F)`` over the grey levels that both images
    have. It looks at no pixel's place: a shuffled image has the same value. Levels that
    the fused image lacks are left out, so the sum can be negative.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Bits; less is called better. 0 where all histograms are equal, but also where
        they share no level; at least -0.531. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return ce_of(Scene.of(sources, fused, inside))


def ce_of(scene: Scene) -> float:
    """Return CE of a scene."""
    return math.fsum(ce_terms(scene)) / len(scene.sources)


@once
def ce_terms(scene: Scene) -> tuple[float, ...]:
    """Return the divergence of each source's histogram from the fused one's."""
    *sources, fused = (_shares(scene, i) for i in range(len(scene.sources) + 1))
    return tuple(_divergence(source, fused) for source in sources)


def _shares(scene: Scene, i: int) -> npt.NDArray[np.float64]:
    counts = level_counts(scene, i)
    with np.errstate(invalid="ignore"):  # NaN where no pixel counts
        return np.asarray(counts / counts.sum())


def _divergence(
    source: npt.NDArray[np.float64], fused: npt.NDArray[np.float64]
) -> float:
    if np.isnan(source[0]):
        return math.nan
    both = (source > 0) & (fused > 0)
    return float(np.sum(source[both] * np.log2(source[both] / fused[both])))


METRIC = Metric(
    key="ce",
    title="CE",
    function=cross_entropy,
    family="fusion",
    shared="scene",
    formula=ce_of,
    per_source=ce_terms,
    pooling="slice mean",
    higher_is_better=False,
    # sum p log2(p / q) over levels with p, q > 0 is smallest where all of q but one
    # level's share p lies there: p log2 p >= -log2(e) / e.
    low=-math.log2(math.e) / math.e,
    high=math.inf,
    unit="bit",
    undefined_when="no pixel counts",
    worst=math.inf,
    order=310,
    source="Bulanon, Burks and Alchanatis 2009, as in VIFB",
)
