"""The fusion scores of one folder of images, as a table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.issues import Issue
from bratsfuse.luminance import Luminance
from bratsfuse.metrics.fusion import Convention


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric over all images.

    Attributes
    ----------
    mean
        Over the images where it is defined; NaN if there is none.
    n
        How many those are.
    n_undefined
        How many are left.
    """

    mean: float
    n: int
    n_undefined: int


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The scores of every image.

    Attributes
    ----------
    convention
        Whose definitions of the metrics.
    rows
        Name of the image -> key -> score, sorted by name. Keys inside the brain end in
        ``_brain``, inside the reference masks in ``_reference``.
    issues
        What the reader should know: warnings and notes.
    fused, sources, reference
        The folders, the sources in the order in which metrics were given them.
    brain
        Whether every metric is given inside the brain, too.
    luminance
        How colour images were turned into grey ones.
    per_source
        What columns of single sources call them, in order; empty without such columns.
    colour
        The source whose colours the fused images were compared with.
    """

    convention: Convention
    rows: Mapping[str, Mapping[str, float]]
    issues: tuple[Issue, ...]
    fused: Path | None = None
    sources: tuple[Path, ...] = ()
    reference: Path | None = None
    brain: bool = False
    luminance: Luminance = "pillow"
    per_source: tuple[str, ...] = ()
    colour: Path | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(next(iter(self.rows.values())))

    def summary(self) -> dict[str, Summary]:
        """Return mean, count and undefined count of each key."""
        return {key: self._summary(key) for key in self.keys}

    def _summary(self, key: str) -> Summary:
        values = [row[key] for row in self.rows.values()]
        defined = [value for value in values if not math.isnan(value)]
        mean = sum(defined) / len(defined) if defined else math.nan
        return Summary(mean, len(defined), len(values) - len(defined))
