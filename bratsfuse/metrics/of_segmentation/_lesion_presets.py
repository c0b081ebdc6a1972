"""The lesion-wise rules of the BraTS challenges, as data.

Read from the scoring scripts of R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics
(the 2025 challenge uses the latter). The rules are those of the scripts, oddities
included; each oddity is named where it stands.
"""

import math
from collections.abc import Iterator, Mapping
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
        small groups deleted before anything is matched: those of as many voxels or
        fewer as ``ignored_mm3`` says, since most scripts count voxels there.
    deletes_by_volume
        Whether they are deleted by their volume instead.
    neighbours
        For a tissue, the tissues whose lesions join two of its own that touch them.
    counts_false_positives
        Whether means over lesions are divided by false positives too.
    penalty_3d_mm
        The HD95 of a false-negative or false-positive lesion of a volume; None is the
        diagonal of the image at hand, in pixels whatever their size. The scripts round
        the diagonal of the challenge's image to whole millimetres, 374 and 337.
    penalty_2d_mm
        The same of a slice: the diagonal of an axial slice as it is, whatever the size
        of the image at hand.
    """

    name: str
    rules: LesionRules
    by_region: Mapping[str, LesionRules] = field(default_factory=dict)
    groups_predictions: bool = False
    deletes_by_volume: bool = False
    neighbours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts_false_positives: bool = True
    penalty_3d_mm: float | None = 374.0
    penalty_2d_mm: float = math.hypot(240, 240)

    def of(self, region: str) -> LesionRules:
        """Return the rules of a region."""
        return self.by_region.get(region, self.rules)

    @property
    def room(self) -> int:
        """The pixels around a mask that decide how its lesions are numbered.

        Numbers follow the dilated lesions, and decide which lesions are joined; where
        predictions are not grouped nothing depends on them.
        """
        if not self.groups_predictions:
            return 0
        rules = (self.rules, *self.by_region.values())
        return max(rule.grouping_steps for rule in rules)

    def penalty_mm(self, shape: tuple[int, ...]) -> float:
        """Return the HD95 of a false-negative or false-positive lesion of an image."""
        if len(shape) == 2:
            return self.penalty_2d_mm
        if self.penalty_3d_mm is None:
            return math.hypot(*shape)
        return self.penalty_3d_mm


def _rules(steps: int, ignored_mm3: float) -> LesionRules:
    return LesionRules(
        grouping_steps=steps, matching_steps=steps, ignored_mm3=ignored_mm3
    )


def _as_they_are(name: str, steps: int, ignored_mm3: float) -> LesionPreset:
    """Return the rules of 2023, which leave predicted components as they are."""
    return LesionPreset(name=name, rules=_rules(steps, ignored_mm3))


def _tracks_of(year: int) -> Iterator[LesionPreset]:
    """Yield the rules of 2024, which those of 2025 are too."""
    # Three dilations for SNFH too, where lesions are formed and where they are matched:
    # the script writes SFNH in all places where it chooses five.
    yield LesionPreset(
        name=f"brats{year}-gli",
        rules=_rules(3, 20),
        by_region=MappingProxyType(
            {"ET": _rules(3, 10), "NETC": _rules(5, 20), "RC": _rules(5, 20)}
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
        penalty_3d_mm=337.0,
        penalty_2d_mm=math.hypot(182, 218),
    )
    yield _as_they_are(f"brats{year}-men", 1, 50)
    yield LesionPreset(
        name=f"brats{year}-men-rt",
        rules=_rules(1, 50),
        groups_predictions=True,
        deletes_by_volume=True,
        counts_false_positives=False,
        penalty_3d_mm=None,
    )
    yield LesionPreset(
        name=f"brats{year}-met",
        rules=_rules(1, 2),
        groups_predictions=True,
        neighbours=_ENHANCING_BY_NECROSIS,
        penalty_3d_mm=None,
    )
    yield LesionPreset(
        name=f"brats{year}-ped", rules=_rules(5, 10), groups_predictions=True
    )
    yield LesionPreset(
        name=f"brats{year}-ssa",
        rules=_rules(3, 50),
        groups_predictions=True,
        neighbours=_ENHANCING_BY_NECROSIS,
    )


_ENHANCING_BY_NECROSIS: Final = MappingProxyType({"ET": ("NETC",)})


PRESETS: Final[Mapping[str, LesionPreset]] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _as_they_are("brats2023-gli", 3, 50),
            _as_they_are("brats2023-men", 1, 50),
            _as_they_are("brats2023-met", 1, 2),
            _as_they_are("brats2023-ped", 3, 50),
            _as_they_are("brats2023-ssa", 3, 50),
            *_tracks_of(2024),
            *_tracks_of(2025),
        )
    }
)
"""The presets by name."""

DEFAULT_PRESET: Final = "brats2023-gli"


def find_preset(name: str) -> LesionPreset:
    """Return the preset of that name, with hyphens or underscores.

    Raises
    ------
    InvalidInputError
        If no preset has it.
    """
    plain = str(name).replace("_", "-").lower()
    if plain not in PRESETS:
        meant = did_you_mean(plain, PRESETS)
        raise InvalidInputError(
            f"preset: found {name!r}, expected one of {', '.join(PRESETS)}; "
            f"{meant or f'leave it out for {DEFAULT_PRESET}'}"
        )
    return PRESETS[plain]
