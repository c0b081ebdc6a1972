"""MS-SSIM: structural similarity at five scales."""

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._halving import halved_mask
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone, cropped, mean
from bratsfuse.metrics.of_fusion.ssim import BORDER, WINDOW, compare

SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MINIMUM_SIDE = WINDOW * 2 ** (len(SCALE_WEIGHTS) - 1)


def multiscale_structural_similarity(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return MS-SSIM of the fused image with each source, summed over the sources.

    Wang, Simoncelli and Bovik 2003: five scales with their weights as exponents; the
    mean of the contrast-structure term at scales 1 to 4, of the whole SSIM at scale 5,
    negative means taken as 0; between scales the mean of 2 x 2 pixels, the last row or
    column of an odd side repeated. What several toolkits call MS_SSIM is MEF-SSIM of Ma
    et al. 2015, another metric. With a mask a coarse pixel counts if at least two of
    its four pixels do.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W), both sides at least 176: at scale 5 the
        window of 11 pixels must still fit.
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        In [0, S]; S where all images are equal. NaN if at some scale no window counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the images are too small.
    """
    return ms_ssim_of(Scene.of(sources, fused, inside))


def ms_ssim_of(scene: Scene) -> float:
    """Return MS-SSIM of a scene."""
    scene.require_side(MINIMUM_SIDE, "ms_ssim")
    last = len(SCALE_WEIGHTS) - 1
    score = 0.0
    for pair in scene.pairs:
        product = 1.0
        for level, weight in enumerate(SCALE_WEIGHTS):
            contrast, similarity = compare(pair, level)
            values = similarity if level == last else contrast
            average = mean(values, cropped(halved_mask(scene, level), BORDER))
            # Not max(0, average), which would turn NaN into 0.
            product *= (0.0 if average < 0 else average) ** weight
        score += product
    return score


METRIC = Metric(
    key="ms_ssim",
    title="MS-SSIM",
    function=multiscale_structural_similarity,
    family="fusion",
    shared="scene",
    formula=ms_ssim_of,
    per_source=alone(ms_ssim_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=2,
    unit="",
    undefined_when="a side is shorter than 176 pixels, or no pixel counts",
    worst=0,
    headline=True,
    order=130,
    source="Wang, Simoncelli and Bovik 2003",
)
