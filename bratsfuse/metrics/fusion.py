"""Metrics of image fusion: how well one image shows what several show.

Two or more aligned grey images, the sources, were fused into one. No metric knows what
the right result would have been; each asks one narrow question:

* **How much is in it?** (the fused image alone)
  `entropy`, `standard_deviation`, `spatial_frequency`, `average_gradient`,
  `edge_intensity`. Noise raises all five.
* **How much of it comes from the sources?**
  `mutual_information`, `normalized_mutual_information`,
  `tsallis_mutual_information`, `cross_entropy`, `nonlinear_correlation_entropy`,
  `correlation_coefficient`, `sum_of_correlations_of_differences`,
  `mean_squared_error`, `root_mean_squared_error`, `peak_signal_to_noise_ratio`, and
  the feature mutual information of `pixel_mutual_information`,
  `gradient_mutual_information`, `edge_mutual_information`, `dct_mutual_information`,
  `wavelet_mutual_information`.
* **Does its structure look like theirs?**
  `structural_similarity`, `multiscale_structural_similarity`, `piella_index`,
  `weighted_piella_index`, `edge_piella_index`, `yang_index`, `cvejic_index`,
  `multi_exposure_similarity`, `visual_information_fidelity`,
  `visual_information_fidelity_for_fusion`, `contrast_visibility`, `chen_blum_index`.
* **What became of their edges?**
  `edge_transfer` and `edge_preservation` (kept), `fusion_loss` (lost),
  `fusion_artefacts` (made up), `multiscale_edge_preservation`,
  `phase_congruency_index`.

Each has one definition here. Public toolkits print up to six different numbers under
one name; ``docs/metrics.md`` says which and why.

Conventions
-----------
* Images are uint8 grey levels 0..255, sources of shape (S, H, W) with S >= 2 and a
  fused image of shape (H, W). Nothing is rescaled: a float or [0, 1] image is refused,
  because it would, for example, double VIF. The arithmetic is float64.
* Every metric is called alike, ``metric(sources, fused, inside=None)``, also those that
  look at the fused image alone (their sources may be None).
* MI, NMI, SCD, SSIM, MS-SSIM and VIF are *sums* over the sources, CC, MSE, PSNR and FMI
  *means*; Qabf and Nabf weight the edges of all sources together. The ranges in
  `METRICS` are those of two sources.
* Undefined is NaN, never 0 or 1. An image that a metric's window does not fit is an
  error when the metric is called by itself and NaN in `evaluate`.
* ``inside`` restricts a metric to a mask. Statistics of pixels run over the mask's
  pixels. Maps (gradients, windows, filters) are those of the whole image; their values
  count where their centre is in the mask. A mask of all pixels changes nothing.

>>> import numpy as np
>>> ramp = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
>>> evaluate(np.stack([ramp, ramp.T]), ramp, ["en", "sf"])
{'en': 6.0, 'sf': 1.0}
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics._declared import declared, function_named, names_of
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.in_strips.scores import checked_names, scores_of
from bratsfuse.metrics.of_fusion._asked import (
    Convention,
    default_keys,
    functions_of,
    unit_of,
)
from bratsfuse.metrics.of_fusion._memory import keep_freed_memory
from bratsfuse.metrics.of_fusion._scene import (
    ImagesLike,
    Scene,
    Sources,
)

if TYPE_CHECKING:  # for editors; at run time a name is looked up among the records
    from bratsfuse.metrics.of_fusion.ag import average_gradient
    from bratsfuse.metrics.of_fusion.cc import correlation_coefficient
    from bratsfuse.metrics.of_fusion.ce import cross_entropy
    from bratsfuse.metrics.of_fusion.ei import edge_intensity
    from bratsfuse.metrics.of_fusion.en import entropy
    from bratsfuse.metrics.of_fusion.fmi_dct import dct_mutual_information
    from bratsfuse.metrics.of_fusion.fmi_edge import edge_mutual_information
    from bratsfuse.metrics.of_fusion.fmi_gradient import gradient_mutual_information
    from bratsfuse.metrics.of_fusion.fmi_pixel import pixel_mutual_information
    from bratsfuse.metrics.of_fusion.fmi_wavelet import wavelet_mutual_information
    from bratsfuse.metrics.of_fusion.labf import fusion_loss
    from bratsfuse.metrics.of_fusion.mef_ms_ssim import multi_exposure_similarity
    from bratsfuse.metrics.of_fusion.mi import mutual_information
    from bratsfuse.metrics.of_fusion.ms_ssim import multiscale_structural_similarity
    from bratsfuse.metrics.of_fusion.mse import mean_squared_error
    from bratsfuse.metrics.of_fusion.nabf import fusion_artefacts
    from bratsfuse.metrics.of_fusion.nmi import normalized_mutual_information
    from bratsfuse.metrics.of_fusion.psnr import peak_signal_to_noise_ratio
    from bratsfuse.metrics.of_fusion.qabf import edge_transfer
    from bratsfuse.metrics.of_fusion.qabf_p import edge_preservation
    from bratsfuse.metrics.of_fusion.qc import cvejic_index
    from bratsfuse.metrics.of_fusion.qcb import chen_blum_index
    from bratsfuse.metrics.of_fusion.qcv import contrast_visibility
    from bratsfuse.metrics.of_fusion.qe import edge_piella_index
    from bratsfuse.metrics.of_fusion.qm import multiscale_edge_preservation
    from bratsfuse.metrics.of_fusion.qncie import nonlinear_correlation_entropy
    from bratsfuse.metrics.of_fusion.qp import phase_congruency_index
    from bratsfuse.metrics.of_fusion.qs import piella_index
    from bratsfuse.metrics.of_fusion.qte import tsallis_mutual_information
    from bratsfuse.metrics.of_fusion.qw import weighted_piella_index
    from bratsfuse.metrics.of_fusion.qy import yang_index
    from bratsfuse.metrics.of_fusion.rmse import root_mean_squared_error
    from bratsfuse.metrics.of_fusion.scd import sum_of_correlations_of_differences
    from bratsfuse.metrics.of_fusion.sd import standard_deviation
    from bratsfuse.metrics.of_fusion.sf import spatial_frequency
    from bratsfuse.metrics.of_fusion.ssim import structural_similarity
    from bratsfuse.metrics.of_fusion.vif import visual_information_fidelity
    from bratsfuse.metrics.of_fusion.viff import visual_information_fidelity_for_fusion

__all__ = [
    "DEFAULT",
    "METRICS",
    "Convention",
    "Sources",
    "average_gradient",
    "brain_mask",
    "check_names",
    "chen_blum_index",
    "contrast_visibility",
    "correlation_coefficient",
    "cross_entropy",
    "cvejic_index",
    "dct_mutual_information",
    "edge_intensity",
    "edge_mutual_information",
    "edge_piella_index",
    "edge_preservation",
    "edge_transfer",
    "entropy",
    "evaluate",
    "fusion_artefacts",
    "fusion_loss",
    "gradient_mutual_information",
    "mean_squared_error",
    "multi_exposure_similarity",
    "multiscale_edge_preservation",
    "multiscale_structural_similarity",
    "mutual_information",
    "nonlinear_correlation_entropy",
    "normalized_mutual_information",
    "peak_signal_to_noise_ratio",
    "phase_congruency_index",
    "piella_index",
    "pixel_mutual_information",
    "root_mean_squared_error",
    "spatial_frequency",
    "standard_deviation",
    "structural_similarity",
    "sum_of_correlations_of_differences",
    "tsallis_mutual_information",
    "unit_of",
    "visual_information_fidelity",
    "visual_information_fidelity_for_fusion",
    "wavelet_mutual_information",
    "weighted_piella_index",
    "yang_index",
]

METRICS: Mapping[str, Metric]
"""Key -> what the metric is, in the order in which tables show them."""

DEFAULT: tuple[str, ...]
"""The keys that a report shows: most tables of the field have some of them."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a mapping, a tuple or a function)
    if name == "METRICS":
        return declared("fusion")
    if name == "DEFAULT":
        return default_keys()
    return function_named("fusion", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *names_of("fusion")})


def evaluate(
    sources: ImagesLike,
    fused: npt.ArrayLike,
    metrics: str | Sequence[str] | None = None,
    *,
    convention: Convention = "bratsfuse",
    brain: bool | npt.ArrayLike = False,
    regions: Mapping[str, npt.ArrayLike] | None = None,
    per_source: bool | Sequence[str] = False,
) -> dict[str, float]:
    """Return the metrics of one fused image by key.

    Metrics share their intermediate maps, so all of them together cost much less than
    one after the other. Pass one `Sources` for many fused images of the same sources.

    Parameters
    ----------
    sources, fused
        uint8, shapes (S, H, W) with S >= 2, and (H, W).
    metrics
        None for `DEFAULT`, ``"all"``, or keys of `METRICS`.
    convention
        ``"bratsfuse"``, or the toolbox whose published tables are to be reproduced:
        ``"cddfuse"``, ``"linfeng-tang"`` or ``"vifb"``. A key then gives what that
        toolbox prints under the name, which may be another metric; each has a part of
        the keys. ``docs/metrics.md`` lists what they do differently.
    brain
        True adds the metrics inside the brain, which is `brain_mask`, each under its
        key with ``_brain`` appended. A mask of shape (H, W) is used as the brain.
    regions
        More masks by name: ``{"tumour": mask}`` adds ``en_tumour`` and so on.
    per_source
        Names of the sources, in order: ``("t1ce", "flair")`` adds ``mi_t1ce``,
        ``mi_flair`` and so on, the metric with that source alone; True numbers them
        from 1. Those of a sum or a mean over the sources add up to it; SCD's are its
        terms; an artefact of Nabf exceeds every source.

    Returns
    -------
    dict
        Key to float, in the order asked for; those of the brain and of the regions
        follow. NaN where a metric is undefined, also because its window does not fit
        the image.

    Raises
    ------
    InvalidInputError
        If an array has another dtype or shape, or the convention lacks a metric.
    UnknownNameError
        If a key is not in `METRICS`.
    """
    keep_freed_memory()
    functions = functions_of(metrics, convention)
    prepared = Sources.of(sources)
    scene = Scene.of(prepared, fused)
    names = checked_names(per_source, len(prepared.images), convention)
    scores = dict(scores_of(scene, functions, names))
    masks = dict(regions or {})
    if brain is not False:
        masks = {"brain": prepared.brain if brain is True else brain} | masks
    for name, mask in masks.items():
        scores |= scores_of(scene.within(mask), functions, names, f"_{name}")
    return scores


def brain_mask(sources: ImagesLike) -> npt.NDArray[np.bool_]:
    """Return where the brain is: any source above zero, and the holes in that area.

    It follows from the sources alone, so that every fused image is judged on the same
    pixels. A hole is an area of zeros that no path along rows and columns connects with
    the border of the image.

    Parameters
    ----------
    sources
        uint8, shape (S, H, W), S >= 2; skull-stripped, the background exactly 0.

    Returns
    -------
    numpy.ndarray
        Boolean, shape (H, W).

    Raises
    ------
    InvalidInputError
        If an image is not uint8, or they are fewer than two or differ in shape.
    """
    return Sources.of(sources).brain.copy()


def check_names(
    metrics: str | Sequence[str] | None, convention: Convention = "bratsfuse"
) -> tuple[str, ...]:
    """Return the keys that `evaluate` would give, before there is an image to score.

    Raises
    ------
    InvalidInputError
        If the convention lacks a metric.
    UnknownNameError
        If a key or the convention is unknown.
    """
    return tuple(functions_of(metrics, convention))
