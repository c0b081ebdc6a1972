"""The metrics as VIFB's driver prints them, to compare with published tables.

Zhang, Ye and Xiao 2020, xingchenzhang/VIFB @22b2ea9, ``compute_metrics.m``; MEFB and
others copy it. Of its thirteen metrics seven are not those of bratsfuse: MI is in nats,
SF divides both sums by the number of pixels, RMSE is the root of the *sum* of squared
differences over the number of pixels, averaged over the sources, and PSNR takes it for
the mean squared error; Qabf sees images times 255; SD is called variance; Q_CB keeps
the contrast of rounding noise on a black background, where two libraries differ by up
to 0.012.
"""

import math
from collections.abc import Callable

from bratsfuse.metrics.of_fusion._moments import sums
from bratsfuse.metrics.of_fusion._scene import Image, Scene, selected
from bratsfuse.metrics.of_fusion.ag import ag_of
from bratsfuse.metrics.of_fusion.ce import ce_of
from bratsfuse.metrics.of_fusion.ei import ei_of
from bratsfuse.metrics.of_fusion.en import en_of
from bratsfuse.metrics.of_fusion.mi import mi_in_nats_of
from bratsfuse.metrics.of_fusion.mse import PEAK
from bratsfuse.metrics.of_fusion.psnr import decibels
from bratsfuse.metrics.of_fusion.qabf import qabf_of
from bratsfuse.metrics.of_fusion.qcb import preserved_contrast
from bratsfuse.metrics.of_fusion.qcv import qcv_of
from bratsfuse.metrics.of_fusion.sd import sd_of
from bratsfuse.metrics.of_fusion.sf import squared_differences
from bratsfuse.metrics.of_fusion.ssim import ssim_of


def _frequency_per_pixel(scene: Scene) -> float:
    count = selected(scene.fused.grey, scene.inside).size
    return math.sqrt(sum(squared_differences(scene)) / count) if count else math.nan


def _root_of_the_sum_per_pixel(scene: Scene) -> float:
    count, totals, products = sums(scene)
    if not count:
        return math.nan
    squares = [
        products[i][i] - 2 * products[i][-1] + products[-1][-1]
        for i in range(len(totals) - 1)
    ]
    return math.fsum(math.sqrt(one) for one in squares) / count / len(squares)


def _ratio_to_the_root(scene: Scene) -> float:
    return decibels(_root_of_the_sum_per_pixel(scene), PEAK)


def _transfer_of_scaled_edges(scene: Scene) -> float:
    sources = [Image(source.pixels * PEAK) for source in scene.sources]
    return qabf_of(Scene(sources, Image(scene.fused.pixels * PEAK), scene.inside))


def _contrast_of_noise_too(scene: Scene) -> float:
    return preserved_contrast(scene, 0.0)


FUNCTIONS: dict[str, Callable[[Scene], float]] = {
    "en": en_of,
    "sd": sd_of,
    "sf": _frequency_per_pixel,
    "ag": ag_of,
    "ei": ei_of,
    "mi": mi_in_nats_of,
    "psnr": _ratio_to_the_root,
    "ssim": ssim_of,
    "qabf": _transfer_of_scaled_edges,
    "qcv": qcv_of,
    "rmse": _root_of_the_sum_per_pixel,
    "ce": ce_of,
    "qcb": _contrast_of_noise_too,
}
"""Key -> what the driver prints under that name, of a scene."""

UNITS: dict[str, str] = {"mi": "nat"}
"""The units that differ from those of bratsfuse."""
