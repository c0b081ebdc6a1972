"""The table of columns: what a release stores, once, for everything that reads it.

Writer, reader, fingerprint, dataset card, datasheet and checks all go by this table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bratsfuse.anatomy import Modality

Kind = Literal["pixels", "scalar", "vector", "text"]
Config = Literal["all", "originals", "fusion"]

CONFIGS: Final[tuple[Config, ...]] = ("all", "originals", "fusion")
"""The named column subsets of the dataset card."""

FUSION_PREFIX: Final = "fusion_"

MASK: Final = "mask"

ROW_DIGEST: Final = "row_sha256"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a release.

    Attributes
    ----------
    name
        Its name in the HDF5 files and in every dataset made of them.
    kind
        ``pixels`` is one image (H, W) per row, ``vector`` one number per modality,
        ``scalar`` and ``text`` one value.
    dtype
        A NumPy type name, or ``str``.
    meaning
        In one sentence, with unit and range.
    configs
        The configs that show it.
    """

    name: str
    kind: Kind
    dtype: str
    meaning: str
    configs: tuple[Config, ...] = CONFIGS

    @property
    def hashed(self) -> bool:
        """Return whether the row digest covers it: all but the digest itself."""
        return self.name != ROW_DIGEST


_MODALITY_WORDS: Final = {
    Modality.T1: "T1-weighted",
    Modality.T1CE: "contrast-enhanced T1-weighted",
    Modality.T2: "T2-weighted",
    Modality.FLAIR: "T2 FLAIR",
}


def columns(fusers: Sequence[str], sources: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a release, in the order in which they are stored.

    Parameters
    ----------
    fusers
        The names of its fusion products.
    sources
        The modalities that they were made of.

    Returns
    -------
    tuple of Column
        Originals, fusion products, mask, identifiers, then what undoes the scaling.
    """
    originals = tuple(
        Column(
            str(modality),
            "pixels",
            "uint8",
            f"{words} slice, scaled to [0, 255]; background 0",
            ("all", "originals"),
        )
        for modality, words in _MODALITY_WORDS.items()
    )
    made_of = " + ".join(sources)
    fused = tuple(
        Column(
            f"{FUSION_PREFIX}{name}",
            "pixels",
            "uint8",
            f"{made_of} fused by `{name}`, in [0, 255]; background 0",
            ("all", "fusion"),
        )
        for name in fusers
    )
    return (*originals, *fused, *_COMMON)


def without_labels(table: Sequence[Column]) -> tuple[Column, ...]:
    """Return a table without the mask: what a split stores whose labels are hidden."""
    return tuple(column for column in table if column.name != MASK)


_COMMON: Final = (
    Column(MASK, "pixels", "uint8", "tumour labels in the canonical coding"),
    Column("case_id", "text", "str", "the imaging study, as its source names it"),
    Column("patient_id", "text", "str", "the patient; splits go by it"),
    Column(
        "slice_index", "scalar", "int16", "z in the volume after reorientation to LPS"
    ),
    Column("grade", "scalar", "uint8", "tumour grade: 0 unknown, 1 LGG, 2 HGG"),
    Column(
        "intensity_low",
        "vector",
        "float32",
        "source intensity stored as 0, for t1, t1ce, t2, flair",
        ("all",),
    ),
    Column(
        "intensity_high",
        "vector",
        "float32",
        "source intensity stored as 255, for t1, t1ce, t2, flair",
        ("all",),
    ),
    Column(
        ROW_DIGEST, "text", "str", "SHA-256 of all other columns of the row", ("all",)
    ),
)
