"""The metrics as CDDFuse's evaluator prints them, to compare with published tables.

Zhao et al. 2023, MMIF-CDDFuse @fd8da1f, utils/Evaluator.py; EMMA, SMFNet and others
copy it. Five of its twelve metrics differ from those of bratsfuse: MI is in nats, AG is
divided by the number of pixels, PSNR takes the fused image's own maximum as its peak,
VIF counts a constant source as 1, and SSIM uses a 7 x 7 box with sample variances and
the data range 2 that older versions of scikit-image assumed for float images of any
scale; later ones refuse such a call. It computes in float32: about six digits agree.
"""

import math
from collections.abc import Callable

import numpy as np

from bratsfuse.metrics.of_fusion._gaussian import Float, smooth, smooth_product
from bratsfuse.metrics.of_fusion._scene import (
    Image,
    Pair,
    Scene,
    cropped,
    mean,
    once,
    selected,
)
from bratsfuse.metrics.of_fusion.ag import MINIMUM_SIDE, mean_gradient
from bratsfuse.metrics.of_fusion.cc import cc_of
from bratsfuse.metrics.of_fusion.en import en_of
from bratsfuse.metrics.of_fusion.mi import mi_in_nats_of
from bratsfuse.metrics.of_fusion.mse import mse_of
from bratsfuse.metrics.of_fusion.psnr import decibels
from bratsfuse.metrics.of_fusion.qabf import qabf_of
from bratsfuse.metrics.of_fusion.scd import scd_of
from bratsfuse.metrics.of_fusion.sd import sd_of
from bratsfuse.metrics.of_fusion.sf import sf_of
from bratsfuse.metrics.of_fusion.vif import source_fidelity, vif_of

BOX = 7
DATA_RANGE = 2.0
C1, C2 = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2


def _average_gradient_per_pixel(scene: Scene) -> float:
    scene.require_side(MINIMUM_SIDE, "ag")
    return mean_gradient(scene)


def _own_peak_signal_to_noise_ratio(scene: Scene) -> float:
    values = selected(scene.fused.pixels, scene.inside)
    peak = float(values.max()) if values.size else math.nan
    return decibels(mse_of(scene), peak)


def _fidelity_of_constant_as_one(scene: Scene) -> float:
    vif_of(scene)  # refuses images that are too small
    if scene.inside is not None and not scene.inside.any():
        return math.nan
    return sum(1.0 if math.isnan(value) else value for value in source_fidelity(scene))


def _box_similarity(scene: Scene) -> float:
    scene.require_side(BOX, "ssim")
    windows = cropped(scene.inside, BOX // 2)
    return sum(mean(_similarity(pair), windows) for pair in scene.pairs)


@once
def _similarity(pair: Pair) -> Float:
    one, other = _box_mean(pair.source), _box_mean(pair.fused)
    product = smooth_product(pair.source.pixels, pair.fused.pixels, _box())
    sample = BOX**2 / (BOX**2 - 1)
    covariance = sample * (product - one * other)
    spread = _box_variance(pair.source) + _box_variance(pair.fused)
    luminance = (2 * one * other + C1) / (one * one + other * other + C1)
    return np.asarray(luminance * (2 * covariance + C2) / (spread + C2))


@once
def _box_mean(image: Image) -> Float:
    return smooth(image.pixels, _box())


@once
def _box_variance(image: Image) -> Float:
    average = _box_mean(image)
    squares = smooth_product(image.pixels, image.pixels, _box())
    return np.asarray(BOX**2 / (BOX**2 - 1) * (squares - average * average))


def _box() -> Float:
    return np.full(BOX, 1 / BOX)


FUNCTIONS: dict[str, Callable[[Scene], float]] = {
    "en": en_of,
    "sd": sd_of,
    "sf": sf_of,
    "ag": _average_gradient_per_pixel,
    "mi": mi_in_nats_of,
    "cc": cc_of,
    "scd": scd_of,
    "mse": mse_of,
    "psnr": _own_peak_signal_to_noise_ratio,
    "ssim": _box_similarity,
    "vif": _fidelity_of_constant_as_one,
    "qabf": qabf_of,
}
"""Key -> the metric under this convention, of a scene."""

UNITS: dict[str, str] = {"mi": "nat"}
"""The units that differ from those of bratsfuse."""
