"""The label codings: what each value of a mask means, release by release.

Value 4 is enhancing tumour until 2022, and since 2024 the resection cavity in adults
and oedema in children; 3 changed its meaning as often. A mask cannot say which it is.
This is the one table of them: dataset layouts read by it, metrics refuse by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.anatomy import Label
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.wording import counted, suggestion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OURS: Final = "bratsfuse"
"""The coding of every mask that bratsfuse writes."""

AMBIGUOUS: Final = 4
"""Means enhancing tumour in some codings, a cavity or oedema in others."""

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
        """Return 256 canonical labels by value; 0 for values outside the coding."""
        import numpy as np  # here, so that the command line can name codings cheaply

        table = np.zeros(256, dtype=np.uint8)
        for value, label in self.labels.items():
            table[value] = label
        return table

    def _sorted(self) -> list[tuple[int, Label]]:
        return sorted(self.labels.items())


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
    key = str(name).replace("-", "_")
    key = _SAME_AS.get(key, key)
    if key in CODINGS:
        return Coding(str(name), CODINGS[key])
    told = suggestion(key, CODINGS)
    raise UnknownNameError(
        f"coding: found {name!r}, expected {OURS!r} or a dataset layout's name; {told}"
    )


def recode(
    mask: "npt.NDArray[Any]", coding: str | Coding, *, where: str = "mask"
) -> "npt.NDArray[np.uint8]":
    """Return a mask in canonical labels.

    Parameters
    ----------
    mask
        Integers of any shape, in the coding named. It is not modified.
    coding
        As in `find_coding`.
    where
        What the mask is, for messages.

    Returns
    -------
    numpy.ndarray
        uint8 of the same shape; a copy.

    Raises
    ------
    InvalidInputError
        If the mask has labels outside the coding: they are never background.
    UnknownNameError
        If no coding has that name.

    Examples
    --------
    >>> import numpy as np
    >>> recode(np.uint8([[0, 1, 2, 4]]), "brats2018")
    array([[0, 1, 2, 3]], dtype=uint8)
    """
    import numpy as np

    meant = find_coding(coding) if isinstance(coding, str) else coding
    if mask.dtype.kind not in "iu":
        raise InvalidInputError(
            f"{where}: found {mask.dtype}, expected integer labels; round floats with "
            "numpy.rint(mask).astype(numpy.uint8)"
        )
    check_labels(mask, meant, where=where)
    return np.take(meant.table(), mask)


def check_labels(mask: "npt.NDArray[Any]", coding: Coding, *, where: str) -> None:
    """Return nothing if all values of a mask have a meaning in a coding, else refuse.

    Parameters
    ----------
    mask
        Integers of any shape.
    coding
        What they should be.
    where
        What the mask is, for messages.

    Raises
    ------
    InvalidInputError
        If a value lies outside the coding.
    """
    outside = values_outside(mask, coding.labels)
    if outside:
        raise InvalidInputError(
            f"{where}: found {counted(len(outside), 'label')} outside the coding, "
            f"{_listed(outside)}; expected 0 and those of {coding}; "
            f"{_advice(values_in(mask))}"
        )


def values_outside(mask: "npt.NDArray[Any]", labels: Iterable[int]) -> list[int]:
    """Return the values of a mask that are neither 0 nor one of some labels, sorted.

    A mask without any costs no more than its largest value.
    """
    if mask.size == 0:
        return []
    known = {0, *map(int, labels)}
    signed = mask.dtype.kind != "u" and int(mask.min()) < 0
    if not signed and known.issuperset(range(int(mask.max()) + 1)):
        return []
    return [value for value in values_in(mask) if value not in known]


def values_in(mask: "npt.NDArray[Any]") -> list[int]:
    """Return the values that occur in an array of integers, sorted.

    Axis by axis: NumPy would widen a whole volume to 64 bits at once.
    """
    import numpy as np

    if mask.size == 0:
        return []
    low, high = int(mask.min()), int(mask.max())
    if low < 0 or high > 255:
        return [int(value) for value in np.unique(mask)]
    if low == high:
        return [low]
    counts = np.zeros(256, dtype=np.int64)
    # Along the longest stride, so that slabs of a volume in any memory order are flat.
    axis = int(np.argmax(np.abs(mask.strides))) if mask.ndim > 2 else None
    slabs = (mask,) if axis is None else np.moveaxis(mask, axis, 0)
    for slab in slabs:
        if slab.any():  # most slices hold no tumour
            counts += np.bincount(slab.astype(np.uint8).ravel(), minlength=256)
        else:
            counts[0] += 1
    return [int(value) for value in np.flatnonzero(counts)]


def _listed(values: list[int], most: int = 8) -> str:
    more = ", ..." if len(values) > most else ""
    return ", ".join(map(str, values[:most])) + more


def _advice(found: list[int]) -> str:
    """Return what a mask of such values may be."""
    tissues = set(found) - {0}
    if len(tissues) == 1 and max(tissues) > max(Label):
        return (
            "for a mask of one region pass mask > 0 to a metric function such as "
            "segmentation.dice"
        )
    fitting = {
        tuple(labels.items()): name
        for name, labels in reversed([*CODINGS.items()])
        if tissues <= set(labels)
    }
    if fitting:
        names = " or ".join(repr(name) for name in reversed([*fitting.values()]))
        return f"if the mask is coded otherwise, name its coding: {names}"
    if 255 in tissues:
        return "if 255 means unlabelled, decide for each pixel before scoring"
    return "name labels of your own by regions={'name': [labels]}"
