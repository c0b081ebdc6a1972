"""What a report draws besides its scores: volumes of regions, and slices."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Image
from bratsfuse.pages.viewer import Crops
from bratsfuse.results import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """The pixels of each region in each case, reference and prediction.

    Attributes
    ----------
    cases
        One per row.
    regions
        One per column.
    reference, prediction
        int64, shape (cases, regions), in pixels.
    pixel_mm2
        The area of a pixel in each case.
    """

    cases: tuple[str, ...]
    regions: tuple[str, ...]
    reference: npt.NDArray[np.int64]
    prediction: npt.NDArray[np.int64]
    pixel_mm2: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A slice that the page shows.

    Attributes
    ----------
    slice_id
        Which one.
    rank
        Why: the worst, the median or the best of its track.
    track
        What it was chosen by.
    score
        The value that it was chosen by, and its name.
    original
        uint8 (H, W), the last source modality.
    fused, reference, prediction
        uint8 (H, W); None where there is none.
    """

    slice_id: str
    rank: Literal["worst", "median", "best"]
    track: Track
    score: tuple[str, float]
    original: Image
    fused: Image | None
    reference: Image | None
    prediction: Image | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceFolder:
    """Crops of all scored slices, which a page beside the report shows.

    Attributes
    ----------
    folder
        Where the files are, until the report is written.
    crops
        What it has.
    """

    folder: Path
    crops: Crops
