"""A column: what it contains, which configs show it, and how its value is made."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.cells import DTYPES, PIXELS, Kind, checked_cell
from bratsfuse.release.row_context import RowContext

Config = Literal["all", "originals", "fusion", "pairs"]

CONFIGS: Final[tuple[Config, ...]] = ("all", "originals", "fusion", "pairs")
"""The named column subsets of the dataset card."""

Make = Callable[[RowContext], object]
"""Makes a value; a module-level function, because worker processes import it."""

ROW_DIGEST: Final = "row_sha256"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a release.

    Attributes
    ----------
    name
        Its name in the HDF5 files and in every dataset made of them.
    kind
        ``image`` and ``mask`` are one image (H, W) per row, grey levels or canonical
        labels; ``vector`` is several numbers, ``integer``, ``float`` and ``text`` one
        value.
    dtype
        A NumPy type name, or ``str``; see `bratsfuse.release.cells.DTYPES`.
    meaning
        In one sentence, with unit and range.
    configs
        The configs that show it.
    make
        How its value is made of a slice; None for what is not made of a raw case: a
        product that is added to a built release, and the digest of the row.
    labels
        Whether it depends on the tumour labels. Only then is `make` given the mask, and
        then the column is left out wherever labels are hidden.
    length
        The numbers of a vector, one per modality by default.
    classes
        The names of the values 0, 1, 2 ... of an integer that codes classes.

    Raises
    ------
    InvalidInputError
        If the kind cannot be stored as the type, or the name cannot name a column.
    """

    name: str
    kind: Kind
    dtype: str
    meaning: str
    configs: tuple[Config, ...] = CONFIGS
    make: Make | None = field(default=None, compare=False)
    labels: bool = False
    length: int = len(Modality)
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidInputError(
                f"{self.name!r} cannot name a column; expected a letter, then at most "
                "63 letters, digits or underscores"
            )
        if self.dtype not in DTYPES.get(self.kind, ()):
            kinds = "; ".join(f"{k}: {', '.join(names)}" for k, names in DTYPES.items())
            raise InvalidInputError(
                f"column {self.name}: kind {self.kind} of type {self.dtype}; "
                f"expected one of {kinds}"
            )

    @property
    def hashed(self) -> bool:
        """Return whether the row digest covers it: all but the digest itself."""
        return self.name != ROW_DIGEST

    @property
    def pixels(self) -> bool:
        """Return whether it contains one value per pixel."""
        return self.kind in PIXELS

    def shape(self, image_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one cell in a release with images of a shape."""
        if self.pixels:
            return image_shape
        return (self.length,) if self.kind == "vector" else ()

    def value(self, row: RowContext) -> Any:  # noqa: ANN401  (one of many types)
        """Return the value of a slice, as it is stored.

        Raises
        ------
        InvalidInputError
            If it cannot be made, or cannot be stored as declared.
        """
        where = f"{row.case.id}, slice {row.z}: column {self.name}"
        if self.make is None:
            raise InvalidInputError(f"{where}: no function that makes its value")
        shape = self.shape(row.image_shape)
        try:
            return checked_cell(self.kind, self.dtype, shape, self.make(row))
        except InvalidInputError as problem:
            raise InvalidInputError(f"{where}: {problem}") from problem
