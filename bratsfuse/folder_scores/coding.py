"""What the label values of a mask mean: the coding of a dataset layout, or ours."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label
from bratsfuse.builders import BUILDERS
from bratsfuse.errors import InvalidInputError
from bratsfuse.wording import suggestion

OURS: Final = "bratsfuse"


def label_map_of(coding: str) -> Mapping[int, int]:
    """Return stored value -> canonical label of a coding, background left out.

    Parameters
    ----------
    coding
        ``bratsfuse`` or a dataset layout's name, with hyphens or underscores.

    Raises
    ------
    InvalidInputError
        If no layout has that name.
    """
    name = coding.lower().replace("-", "_")
    if name == OURS:
        return {int(label): int(label) for label in Label if label}
    layouts = dict(BUILDERS.usable())
    if name not in layouts:
        raise InvalidInputError(
            f"coding: found {coding!r}; {suggestion(name, [OURS, *layouts])}; expected "
            "bratsfuse or a dataset layout's name"
        )
    return {value: int(label) for value, label in layouts[name].label_map.items()}


def recode(
    labels: npt.NDArray[np.uint8], coding: str | None
) -> npt.NDArray[np.uint8] | str:
    """Return a mask in the canonical coding, or what is wrong with its labels.

    Parameters
    ----------
    labels
        uint8, as stored; not modified.
    coding
        As of `label_map_of`. None is ours, but a mask with 4 and no 3 is then
        ambiguous: 4 was the enhancing tumour until 2022 and is the resection cavity
        since 2024.
    """
    found = values_in(labels)
    known = label_map_of(coding or OURS)
    unknown = [value for value in found if value not in known]
    shown = ", ".join(map(str, found))
    if coding is None and 4 in found and 3 not in found:
        return (
            f"has the labels {shown}: 4 without 3 is ambiguous; pass --coding "
            "brats2018 if 4 is the enhancing tumour (as until 2022), or --coding "
            "brats2024-gli if it is the resection cavity"
        )
    if unknown:
        expected = ", ".join(map(str, sorted(known)))
        return (
            f"has the labels {shown}; coding {coding or OURS} has {expected}; "
            f"{_advice(found)}"
        )
    table = np.zeros(256, np.uint8)
    for value, label in known.items():
        table[value] = label
    return table[labels]


def values_in(labels: npt.NDArray[np.uint8]) -> list[int]:
    """Return the label values that occur, sorted, background left out."""
    counts = np.zeros(256, np.int64)
    for slab in labels if labels.ndim == 3 else labels[None]:
        if slab.any():  # most slices have no tumour
            counts += np.bincount(slab.ravel(), minlength=256)
    return [int(value) for value in np.flatnonzero(counts) if value]


def _advice(found: list[int]) -> str:
    if len(found) == 1:
        return f"for masks of one tissue pass --regions tumour={found[0]}"
    return "pass the --coding of the dataset, or --regions NAME=LABELS of your own"
