"""Scores of many slices or cases: one row each, one column per measure.

Every score carries its status, so that none is lost between scoring and the mean:
what was expected is scored, undefined or missing, and each is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Track = Literal["fusion", "segmentation"]

TRACKS: Final[tuple[Track, ...]] = ("fusion", "segmentation")
"""What a submission takes part in."""

Section = Literal["fusion", "segmentation", "downstream"]

SECTIONS: Final[tuple[Section, ...]] = (*TRACKS, "downstream")
"""What a submission is judged by: its tracks, and its fused images by their use."""


class Status(IntEnum):
    """How a score came about."""

    SCORED = 0
    POLICY = 1
    """The formula gives none; the value is the one that the rules name for that.

    For segmentation, where a mask is empty, the empty-mask policy names it; a case has
    this status if any of its slices was filled or left out by it. For fusion, where the
    fused image alone is to blame, it is the worst.
    """
    UNDEFINED = 2
    """No value; left out of the mean."""
    MISSING = 3
    """Nothing was submitted; the value is the worst that the metric has."""


@dataclass(frozen=True, slots=True, order=True)
class Measure:
    """One column: a metric, and the region that it looks at.

    Attributes
    ----------
    track
        Whether it judges a fused image, a predicted mask, or the masks of a segmenter
        that has learned on the fused images.
    region
        Of the tumour; empty for fusion, which judges whole images.
    key
        The key of the metric.
    """

    track: Section
    region: str
    key: str

    def __str__(self) -> str:
        """Return the measure as one word, such as ``WT dice``."""
        return f"{self.region} {self.key}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The scores of one submission, per slice or per case.

    Attributes
    ----------
    unit
        What a row is.
    ids
        The slice id or case id of each row, in the order of the release.
    cases, patients
        The case and the patient of each row.
    measures
        The columns.
    values
        float64, shape (rows, columns); NaN exactly where the status is undefined.
    status
        uint8, the same shape, values of `Status`.
    """

    unit: Literal["slice", "case"]
    ids: tuple[str, ...]
    cases: tuple[str, ...]
    patients: tuple[str, ...]
    measures: tuple[Measure, ...]
    values: npt.NDArray[np.float64]
    status: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, measure: Measure) -> npt.NDArray[np.float64]:
        """Return the values of a measure, one a row."""
        return self.values[:, self.measures.index(measure)]

    def of_track(self, track: Section) -> Iterator[Measure]:
        """Yield the measures of a track, in order."""
        return (measure for measure in self.measures if measure.track == track)
