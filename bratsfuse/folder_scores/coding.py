"""Masks of folders in canonical labels, or what is wrong with their labels."""

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import recoding
from bratsfuse.anatomy.codings import AMBIGUOUS, OURS, Coding, find_coding


def recode(
    labels: npt.NDArray[np.uint8], coding: str | Coding | None
) -> npt.NDArray[np.uint8] | str:
    """Return a mask in the canonical coding, or what is wrong with its labels.

    Parameters
    ----------
    labels
        uint8, as stored; not modified.
    coding
        A coding, or its name as of `find_coding`. None is ours, but a mask with 4
        and no 3 is then ambiguous: 4 was the enhancing tumour until 2022 and is the
        resection cavity since 2024.

    Raises
    ------
    UnknownNameError
        If no coding has that name.
    """
    found = tissues_in(labels)
    meant = coding if isinstance(coding, Coding) else find_coding(coding or OURS)
    shown = ", ".join(map(str, found))
    if coding is None and AMBIGUOUS in found and AMBIGUOUS - 1 not in found:
        return (
            f"has the labels {shown}: 4 without 3 is ambiguous; pass --coding "
            "brats2018 if 4 is the enhancing tumour (as until 2022), or --coding "
            "brats2024-gli if it is the resection cavity"
        )
    if not set(found) <= set(meant.labels):
        expected = ", ".join(map(str, sorted(meant.labels)))
        return (
            f"has the labels {shown}; coding {meant.name} has {expected}; "
            f"{_advice(found)}"
        )
    return recoding.recode(labels, meant)


def tissues_in(labels: npt.NDArray[np.uint8]) -> list[int]:
    """Return the label values that occur, sorted, background left out."""
    return [value for value in recoding.values_in(labels) if value]


def _advice(found: list[int]) -> str:
    if len(found) == 1:
        return f"for masks of one tissue pass --regions tumour={found[0]}"
    return "pass the --coding of the dataset, or --regions NAME=LABELS of your own"
