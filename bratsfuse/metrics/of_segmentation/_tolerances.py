"""Metrics whose tolerance is part of their key: ``nsd_0.5mm``, ``lesion_nsd_2mm``."""

import functools
import math
import re
from collections.abc import Sequence
from typing import Final

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._lesions import Lesions, lesions_of
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._nsd import normalized_surface_dice, nsd_of
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances

PATTERNS: Final = "nsd_<number>mm, lesion_nsd_<number>mm"
_KEY: Final = re.compile(r"(lesion_)?nsd_(\d+(?:\.\d+)?)mm", re.ASCII)


@functools.cache
def metric_of(key: str) -> Metric | None:
    """Return the record of such a key; None if it is none."""
    found = _KEY.fullmatch(key)
    if not found:
        return None
    tolerance_mm = float(found[2])
    if not math.isfinite(tolerance_mm):
        return None
    return _of_lesions(key, tolerance_mm) if found[1] else _whole(key, tolerance_mm)


def _whole(key: str, tolerance_mm: float) -> Metric:
    def surface_dice(
        reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
    ) -> float:
        return normalized_surface_dice(
            reference, prediction, spacing_mm, tolerance_mm=tolerance_mm
        )

    def formula(surfels: SurfelDistances) -> float:
        return nsd_of(surfels, tolerance_mm)

    return Metric(
        key=key,
        title=f"NSD {tolerance_mm:g} mm",
        function=surface_dice,
        family="surface",
        shared="surfels",
        formula=formula,
        pooling="slice mean",
        higher_is_better=True,
        low=0.0,
        high=1.0,
        unit="",
        undefined_when="either mask is empty",
        both_empty=1.0,
        one_empty=0.0,
        worst=0.0,
        on_request=True,
        source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021",
    )


def _of_lesions(key: str, tolerance_mm: float) -> Metric:
    def lesion_surface_dice(
        reference: Mask,
        prediction: Mask,
        spacing_mm: Sequence[float] | None = None,
        *,
        preset: str = DEFAULT_PRESET,
    ) -> float:
        lesions = lesions_of(reference, prediction, spacing_mm, preset)
        return lesion_nsd_of(lesions, tolerance_mm)

    def formula(lesions: Lesions) -> float:
        return lesion_nsd_of(lesions, tolerance_mm)

    return Metric(
        key=key,
        title=f"Lesion-wise NSD {tolerance_mm:g} mm",
        function=lesion_surface_dice,
        family="lesion",
        shared="lesions",
        formula=formula,
        pooling="lesion mean",
        higher_is_better=True,
        low=0.0,
        high=1.0,
        unit="",
        undefined_when="never",
        worst=0.0,
        on_request=True,
        source="lesions of R. Saluja, BraTS-2023-Metrics; NSD of S. Nikolov et al.",
    )


def lesion_nsd_of(lesions: Lesions, tolerance_mm: float) -> float:
    """Return the mean NSD of lesions; 1 if there is nothing to score.

    False-negative and false-positive lesions count 0.
    """
    n = lesions.divisor
    found = math.fsum(nsd_of(surfels, tolerance_mm) for surfels in lesions.surfels)
    return found / n if n else 1.0
