"""The lesion-wise rules of the BraTS challenges, as data.

Read from the scoring scripts of R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics
(the 2025 challenge uses the latter). The rules are those of the scripts, oddities
included; each oddity is named where it stands.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.wording import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionRules:
    """What makes a lesion of one region.

    Attributes
    ----------
    grouping_steps
        Dilations after which touching components are one lesion.
    matching_steps
        Dilations of a lesion within which a predicted component belongs to it.
    ignored_mm3
        Reference lesions of this volume or less are not scored. In a slice, mm^2.
    """

    grouping_steps: int
    matching_steps: int
    ignored_mm3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionPreset:
    """The lesion-wise rules of one challenge.

    Attributes
    ----------
    name
        For example ``"brats2023-gli"``.
    rules
        Those of every region that `by_region` does not name.
    by_region
        Regions with rules of their own.
    groups_predictions
        Whether predicted components are grouped by dilation as the reference is, and
        groups of ``ignored_mm3`` or less deleted before anything is matched.
    neighbours
        For a tissue, the tissues whose lesions join two of its own that touch them.
    image_mm
        The challenge's image, (D, H, W); its diagonal is the penalty.
    """

    name: str
    rules: LesionRules
    by_region: Mapping[str, LesionRules] = field(default_factory=dict)
    groups_predictions: bool = False
    neighbours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    image_mm: tuple[int, int, int]

    def of(self, region: str) -> LesionRules:
        """Return the rules of a region."""
        return self.by_region.get(region, self.rules)

    def penalty_mm(self, ndim: int) -> float:
        """Return the HD95 of a false-negative or false-positive lesion.

        A constant of the challenge, whatever the size of the image at hand. The
        scripts know volumes only and round their diagonal to whole millimetres, 374
        and 337; a slice takes the diagonal of the challenge's axial slice as it is.
        """
        if ndim == 2:
            return math.hypot(*self.image_mm[1:])
        return _PENALTY_3D_MM[self.image_mm]


_PENALTY_3D_MM: Final = {(155, 240, 240): 374.0, (182, 218, 182): 337.0}


def _brats2023(name: str, steps: int, ignored_mm3: float) -> LesionPreset:
    return LesionPreset(
        name=name,
        rules=LesionRules(
            grouping_steps=steps, matching_steps=steps, ignored_mm3=ignored_mm3
        ),
        image_mm=(155, 240, 240),
    )


def _post_treatment(name: str) -> LesionPreset:
    wide = LesionRules(grouping_steps=5, matching_steps=5, ignored_mm3=20)
    return LesionPreset(
        name=name,
        rules=LesionRules(grouping_steps=3, matching_steps=3, ignored_mm3=20),
        by_region=MappingProxyType(
            {
                "ET": LesionRules(grouping_steps=3, matching_steps=3, ignored_mm3=10),
                "NETC": wide,
                "RC": wide,
                # Five was meant in both places: the script misspells SNFH where it
                # groups.
                "SNFH": LesionRules(grouping_steps=3, matching_steps=5, ignored_mm3=20),
            }
        ),
        groups_predictions=True,
        neighbours=MappingProxyType(
            {
                "NETC": ("ET", "RC"),
                "ET": ("NETC", "RC"),
                "RC": ("ET", "NETC"),
                "SNFH": ("ET", "RC", "NETC"),
            }
        ),
        image_mm=(182, 218, 182),
    )


PRESETS: Final[Mapping[str, LesionPreset]] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _brats2023("brats2023-gli", steps=3, ignored_mm3=50),
            _brats2023("brats2023-men", steps=1, ignored_mm3=50),
            _brats2023("brats2023-met", steps=1, ignored_mm3=2),
            _brats2023("brats2023-ped", steps=3, ignored_mm3=50),
            _brats2023("brats2023-ssa", steps=3, ignored_mm3=50),
            _post_treatment("brats2024-gli"),
            _post_treatment("brats2025-gli"),
        )
    }
)
"""The presets by name."""

DEFAULT_PRESET: Final = "brats2023-gli"


def find_preset(name: str) -> LesionPreset:
    """Return the preset of that name.

    Raises
    ------
    InvalidInputError
        If no preset has it.
    """
    if name not in PRESETS:
        meant = did_you_mean(str(name).replace("_", "-"), PRESETS)
        raise InvalidInputError(
            f"preset: found {name!r}, expected one of {', '.join(PRESETS)}; "
            f"{meant or f'leave it out for {DEFAULT_PRESET}'}"
        )
    return PRESETS[name]
