"""Specificity: how much of what is outside the reference is spared."""

from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._counts import Counts, count, ratio
from bratsfuse.metrics.of_segmentation._masks import Mask


def specificity(reference: Mask, prediction: Mask) -> float:
    """Return the fraction outside the reference that is spared, TN / (TN + FP).

    The image's empty margin counts, so a wider image scores higher with the same
    masks; on a brain slice the value is close to 1 whatever is predicted.

    Parameters
    ----------
    reference, prediction
        Boolean masks of equal shape, (H, W) or (D, H, W).

    Returns
    -------
    float
        In [0, 1], higher is better. NaN if the reference fills the image.

    Raises
    ------
    InvalidInputError
        If a mask is not boolean, not 2-D or 3-D, or the shapes differ.

    References
    ----------
    A. A. Taha and A. Hanbury, "Metrics for evaluating 3D medical image segmentation",
    BMC Medical Imaging 15, 2015.
    """
    return specificity_of(count(reference, prediction))


def specificity_of(counts: Counts) -> float:
    """Return specificity of counted pixels."""
    return ratio(counts.tn, counts.tn + counts.fp)


METRIC = Metric(
    key="specificity",
    title="Specificity",
    function=specificity,
    family="overlap",
    shared="pixel counts",
    formula=specificity_of,
    pooling="counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="",
    undefined_when="the reference fills the image",
    worst=0.0,
    order=40,
    source="A. A. Taha and A. Hanbury, BMC Medical Imaging 15, 2015",
)
