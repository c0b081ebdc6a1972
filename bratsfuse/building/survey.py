"""What a build must know of a case before it can choose slices, and what follows.

`bratsfuse.building.measuring` finds it in one pass over the case.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import REGIONS, Label, Region
from bratsfuse.issues import Issue, Severity
from bratsfuse.records import CLOSED, SourceFile, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A case in numbers.

    Attributes
    ----------
    case_id
        The case.
    shape
        (X, Y, Z) in LPS order.
    spacing_mm
        Voxel size along X, Y and Z.
    windows
        Modality -> the intensities that become 0 and 255.
    areas
        Label name -> its pixels in every slice.
    brain_area
        Pixels that any modality covers, in every slice.
    incomplete
        Slices in which a modality is empty and another is not.
    modality_iou
        Voxels that all modalities cover by voxels that any covers, in [0, 1].
    digests
        Modality -> SHA-256 of its brain voxels.
    sources
        Role -> the file it came from.
    issues
        Everything wrong or odd, names and files included.
    affine
        The upper three rows: voxel index in LPS order -> world (RAS+, millimetres).
        Empty if the case could not be measured.
    """

    __pydantic_config__: ClassVar = CLOSED

    case_id: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    windows: Mapping[str, Window]
    areas: Mapping[str, tuple[int, ...]]
    brain_area: tuple[int, ...]
    incomplete: tuple[int, ...]
    modality_iou: float
    digests: Mapping[str, str]
    sources: Mapping[str, SourceFile]
    issues: tuple[Issue, ...]
    affine: tuple[tuple[float, ...], ...] = ()

    @property
    def usable(self) -> bool:
        """Return whether the case may enter a release."""
        return all(issue.severity is not Severity.ERROR for issue in self.issues)

    def area(self, labels: Iterable[Label]) -> npt.NDArray[np.int64]:
        """Return the pixels of some labels together, in every slice."""
        total = np.zeros(self.shape[2], dtype=np.int64)
        for label in labels:
            total += np.asarray(self.areas.get(label.name, 0), dtype=np.int64)
        return total

    def tumour_slices(self, min_area: int, min_gap: int) -> list[int]:
        """Return the slices with enough tumour, best first.

        Parameters
        ----------
        min_area
            Pixels of the whole tumour that a slice has at least.
        min_gap
            Slices left out at least between two that are returned.

        Returns
        -------
        list of int
            Ranked by whole-tumour area, then enhancing area, both large first, then
            index. Slices in which a modality is empty are left out.
        """
        tumour = self.area(REGIONS[Region.WT])
        enhancing = self.area(REGIONS[Region.ET])
        eligible = np.flatnonzero(tumour >= min_area).tolist()
        ranked = sorted(eligible, key=lambda z: (-tumour[z], -enhancing[z], z))
        return self._apart(ranked, min_gap)

    def background_slices(
        self, min_area: int, min_gap: int, taken: Sequence[int] = ()
    ) -> list[int]:
        """Return the slices with much brain and no label at all, best first.

        Parameters
        ----------
        min_area
            Pixels of brain that a slice has at least.
        min_gap
            Slices left out at least between two that are returned, and between them
            and those that are `taken`.
        taken
            Slices that may be chosen for their tumour.

        Returns
        -------
        list of int
            Ranked by brain area, large first, then index. Slices in which a modality
            is empty are left out.
        """
        brain = np.asarray(self.brain_area)
        empty = self.area(Label) == 0
        eligible = np.flatnonzero(empty & (brain >= min_area)).tolist()
        ranked = sorted(eligible, key=lambda z: (-brain[z], z))
        return self._apart(ranked, min_gap, taken)

    def _apart(
        self, ranked: Sequence[int], min_gap: int, taken: Sequence[int] = ()
    ) -> list[int]:
        chosen: list[int] = []
        for z in ranked:
            if z not in self.incomplete and all(
                abs(z - other) > min_gap for other in (*taken, *chosen)
            ):
                chosen.append(z)
        return chosen
