"""What the BraTS scripts of 2023 to 2025 print for one region, under their names.

The rules are those of R. Saluja's BraTS-2023-Metrics and BraTS-2024-Metrics (the 2025
challenge uses the latter), oddities included; each oddity is named where it stands.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._lesion_presets import LesionPreset
from bratsfuse.metrics.of_segmentation._lesions import (
    Lesions,
    find_pair,
    measure_lesions,
)
from bratsfuse.metrics.of_segmentation._masks import LabelMap
from bratsfuse.metrics.of_segmentation._whole_region import (
    AVOIDS_ZERO,
    WholeRegion,
)
from bratsfuse.metrics.of_segmentation.lesion_dice import lesion_dice_of
from bratsfuse.metrics.of_segmentation.lesion_hd95 import lesion_hd95_of

TOLERANCES_MM: Final = (0.5, 1.0)


def score_region(
    reference: LabelMap,
    prediction: LabelMap,
    region: str,
    labels: frozenset[int],
    spacing_mm: tuple[float, ...],
    preset: LesionPreset,
) -> dict[str, float]:
    """Return the row of one region.

    Parameters
    ----------
    reference, prediction
        uint8, contiguous, shape (D, H, W), D = 1 for a slice.
    region, labels
        The region's name, which selects the rules, and its label values.
    spacing_mm
        Two or three pixel sizes; two make it a slice.
    preset
        The challenge's rules.
    """
    ndim = len(spacing_mm)
    shape = reference.shape[-ndim:]
    found = find_pair(reference, prediction, region, labels, spacing_mm, preset)
    tolerances = () if preset.name.startswith("brats2023") else TOLERANCES_MM
    lesions = measure_lesions(*found, region, spacing_mm, preset, shape, tolerances)
    whole = WholeRegion(*found, math.prod(shape), spacing_mm, preset)
    row: dict[str, float] = {
        "Num_TP": lesions.counts.tp,
        "Num_FP": lesions.counts.fp,
        "Num_FN": lesions.counts.fn,
        "Sensitivity": whole.sensitivity(),
        "Specificity": whole.specificity(),
        "Legacy_Dice": whole.dice(),
        "Legacy_HD95": whole.hd95(lesions.penalty_mm),
    }
    row |= {f"Legacy NSD @ {mm}": whole.nsd(mm) for mm in tolerances}
    row |= {
        "GT_Complete_Volume": float(found[0].sizes.sum()) * math.prod(spacing_mm),
        "LesionWise_Score_Dice": lesion_dice_of(lesions),
        "LesionWise_Score_HD95": lesion_hd95_of(lesions),
    }
    row |= {
        f"LesionWise_Score_NSD @ {mm}": _lesion_nsd(lesions, values)
        for mm, values in zip(tolerances, lesions.nsd, strict=True)
    }
    return row


def _lesion_nsd(lesions: Lesions, values: npt.NDArray[np.float64]) -> float:
    if not lesions.divisor:
        return 1.0
    return float(values.sum() / (1 + AVOIDS_ZERO / 2) / lesions.divisor)
