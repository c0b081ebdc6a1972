"""The label codings: what each value of a mask means, release by release.

Value 4 is enhancing tumour until 2022, and since 2024 the resection cavity in adults
and oedema in children; 3 changed its meaning as often. A mask cannot say which it is.
This is the one table of them: dataset layouts read by it, metrics refuse by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bratsfuse.anatomy import Label
from bratsfuse.errors import UnknownNameError
from bratsfuse.wording import suggestion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OURS: Final = "bratsfuse"
"""The coding of every mask that bratsfuse writes."""

AMBIGUOUS: Final = 4
"""Means enhancing tumour in some codings, a cavity or oedema in others."""

OUTSIDE: Final = 255
"""Stands in tables for values without a meaning; no label has it."""

# The first year: 2 is the whole core, in which nothing is distinguished.
_TWO_TISSUES: Final = {1: Label.ED, 2: Label.NCR}
# One sequence of 2013 to 2016: necrosis, edema, non-enhancing, enhancing.
_FOUR_TISSUES: Final = {1: Label.NCR, 2: Label.ED, 3: Label.NCR, 4: Label.ET}
# 2017 to 2022: value 3 was dropped, enhancing tumour stayed 4.
_ONE_TWO_FOUR: Final = {1: Label.NCR, 2: Label.ED, 4: Label.ET}
# From 2023 on, except for the paediatric coding of 2024.
_ONE_TWO_THREE: Final = {1: Label.NCR, 2: Label.ED, 3: Label.ET}
_WITH_CAVITY: Final = _ONE_TWO_THREE | {4: Label.RC}
_PAEDIATRIC: Final = {1: Label.ET, 2: Label.NCR, 3: Label.CC, 4: Label.ED}
_OEDEMA_FIRST: Final = {1: Label.ED, 2: Label.NCR, 3: Label.ET}

CODINGS: Final[Mapping[str, Mapping[int, Label]]] = MappingProxyType(
    {
        OURS: {int(label): label for label in Label if label},
        "brats2012": _TWO_TISSUES,
        "brats2013": _FOUR_TISSUES,
        "brats2015": _FOUR_TISSUES,
        "brats2017": _ONE_TWO_FOUR,
        "brats2018": _ONE_TWO_FOUR,
        "brats2019": _ONE_TWO_FOUR,
        "brats2020": _ONE_TWO_FOUR,
        "brats2021": _ONE_TWO_FOUR,
        "brats2021_numbered": _ONE_TWO_FOUR,
        "brats2023_gli": _ONE_TWO_THREE,
        "brats2023_men": _ONE_TWO_THREE,
        "brats2023_met": _WITH_CAVITY,
        "brats2023_ped": _ONE_TWO_THREE,
        "brats2023_ssa": _ONE_TWO_THREE,
        "brats2024_gli": _WITH_CAVITY,
        "brats2024_goat": _ONE_TWO_THREE,
        "brats2024_ped": _PAEDIATRIC,
        "decathlon": _OEDEMA_FIRST,
        # What nnU-Net's own conversion of BraTS writes; the dataset.json of a copy
        # decides when a folder of it is read.
        "nnunet": _OEDEMA_FIRST,
    }
)
"""`OURS` or the name of a dataset layout -> value -> label; 0 is background in all."""

_SAME_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "brats2016": "brats2015",
        "brats2022": "brats2021",
        **{
            f"brats{year}_{track}": f"brats{since}_{track}"
            for track, since in {
                "gli": 2024,
                "goat": 2024,
                "men": 2023,
                "met": 2023,
                "ped": 2024,
                "ssa": 2023,
            }.items()
            for year in range(since, 2027)
            if f"brats{year}_{track}" not in CODINGS
        },
    }
)
"""Editions without a layout of their own -> the layout whose coding they kept."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What the values of a mask mean.

    Attributes
    ----------
    name
        As asked for, for messages.
    labels
        Value -> label, background left out.
    """

    name: str
    labels: Mapping[int, Label]

    def __str__(self) -> str:
        """Return ``brats2021 (1 NCR, 2 ED, 4 ET)``."""
        told = ", ".join(f"{value} {label.name}" for value, label in self._sorted())
        return f"{self.name} ({told})"

    @property
    def is_ours(self) -> bool:
        """Whether values are canonical labels already."""
        return all(value == label for value, label in self.labels.items())

    def expresses(self, labels: Iterable[int]) -> bool:
        """Return whether masks of this coding can have one of some canonical labels."""
        return not set(labels).isdisjoint(self.labels.values())

    def table(self) -> "npt.NDArray[np.uint8]":
        """Return the canonical label of each of 256 values; `OUTSIDE` for none."""
        import numpy as np  # here, so that the command line can name codings cheaply

        table = np.full(256, OUTSIDE, dtype=np.uint8)
        table[0] = Label.BACKGROUND
        for value, label in self.labels.items():
            table[value] = label
        return table

    def _sorted(self) -> list[tuple[int, Label]]:
        return sorted(self.labels.items())


def layout_of(name: str) -> str:
    """Return the dataset layout of an edition: ``brats2026-ped`` is ``brats2024_ped``.

    Parameters
    ----------
    name
        With hyphens or underscores. A name that is no such edition is returned with
        underscores.
    """
    key = str(name).replace("-", "_")
    return _SAME_AS.get(key, key)


def find_coding(name: str) -> Coding:
    """Return the coding of that name.

    Parameters
    ----------
    name
        ``"bratsfuse"``, or a dataset layout's name with hyphens or underscores, for
        example ``"brats2024-gli"``. Later editions that kept a coding have its name
        with their year: ``"brats2026-met"``.

    Raises
    ------
    UnknownNameError
        If no coding has it.

    Examples
    --------
    >>> print(find_coding("brats2018"))
    brats2018 (1 NCR, 2 ED, 4 ET)
    """
    key = layout_of(name)
    if key in CODINGS:
        return Coding(str(name), CODINGS[key])
    told = suggestion(key, CODINGS)
    raise UnknownNameError(
        f"coding: found {name!r}, expected {OURS!r} or a dataset layout's name; {told}"
    )


def ambiguity(values: Iterable[int], say: str = "coding={!r}") -> str:
    """Return why masks of no stated coding may be misread; empty if they may not.

    Parameters
    ----------
    values
        Those that occur. 4 without 3 is ambiguous: with a 3 the enhancing
        tumour has its label already.
    say
        How the caller states a coding, with braces for its name.

    Examples
    --------
    >>> ambiguity([0, 1, 3, 4])
    ''
    """
    found = set(values)
    if AMBIGUOUS not in found or Label.ET in found:
        return ""
    return (
        f"{AMBIGUOUS} without {int(Label.ET)} is ambiguous: enhancing tumour until "
        f"2022 ({say.format('brats2021')}), a resection cavity "
        f"({say.format('brats2024-gli')}) or oedema ({say.format('brats2024-ped')}) "
        f"since 2024; say which, or {say.format(OURS)} for masks of a release"
    )
