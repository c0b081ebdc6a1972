"""Masks by a coding: brought into canonical labels, or refused for what has no meaning.

A value outside a coding is never background: it would be an error that scores see as a
healthy pixel.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bratsfuse.anatomy import Label
from bratsfuse.anatomy.codings import CODINGS, OUTSIDE, Coding, find_coding
from bratsfuse.errors import InvalidInputError
from bratsfuse.wording import counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


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
    if mask.dtype != np.uint8:
        check_labels(mask, meant, where=where)
        mask = mask.astype(np.uint8)
    recoded = _translated(mask, meant.table())
    if recoded.size and recoded.max() == OUTSIDE:
        check_labels(mask, meant, where=where)
    return recoded


def _translated(
    mask: "npt.NDArray[np.uint8]", table: "npt.NDArray[np.uint8]"
) -> "npt.NDArray[np.uint8]":
    """Return a mask through a table, in a fraction of the time of indexing."""
    import numpy as np

    turned = mask.flags.f_contiguous and not mask.flags.c_contiguous
    flat = bytearray(np.ascontiguousarray(mask.T if turned else mask))
    told = np.frombuffer(flat.translate(table.tobytes()), np.uint8)
    return told.reshape(mask.T.shape).T if turned else told.reshape(mask.shape)


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
