"""Every lesion of a region as a row: what was found of it, and how well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bratsfuse.metrics import METRICS

if TYPE_CHECKING:
    from bratsfuse.metrics.of_segmentation import RegionPair


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionRow:
    """One lesion of one region, or one false-positive component.

    Attributes
    ----------
    region, number
        Which lesion; numbers count from 1 in a region, false positives last.
    status
        ``tp``, ``fn`` or ``fp``.
    reference_size, predicted_size
        In mm^3; in mm^2 of a slice.
    dice, hd95
        As the lesion-wise scores count it: 0 and the penalty if not ``tp``.
    """

    region: str
    number: int
    status: str
    reference_size: float
    predicted_size: float
    dice: float
    hd95: float


def wants_lesions(metrics: Iterable[str]) -> bool:
    """Return whether any of these metrics is lesion-wise."""
    return any(METRICS["segmentation"][key].family == "lesion" for key in metrics)


def lesion_rows(region: str, pair: "RegionPair") -> Iterator[LesionRow]:
    """Yield the scored lesions of a region, then its false positives."""
    lesions = pair.lesions
    columns = (
        lesions.found,
        lesions.reference_size,
        lesions.predicted_size,
        lesions.dice,
        lesions.hd95,
    )
    number = 0
    for hit, size, predicted, dice, hd95 in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        number += 1
        yield LesionRow(
            region=region,
            number=number,
            status="tp" if hit else "fn",
            reference_size=size,
            predicted_size=predicted,
            dice=dice,
            hd95=hd95,
        )
    for size in lesions.false_positive_size.tolist():
        number += 1
        yield LesionRow(
            region=region,
            number=number,
            status="fp",
            reference_size=0.0,
            predicted_size=size,
            dice=0.0,
            hd95=lesions.penalty_mm,
        )
