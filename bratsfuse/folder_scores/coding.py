"""Masks of folders in canonical labels, or what is wrong with their labels."""

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import recoding
from bratsfuse.anatomy.codings import OURS, Coding, ambiguity, find_coding


def recode(
    labels: npt.NDArray[np.uint8], coding: str | Coding | None
) -> npt.NDArray[np.uint8] | str:
    """Return a mask in the canonical coding, or what is wrong with its labels.

    Parameters
    ----------
    labels
        uint8, as stored; not modified.
    coding
        A coding, or its name as of `find_coding`. None is ours where that is not
        `ambiguity`.

    Raises
    ------
    UnknownNameError
        If no coding has that name.
    """
    found = tissues_in(labels)
    meant = coding if isinstance(coding, Coding) else find_coding(coding or OURS)
    shown = ", ".join(map(str, found))
    doubt = ambiguity(found, "--coding {}") if coding is None else ""
    if doubt:
        return f"has the labels {shown}; {doubt}"
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
    return (
        "pass the --coding of the dataset (--reference-coding if only the references "
        "have it), or --regions NAME=LABELS of your own"
    )
