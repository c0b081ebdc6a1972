"""The metrics as Linfeng Tang's driver prints them, to compare with published tables.

Evaluation-for-Image-Fusion @0e87153, ``Evaluation_for_Single_Algorithm.m`` and
``analysis_Reference.m``. Its functions are one thing, what the driver makes of them is
another: Nabf is called with the first source as the fused image; FMI without a feature,
whose default is edges, is printed as FMI_pixel; SSIM on grey levels 0..255 assumes the
range 1, is averaged over the replicated border and over the sources; PSNR has an error
on [0, 1] and a peak of 255, 48.13 dB more; MSE is on [0, 1]; MI counts 254 and 255 as
one level in the joint histogram; MS_SSIM is MEF-SSIM. FMI_w needs a function that is
not in the repository. The driver is for two sources.
"""

import math
from collections.abc import Callable

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics.of_fusion._gaussian import Float, gaussian_taps, smooth
from bratsfuse.metrics.of_fusion._scene import Image, Pair, Scene, mean, once
from bratsfuse.metrics.of_fusion.ag import ag_of
from bratsfuse.metrics.of_fusion.cc import cc_of
from bratsfuse.metrics.of_fusion.en import bits, en_of, entropy_bits, levels
from bratsfuse.metrics.of_fusion.fmi_dct import frequencies, require_whole
from bratsfuse.metrics.of_fusion.fmi_edge import MINIMUM_SIDE, edge_pixels
from bratsfuse.metrics.of_fusion.mef_ms_ssim import mef_ms_ssim_of
from bratsfuse.metrics.of_fusion.mi import count_pairs
from bratsfuse.metrics.of_fusion.mse import PEAK, mse_of
from bratsfuse.metrics.of_fusion.nabf import nabf_of
from bratsfuse.metrics.of_fusion.psnr import psnr_of
from bratsfuse.metrics.of_fusion.qabf import qabf_of
from bratsfuse.metrics.of_fusion.scd import scd_of
from bratsfuse.metrics.of_fusion.sd import sd_of
from bratsfuse.metrics.of_fusion.sf import sf_of
from bratsfuse.metrics.of_fusion.ssim import BORDER, SIGMA, WINDOW
from bratsfuse.metrics.of_fusion.vif import vif_of

C1, C2 = 0.01**2, 0.03**2
"""Of SSIM, for the range 1."""


def _mutual_information_of_saturated_levels(scene: Scene) -> float:
    fused_at = len(scene.sources)
    fused = np.minimum(levels(scene, fused_at), PEAK - 1)
    score = 0.0
    for i in range(fused_at):
        joint = count_pairs(np.minimum(levels(scene, i), PEAK - 1), fused)
        score += bits(scene, i) + bits(scene, fused_at) - entropy_bits(joint)
    return score


def _error_on_unit_scale(scene: Scene) -> float:
    return mse_of(scene) / PEAK**2


def _ratio_with_two_scales(scene: Scene) -> float:
    return psnr_of(scene) + 20 * math.log10(PEAK)


def _artefacts_of_the_first_source(scene: Scene) -> float:
    if len(scene.sources) != 2:
        raise InvalidInputError(
            f"nabf: found {len(scene.sources)} sources; expected 2, because the "
            "convention 'linfeng-tang' takes the first one for the fused image; leave "
            "this metric out or use 'bratsfuse'"
        )
    first, second = scene.sources
    return nabf_of(Scene((second, scene.fused), first, scene.inside))


def _similarity_of_range_one(scene: Scene) -> float:
    scene.require_side(WINDOW, "ssim")
    values = [mean(_similarity(pair), scene.inside) for pair in scene.pairs]
    return sum(values) / len(values)


def _similarity(pair: Pair) -> Float:
    one, other = _local_mean(pair.source), _local_mean(pair.fused)
    covariance = _smooth(pair.source.pixels * pair.fused.pixels) - one * other
    spread = _local_variance(pair.source) + _local_variance(pair.fused)
    luminance = (2 * one * other + C1) / (one**2 + other**2 + C1)
    return np.asarray(luminance * (2 * covariance + C2) / (spread + C2))


@once
def _local_mean(image: Image) -> Float:
    return _smooth(image.pixels)


@once
def _local_variance(image: Image) -> Float:
    return np.asarray(_smooth(image.pixels**2) - _local_mean(image) ** 2)


def _smooth(pixels: Float) -> Float:
    return smooth(np.pad(pixels, BORDER, mode="edge"), gaussian_taps(WINDOW, SIGMA))


def _edge_information(scene: Scene) -> float:
    from bratsfuse.metrics.of_fusion._fmi import published_information

    scene.require_side(MINIMUM_SIDE, "fmi_pixel")
    return published_information(scene, edge_pixels)


def _frequency_information(scene: Scene) -> float:
    from bratsfuse.metrics.of_fusion._fmi import published_information

    require_whole(scene)
    return published_information(scene, frequencies)


FUNCTIONS: dict[str, Callable[[Scene], float]] = {
    "en": en_of,
    "sd": sd_of,
    "sf": sf_of,
    "ag": ag_of,
    "mi": _mutual_information_of_saturated_levels,
    "cc": cc_of,
    "scd": scd_of,
    "mse": _error_on_unit_scale,
    "psnr": _ratio_with_two_scales,
    "ssim": _similarity_of_range_one,
    "ms_ssim": mef_ms_ssim_of,
    "vif": vif_of,
    "qabf": qabf_of,
    "nabf": _artefacts_of_the_first_source,
    "fmi_pixel": _edge_information,
    "fmi_dct": _frequency_information,
}
"""Key -> what the driver prints under that name, of a scene."""

UNITS: dict[str, str] = {"mse": ""}
"""The units that differ from those of bratsfuse."""
