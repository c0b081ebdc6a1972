"""The table of columns: what a release stores, once, for everything that reads it.

A column is declared here and nowhere else: what it contains, which configs show it, and
how its value is made. Whatever builds, stores, loads, checks or describes a release
goes by what is declared, never by a name that it knows.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Grade
from bratsfuse.release.column import ROW_DIGEST, Column
from bratsfuse.release.row_context import RowContext

if TYPE_CHECKING:  # a manifest is read without arrays
    from bratsfuse.arrays import Image

FUSION_PREFIX: Final = "fusion_"

MASK: Final = "mask"

_PRODUCT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)

_MODALITY_WORDS: Final = {
    Modality.T1: "T1-weighted",
    Modality.T1CE: "contrast-enhanced T1-weighted",
    Modality.T2: "T2-weighted",
    Modality.FLAIR: "T2 FLAIR",
}


def check_product_id(name: str) -> None:
    """Refuse what cannot follow ``fusion_`` in the name of a column.

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
        Modalities, fusion products, mask, identifiers, then what undoes the scaling.
    """
    made = {name: (name, sources) for name in fusers} | dict(added or {})
    fused_from = {Modality(one) for _, made_of in made.values() for one in made_of}
    originals = tuple(
        Column(
            str(modality),
            "image",
            "uint8",
            f"{words} slice, scaled to [0, 255]; background 0",
            ("all", "originals", *(("pairs",) if modality in fused_from else ())),
            partial(_original, modality=modality),
        )
        for modality, words in _MODALITY_WORDS.items()
    )
    fused = tuple(
        Column(
            f"{FUSION_PREFIX}{name}",
            "image",
            "uint8",
            f"{' + '.join(made_of)} fused by `{method}`, in [0, 255]; background 0",
            ("all", "fusion", "pairs"),
            partial(_fused, name=name, sources=made_of) if name in fusers else None,
        )
        for name, (method, made_of) in made.items()
    )
    table = (*originals, *fused, *COMMON)
    names = Counter(column.name for column in table)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise InvalidInputError(
            f"two columns are called {twice[0]!r}; give one of them another name"
        )
    return table


def without_labels(table: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns of a split with hidden labels: none that depends on them."""
    return tuple(column for column in table if not column.labels)


def label_columns(table: Sequence[Column]) -> tuple[Column, ...]:
    """Return what the answer key contains: whose labels they are, and the labels."""
    ids = [c for c in table if c.name in ("case_id", "slice_index")]
    labels = [c for c in table if c.labels]
    split = Column(
        "split", "text", "str", "the split with hidden labels", make=attrgetter("split")
    )
    return (split, *ids, *labels)


def _original(row: RowContext, modality: Modality) -> "Image":
    return row.images[modality]


def _fused(row: RowContext, name: str, sources: Sequence[str]) -> "Image":
    import numpy as np

    from bratsfuse.fusers import fuser

    images = np.stack([row.images[Modality(source)] for source in sources])
    return fuser(name)(images)


def _lows(row: RowContext) -> list[float]:
    return [row.windows[modality].low for modality in Modality]


def _highs(row: RowContext) -> list[float]:
    return [row.windows[modality].high for modality in Modality]


# Their order is that of storage; a new column goes in front of the digest.
COMMON: Final = (
    Column(
        MASK,
        "mask",
        "uint8",
        "tumour labels in the canonical coding",
        make=attrgetter("mask"),
        labels=True,
    ),
    Column(
        "case_id",
        "text",
        "str",
        "the imaging study, as its source names it",
        make=attrgetter("case.id"),
    ),
    Column(
        "patient_id",
        "text",
        "str",
        "the patient; splits go by it",
        make=attrgetter("case.patient"),
    ),
    Column(
        "slice_index",
        "integer",
        "int16",
        "z in the volume after reorientation to LPS",
        make=attrgetter("z"),
    ),
    Column(
        "grade",
        "integer",
        "uint8",
        "tumour grade: 0 unknown, 1 LGG, 2 HGG",
        make=attrgetter("case.grade"),
        classes=tuple(g.name.replace("UNKNOWN", "unknown") for g in Grade),
    ),
    Column(
        "intensity_low",
        "vector",
        "float32",
        "source intensity stored as 0, for t1, t1ce, t2, flair",
        ("all",),
        _lows,
    ),
    Column(
        "intensity_high",
        "vector",
        "float32",
        "source intensity stored as 255, for t1, t1ce, t2, flair",
        ("all",),
        _highs,
    ),
    Column(
        ROW_DIGEST, "text", "str", "SHA-256 of all other columns of the row", ("all",)
    ),
)
"""The columns that every release has besides its modalities and fusion products."""
