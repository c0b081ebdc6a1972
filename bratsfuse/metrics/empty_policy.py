"""What a report writes where a metric is undefined because a mask is empty.

A tumour core or an enhancing tumour is often absent from a slice, and most metrics are
then 0/0 or have no surface to measure from. The metric functions return NaN. A report
names one of these policies and says how many values it touched, since the choice alone
can turn a ranking round.

=========  ======================  ======================  ==========================
policy     both masks empty        exactly one empty       in a mean
=========  ======================  ======================  ==========================
``brats``  perfect                 worst; distances: the   every case counts
                                   image's diagonal
``skip``   NaN                     NaN                     left out, and counted
``nan``    NaN                     NaN                     makes the mean NaN
=========  ======================  ======================  ==========================

Only undefined values are replaced: where one mask is empty, Dice is 0 under any policy.
What perfect and worst are is declared by each metric, see `bratsfuse.metrics.Metric`.
The lesion-wise scores have their script's own rules and are never touched, save F1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics._declared import declared
from bratsfuse.metrics._metric import DIAGONAL
from bratsfuse.metrics.of_segmentation._masks import check_spacing


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyPolicy:
    """Whether an undefined value is replaced, and what a mean does with one that stays.

    Attributes
    ----------
    name
        The name in reports.
    meaning
        What it does, in words for a report.
    fills
        Whether NaN becomes the value that the metric declares for empty masks.
    undefined_is_left_out
        Whether a mean is over the values that are still defined.
    """

    name: str
    meaning: str
    fills: bool = False
    undefined_is_left_out: bool = True


POLICIES: Final[Mapping[str, EmptyPolicy]] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            EmptyPolicy(
                name="brats",
                meaning=(
                    "both masks empty: perfect; exactly one empty: worst, for "
                    "distances the image's diagonal"
                ),
                fills=True,
            ),
            EmptyPolicy(
                name="skip",
                meaning="undefined values are left out of the means, and counted",
            ),
            EmptyPolicy(
                name="nan",
                meaning="one undefined value leaves a mean undefined",
                undefined_is_left_out=False,
            ),
        )
    }
)
"""The policies by name; the first is the default of a report."""


def image_diagonal_mm(
    shape: Sequence[int], spacing_mm: Sequence[float] | None = None
) -> float:
    """Return the diagonal of an image in millimetres.

    Between pixel corners, so that no distance inside the image is larger.

    Examples
    --------
    >>> image_diagonal_mm((240, 240))
    339.4112549695428
    """
    spacing = check_spacing(spacing_mm, len(shape))
    return math.hypot(*(n * size for n, size in zip(shape, spacing, strict=True)))


def fill_undefined(
    scores: Mapping[str, float],
    *,
    reference_is_empty: bool,
    prediction_is_empty: bool,
    diagonal_mm: float,
    policy: str = "brats",
) -> dict[str, float]:
    """Return the scores of one region with undefined values replaced by the policy.

    Parameters
    ----------
    scores
        By metric key, as `bratsfuse.metrics.segmentation.evaluate` returns them for a
        region. Not modified.
    reference_is_empty, prediction_is_empty
        Whether the region is absent from the reference and from the prediction.
    diagonal_mm
        The image's own diagonal, from `image_diagonal_mm`.
    policy
        One of `POLICIES`.

    Returns
    -------
    dict
        The same keys in the same order. A value that was defined is as it was, and so
        is one undefined for another reason, such as the specificity of a full mask.

    Raises
    ------
    InvalidInputError
        If no policy has that name.
    """
    if policy not in POLICIES:
        raise InvalidInputError(
            f"policy: found {policy!r}, expected one of {', '.join(POLICIES)}; "
            "leave it out for brats"
        )
    empty = reference_is_empty + prediction_is_empty
    if not POLICIES[policy].fills or not empty:
        return dict(scores)
    return {
        key: _filled(key, empty, diagonal_mm) if math.isnan(value) else value
        for key, value in scores.items()
    }


def _filled(key: str, empty: int, diagonal_mm: float) -> float:
    """Return the value that a metric declares for one or two empty masks."""
    metric = declared("segmentation")[key]
    value = metric.both_empty if empty == 2 else metric.one_empty
    if value is None:
        return math.nan
    return diagonal_mm if value == DIAGONAL else float(value)
