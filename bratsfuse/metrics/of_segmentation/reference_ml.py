"""The volume of the reference in millilitres."""

import math
from collections.abc import Sequence

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._masks import Mask, check_masks
from bratsfuse.metrics.of_segmentation._volume import volume_ml


def reference_volume(
    reference: Mask, prediction: Mask, spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the volume of the reference in millilitres.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (D, H, W).
    spacing_mm
        Voxel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    float
        Millilitres, in [0, inf). NaN for a slice, whose thickness is not known.

    Raises
    ------
    InvalidInputError
        As `hausdorff_distance`.
    """
    reference, prediction = check_masks(reference, prediction)
    return volume_ml(reference, spacing_mm)


METRIC = Metric(
    key="reference_ml",
    title="Volume of the reference",
    function=reference_volume,
    family="overlap",
    pooling="slice mean",
    higher_is_better=None,
    low=0.0,
    high=math.inf,
    unit="ml",
    undefined_when="the masks are slices",
    worst=None,
    on_request=True,
    order=310,
    source="voxels times their size",
)
