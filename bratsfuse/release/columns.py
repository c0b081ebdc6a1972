"""The table of columns: what a release stores, once, for everything that reads it.

Writer, reader, fingerprint, dataset card, datasheet and checks all go by this table.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError

Kind = Literal["pixels", "scalar", "vector", "text"]
Config = Literal["all", "originals", "fusion"]

CONFIGS: Final[tuple[Config, ...]] = ("all", "originals", "fusion")
"""The named column subsets of the dataset card."""

FUSION_PREFIX: Final = "fusion_"

MASK: Final = "mask"

ROW_DIGEST: Final = "row_sha256"

_PRODUCT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)


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


def check_product_id(name: str) -> None:
    """Refuse what cannot stand behind ``fusion_`` in the name of a column.

    Raises
    ------
    InvalidInputError
        If it is not a letter and at most 39 more letters, digits or underscores.
    """
    if not _PRODUCT_ID.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot name a fusion product; expected a letter, then at most "
            "39 letters, digits or underscores"
        )


def columns(
    fusers: Sequence[str],
    sources: Sequence[str],
    added: Mapping[str, tuple[str, Sequence[str]]] | None = None,
) -> tuple[Column, ...]:
    """Return the columns of a release, in the order in which they are stored.

    Parameters
    ----------
    fusers
        The names of the fusion products that it was built with.
    sources
        The modalities that they were made of.
    added
        Product -> the method that made it and the modalities that it was made of, for
        those that were added to a built release.

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
    made = {name: (name, sources) for name in fusers} | dict(added or {})
    fused = tuple(
        Column(
            f"{FUSION_PREFIX}{name}",
            "pixels",
            "uint8",
            f"{' + '.join(made_of)} fused by `{method}`, in [0, 255]; background 0",
            ("all", "fusion"),
        )
        for name, (method, made_of) in made.items()
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
