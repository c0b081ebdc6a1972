"""The vocabulary: modalities, labels and regions, and what other releases call them.

Whatever a source release calls a sequence or codes a tissue as, bratsfuse knows four
modalities and one label coding. Nothing else in the package spells them out.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Modality(StrEnum):
    """One of the four MRI sequences, in the order in which they are stored."""

    T1 = "t1"
    T1CE = "t1ce"
    T2 = "t2"
    FLAIR = "flair"


MODALITY_ALIASES: Final[dict[str, Modality]] = {
    "t1": Modality.T1,
    "t1n": Modality.T1,
    "t1w": Modality.T1,
    "t1ce": Modality.T1CE,
    "t1c": Modality.T1CE,
    "t1gd": Modality.T1CE,
    "t2": Modality.T2,
    "t2w": Modality.T2,
    "flair": Modality.FLAIR,
    "t2f": Modality.FLAIR,
}
"""What a release may call a modality (lower case) -> the modality."""


class Label(IntEnum):
    """The canonical value of a tissue in every mask that bratsfuse writes."""

    BACKGROUND = 0
    NCR = 1
    ED = 2
    ET = 3
    RC = 4
    CC = 5

    @property
    def meaning(self) -> str:
        """Return the tissue in words."""
        return _MEANINGS[self]


_MEANINGS: Final[dict[Label, str]] = {
    Label.BACKGROUND: "background and healthy tissue",
    Label.NCR: "necrotic or non-enhancing tumour core (NCR/NET)",
    Label.ED: "peritumoural oedema or infiltration (ED, SNFH)",
    Label.ET: "enhancing tumour (ET)",
    Label.RC: "resection cavity (RC), of treated patients",
    Label.CC: "cystic component (CC), paediatric since 2024",
}


class Region(StrEnum):
    """A nested evaluation region, the union of some labels."""

    WT = "WT"
    TC = "TC"
    ET = "ET"


REGIONS: Final[dict[Region, frozenset[Label]]] = {
    Region.WT: frozenset({Label.NCR, Label.ED, Label.ET, Label.CC}),
    Region.TC: frozenset({Label.NCR, Label.ET, Label.CC}),
    Region.ET: frozenset({Label.ET}),
}
"""The labels of each region in the canonical coding.

The resection cavity lies outside the whole tumour (BraTS 2024 scoring code). The cystic
component occurs in paediatric releases only, where it belongs to WT and TC; listing it
here changes nothing for adults, whose masks never contain it.
"""


def lookup_table(labels: Iterable[int]) -> "npt.NDArray[np.bool_]":
    """Return a table of 256 booleans that is true at the given label values.

    Parameters
    ----------
    labels
        Label values, each in [0, 255].

    Returns
    -------
    numpy.ndarray
        Shape (256,), so that ``lookup_table(REGIONS[Region.WT])[mask]`` is the region
        of a uint8 mask, in one pass and without in-place edits.
    """
    import numpy as np  # here, so that the command line can name modalities cheaply

    table = np.zeros(256, dtype=np.bool_)
    table[[int(label) for label in labels]] = True
    return table
