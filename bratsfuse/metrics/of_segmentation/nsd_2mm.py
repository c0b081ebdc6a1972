"""NSD at a tolerance of 2 mm."""

from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._masks import Mask
from bratsfuse.metrics.of_segmentation._nsd import normalized_surface_dice, nsd_of
from bratsfuse.metrics.of_segmentation._surface import SurfelDistances

TOLERANCE_MM = 2.0


def surface_dice_2mm(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return `normalized_surface_dice` at a tolerance of 2 mm."""
    return normalized_surface_dice(
        reference, prediction, spacing_mm, tolerance_mm=TOLERANCE_MM
    )


def nsd_2mm_of(surfels: SurfelDistances) -> float:
    """Return NSD of two contours."""
    return nsd_of(surfels, TOLERANCE_MM)


METRIC = Metric(
    key="nsd_2mm",
    title="NSD 2 mm",
    function=surface_dice_2mm,
    family="surface",
    shared="surfels",
    formula=nsd_2mm_of,
    pooling="slice mean",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="either mask is empty",
    both_empty=1.0,
    one_empty=0.0,
    worst=0.0,
    order=110,
    source="S. Nikolov et al., Journal of Medical Internet Research 23, 2021 (surfels)",
)
