"""PSNR: the error of MSE against the largest grey level, in decibels."""

import math

import numpy.typing as npt

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import ImagesLike, Scene, alone
from bratsfuse.metrics.of_fusion.mse import PEAK, mse_of


def peak_signal_to_noise_ratio(
    sources: ImagesLike,
    fused: npt.ArrayLike | None,
    *,
    inside: npt.ArrayLike | None = None,
) -> float:
    """Return PSNR of the fused image against its sources, with peak 255.

    ``10 log10(255^2 / MSE)`` with the mean of the errors, not the mean of the ratios.
    Values above 60 dB in tables mix an error on the [0, 1] scale with peak 255.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) and (H, W).
    inside
        Boolean, shape (H, W): the pixels that count. None counts all.

    Returns
    -------
    float
        Decibels, in [0, inf]; inf where all images are equal. NaN if no pixel counts.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape.
    """
    return psnr_of(Scene.of(sources, fused, inside))


def psnr_of(scene: Scene) -> float:
    """Return PSNR of a scene."""
    return decibels(mse_of(scene), PEAK)


def decibels(error: float, peak: float) -> float:
    """Return the peak signal-to-noise ratio of a mean squared error."""
    if error == 0:
        return math.inf
    return 10 * math.log10(peak**2 / error) if peak else -math.inf


METRIC = Metric(
    key="psnr",
    title="PSNR",
    function=peak_signal_to_noise_ratio,
    family="fusion",
    shared="scene",
    formula=psnr_of,
    per_source=alone(psnr_of),
    pooling="slice mean",
    higher_is_better=True,
    low=0,
    high=math.inf,
    unit="dB",
    undefined_when="no pixel counts",
    worst=0,
    headline=True,
    order=110,
    source="mean of the sources as in Jagalingam and Hegde 2015",
)
