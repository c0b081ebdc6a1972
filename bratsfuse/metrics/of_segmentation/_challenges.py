"""The BraTS challenges whose evaluator is rebuilt: years, groups and labels, as data.

The label values are those of each challenge's own files. They are not always those that
bratsfuse writes: paediatric files code enhancing tumour as 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics.of_segmentation._lesion_presets import PRESETS, LesionPreset
from bratsfuse.wording import did_you_mean

Groups = Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One track of one year.

    Attributes
    ----------
    name
        For example ``"brats2026-gli"``; ``"brats2026-gli-2d"`` scores slices.
    groups
        What is scored, under the evaluator's names and in its order -> label values.
    preset
        The lesion-wise rules of 2023 to 2025; None for 2026, whose lesions are matched
        one to one.
    ndim
        3; 2 if the rules are carried over to slices.
    """

    name: str
    groups: Groups
    preset: LesionPreset | None
    ndim: int = 3

    @property
    def labels(self) -> frozenset[int]:
        """The values that a file of the challenge may contain, background included."""
        return frozenset({0}).union(*self.groups.values())


def _groups(**labels: tuple[int, ...]) -> Groups:
    return MappingProxyType(
        {name: frozenset(values) for name, values in labels.items()}
    )


_WHOLE_CORE_ENHANCING: Final = _groups(WT=(1, 2, 3), TC=(1, 3), ET=(3,))

_BEFORE_2026: Final[Mapping[str, Groups]] = MappingProxyType(
    {
        **{
            f"brats2023-{track}": _WHOLE_CORE_ENHANCING
            for track in ("gli", "men", "met", "ped", "ssa")
        },
        **{
            f"brats{year}-{track}": groups
            for year in (2024, 2025)
            for track, groups in {
                "gli": _groups(
                    WT=(1, 2, 3),
                    TC=(1, 3),
                    NETC=(1,),
                    SNFH=(2,),
                    ET=(3,),
                    RC=(4,),
                ),
                "ped": _groups(
                    WT=(1, 2, 3, 4),
                    TC=(1, 2, 3),
                    ET=(1,),
                    NETC=(2,),
                    CC=(3,),
                    ED=(4,),
                ),
                "ssa": _WHOLE_CORE_ENHANCING,
                "met": _groups(WT=(1, 2, 3), TC=(1, 3), ET=(3,), RC=(4,)),
                "men": _WHOLE_CORE_ENHANCING,
                "men-rt": _groups(GTV=(1,)),
            }.items()
        },
    }
)

_2026: Final[Mapping[str, Groups]] = MappingProxyType(
    {
        "brats2026-gli": _groups(
            snfh=(2,), et=(3,), netc=(1,), rc=(4,), tc=(1, 3), wt=(1, 2, 3)
        ),
        "brats2026-met": _groups(et=(3,), rc=(4,), tc=(1, 3), wt=(1, 2, 3)),
        "brats2026-ped": _groups(
            et=(1,), netc=(2,), cc=(3,), ed=(4,), tc=(1, 2, 3), wt=(1, 2, 3, 4)
        ),
        "brats2026-men": _groups(et=(3,), tc=(1, 3), wt=(1, 2, 3)),
        "brats2026-men-rt": _groups(gtv=(1,)),
        "brats2026-goat": _groups(et=(3,), tc=(1, 3), wt=(1, 2, 3)),
    }
)


def _challenges() -> dict[str, Challenge]:
    found = {}
    for name, groups in {**_BEFORE_2026, **_2026}.items():
        for ending, ndim in (("", 3), ("-2d", 2)):
            found[name + ending] = Challenge(
                name=name + ending,
                groups=groups,
                preset=PRESETS.get(name),
                ndim=ndim,
            )
    return found


CHALLENGES: Final[Mapping[str, Challenge]] = MappingProxyType(_challenges())
"""The challenges by name, those for slices included."""


def find_challenge(name: str) -> Challenge:
    """Return the challenge of that name, with hyphens or underscores.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    challenge = CHALLENGES.get(str(name).replace("_", "-").lower())
    if challenge is not None:
        return challenge
    meant = did_you_mean(name, CHALLENGES)
    known = ", ".join(key for key, c in CHALLENGES.items() if c.ndim == 3)
    raise InvalidInputError(
        f"challenge: found {name!r}, expected one of {known}, or one of them with -2d "
        f"for slices; {meant or 'choose the year and track that made the labels'}"
    )
