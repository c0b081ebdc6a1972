"""The recipe: every choice between raw volumes and a release, in one record.

It is stored as JSON in the release and described in words in the datasheet.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Final

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import CLOSED
from bratsfuse.release.columns import check_product_id

RECIPE_VERSION: Final = 1
"""Raised whenever the same choices would give other pixels, slices or splits."""

SPLITS: Final = ("train", "validation", "test")

DEFAULT_SLICES: Final = 2040
DEFAULT_SPLIT: Final = (0.7, 0.1, 0.2)
WINDOW_PER_MILLE: Final = (5, 995)
"""The ranks of the brain voxels, in thousandths, that become 0 and 255."""
WINDOW_PERCENT: Final = tuple(f"{part / 10:g}" for part in WINDOW_PER_MILLE)
"""The same as percentiles in words."""
DEFAULT_FUSERS: Final = ("average", "maximum", "laplacian")
"""The fusion products of a release, in the order in which it stores them."""

MIN_FOLDS: Final = 2

MIN_BRAIN_AREA: Final = 5000
"""Brain pixels that a slice without tumour must show, a fifth of a large slice."""

_FIXED: Final = {
    "version": RECIPE_VERSION,
    "scaling": (
        f"{' to '.join(WINDOW_PERCENT)} percentile of brain voxels to 0..255, clipped"
    ),
    "min_brain_area": MIN_BRAIN_AREA,
    "orientation": "LPS, rows anterior to posterior, columns right to left",
}
"""What nobody can choose; it is in the record all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a build was asked for.

    Attributes
    ----------
    slices
        Slice sets in all splits together.
    background_slices
        How many of them show brain without tumour.
    split
        Shares of train, validation and test; they add up to 1.
    seed
        Salt of the hash that assigns patients to splits.
    folds, fold
        With folds, the test split is the fold of this number, from 0, of so many; then
        only the share of validation counts. 0 folds for none.
    assigned
        Patient -> split, where a file named the splits; empty otherwise.
    sources
        The modalities that fusion images are made of.
    fusers
        The names of the fusion products, in storage order. That such methods exist is
        checked when they are used: who reads a release need not have them.
    min_area
        Tumour pixels that a chosen slice has at least.
    min_gap
        Slices left out at least between two chosen ones of a case.
    clip_negatives
        Whether negative source intensities become 0 instead of an error.
    any_shape
        Whether volumes of any shape are taken, padded with 0 to the largest.
    version, scaling, min_brain_area, orientation
        What nobody can choose, for the record.
    """

    __pydantic_config__: ClassVar = CLOSED

    version: int = RECIPE_VERSION
    slices: int = DEFAULT_SLICES
    background_slices: int = 0
    split: tuple[float, float, float] = DEFAULT_SPLIT
    seed: int = 0
    folds: int = 0
    fold: int = 0
    assigned: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Modality, ...] = (Modality.T1CE, Modality.FLAIR)
    fusers: tuple[str, ...] = DEFAULT_FUSERS
    min_area: int = 100
    min_gap: int = 0
    clip_negatives: bool = False
    any_shape: bool = False
    scaling: str = str(_FIXED["scaling"])
    min_brain_area: int = MIN_BRAIN_AREA
    orientation: str = str(_FIXED["orientation"])

    def __post_init__(self) -> None:
        for name, fixed in _FIXED.items():
            if (found := getattr(self, name)) != fixed:
                raise InvalidInputError(f"{name}: found {found!r}, expected {fixed!r}")
        if self.slices < 1 or not 0 <= self.background_slices <= self.slices:
            raise InvalidInputError(
                f"{self.slices} slices, {self.background_slices} of them without "
                "tumour; expected at least 1, and not more background than slices"
            )
        if not all(math.isfinite(share) and share >= 0 for share in self.split) or (
            sum(self.shares) != 1
        ):
            raise InvalidInputError(
                f"split {', '.join(map(str, self.split))}; expected three shares of at "
                "least 0 that add up to 1, such as 0.7,0.1,0.2"
            )
        self._check_folds()
        if len(set(self.sources)) < 2 or len(set(self.sources)) < len(self.sources):
            raise InvalidInputError(
                f"fusion sources {', '.join(self.sources)}; "
                "expected two to four different modalities"
            )
        for name in self.fusers:
            check_product_id(name)
        if not self.fusers or len(set(self.fusers)) < len(self.fusers):
            raise InvalidInputError(
                f"fusers {', '.join(self.fusers) or 'none'}; "
                "expected at least one, none of them twice"
            )
        if self.min_area < 1 or self.min_gap < 0:
            raise InvalidInputError(
                f"minimum area {self.min_area}, minimum gap {self.min_gap}; "
                "expected an area of at least 1 pixel and a gap of at least 0 slices"
            )

    def _check_folds(self) -> None:
        if (self.folds or self.fold) and not (
            self.folds >= MIN_FOLDS and 0 <= self.fold < self.folds
        ):
            raise InvalidInputError(
                f"fold {self.fold} of {self.folds}; expected at least {MIN_FOLDS} "
                "folds, counted from 0, such as --folds 5 --fold 0"
            )
        if self.folds and self.assigned:
            raise InvalidInputError(
                "folds beside a file of splits; expected one of the two"
            )
        if strange := set(self.assigned.values()) - set(SPLITS):
            raise InvalidInputError(
                f"splits {', '.join(sorted(strange))}; expected {', '.join(SPLITS)}"
            )

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """Return the exact decimal shares, free of binary rounding."""
        return tuple(Fraction(str(share)) for share in self.split)
