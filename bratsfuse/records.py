"""The records that travel through the package: slice, case, volume, window.

A *case* is one imaging study of one patient. A builder finds cases by their names and
reads them into volumes; everything after that speaks of slices.

A record that is kept in a file is written and read here as strict JSON.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from bratsfuse.anatomy import Label, Modality, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue
from bratsfuse.wording import first_fault, printable

if TYPE_CHECKING:  # a manifest is read without them
    import numpy as np
    import numpy.typing as npt
    from pydantic import TypeAdapter

T = TypeVar("T")

CLOSED: Final[Mapping[str, object]] = {
    "extra": "forbid",
    "strict": True,
    "allow_inf_nan": False,
}
"""The ``__pydantic_config__`` of a record of which nothing may go unread or be guessed.

It holds for every record inside, too.
"""

_SLICE_ID = re.compile(r"(?P<case>.+)_z(?P<z>\d{3,})", re.ASCII)


class Grade(IntEnum):
    """The tumour grade of a case; the value is what the release stores."""

    UNKNOWN = 0
    LGG = 1
    HGG = 2


@dataclass(frozen=True, slots=True, order=True)
class SliceId:
    """One axial slice of one case, written ``<case_id>_z077``.

    Attributes
    ----------
    case
        The case id.
    z
        The index along the last axis of the volume after reorientation to LPS.

    Examples
    --------
    >>> str(SliceId("Brats18_TCIA01_201_1", 77))
    'Brats18_TCIA01_201_1_z077'
    >>> SliceId.parse("Brats18_TCIA01_201_1_z077").z
    77
    """

    case: str
    z: int

    def __str__(self) -> str:
        """Return the slice id as users write it."""
        return f"{self.case}_z{self.z:03d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the slice id that a text spells.

        Raises
        ------
        InvalidInputError
            If the text does not end in ``_z`` and at least three digits.
        """
        match = _SLICE_ID.fullmatch(text)
        if match is None or text != f"{match['case']}_z{int(match['z']):03d}":
            raise InvalidInputError(
                f"{text!r} is not a slice id; expected <case_id>_z<NNN>, "
                "for example BraTS2021_00000_z077"
            )
        return cls(match["case"], int(match["z"]))


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that contains one volume, or one channel of a 4D file."""

    path: Path
    channel: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One imaging study as its names describe it: found, not read.

    Attributes
    ----------
    id
        Unique within its layout; the first part of its slice ids.
    patient
        The key that splits go by, equal for the same patient in every release as far
        as names and mappings show.
    grade
        The tumour grade, from folders or a name mapping.
    layout
        The name of the layout that found it.
    folder
        Where it lies, for messages.
    images
        The modality files; a missing modality is missing here and in `issues`.
    mask
        The segmentation, or None for an unlabelled case.
    mask_is_guess
        Whether the segmentation is a leftover file that was not named as one.
    label_map
        Source label value -> canonical label, background left out.
    shapes
        The shapes that its layout promises.
    regions
        The regions that its source's labels can express.
    issues
        What is wrong by the names alone.
    """

    id: str
    patient: str
    grade: Grade
    layout: str
    folder: Path
    images: Mapping[Modality, ImageFile]
    mask: ImageFile | None
    label_map: Mapping[int, Label]
    shapes: tuple[tuple[int, int, int], ...]
    regions: tuple[Region, ...] = tuple(Region)
    mask_is_guess: bool = False
    issues: tuple[Issue, ...] = ()

    def files(self) -> list[Path]:
        """Return every file of the case once, sorted."""
        paths = {image.path for image in self.images.values()}
        if self.mask is not None:
            paths.add(self.mask.path)
        return sorted(paths)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What a raw file was when it was read.

    Attributes
    ----------
    name
        The file name without its folders.
    sha256
        Digest of the file's bytes as stored, in hexadecimal.
    dtype
        The stored data type.
    shape
        The stored shape.
    orientation
        Stored axis codes, for example ``"RAS"``.
    """

    name: str
    sha256: str
    dtype: str
    shape: tuple[int, ...]
    orientation: str


@dataclass(frozen=True, slots=True)
class Volume:
    """A case that has been read, in LPS array order.

    Attributes
    ----------
    images
        One array (X, Y, Z) per modality, integer or float32, background 0.
    mask
        uint8 (X, Y, Z) in the canonical labels; None for an unlabelled case.
    spacing_mm
        Voxel size along X, Y and Z.
    sources
        Role (a modality or ``"mask"``) -> the file it came from.
    issues
        What reading found.
    affine
        Voxel index in this order -> world (RAS+, millimetres), shape (4, 4); None if
        no image could be read.
    """

    images: "Mapping[Modality, npt.NDArray[Any]]"
    mask: "npt.NDArray[np.uint8] | None"
    spacing_mm: tuple[float, float, float]
    sources: Mapping[str, SourceFile]
    issues: tuple[Issue, ...] = field(default=())
    affine: "npt.NDArray[np.float64] | None" = None


@dataclass(frozen=True, slots=True)
class Window:
    """The intensities that become 0 and 255.

    Attributes
    ----------
    low, high
        In the unit of the source volume; both are values that occur in it.
    """

    low: float
    high: float


def from_json(kind: type[T], content: str | bytes, *, every_key: bool = False) -> T:
    """Return the record that a JSON text contains.

    Parameters
    ----------
    kind
        A data class; its ``__pydantic_config__`` says how strictly it is read.
    content
        The text.
    every_key
        Whether a key may not be left out, also where the record has a default: what
        was written completely is not to be guessed.

    Raises
    ------
    InvalidInputError
        If it is no JSON or does not fit, with the first place that does not: what was
        found there, and what was expected.
    """
    from pydantic import ValidationError

    try:
        record: T = _adapter(kind).validate_json(content)
    except ValidationError as problem:
        raise InvalidInputError(first_fault(problem)) from problem
    if every_key:
        for place in _left_out(json_values(record), json.loads(content)):
            raise InvalidInputError(f"{place}: missing; expected a value")
    return record


def to_json(record: object) -> str:
    """Return a record as printable JSON, a line a value; undefined numbers are null."""
    text = _adapter(type(record)).dump_json(record, indent=1).decode()
    return printable(text) + "\n"


def json_values(record: object) -> dict[str, Any]:
    """Return a record as JSON values: mappings, lists, texts and numbers."""
    values: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json")
    return values


def _left_out(whole: object, content: object, place: str = "") -> Iterator[str]:
    """Yield the place of every key that a record has and its JSON has not."""
    if isinstance(whole, dict) and isinstance(content, dict):
        for key, value in whole.items():
            inner = f"{place}.{key}" if place else key
            if key in content:
                yield from _left_out(value, content[key], inner)
            else:
                yield inner


def _adapter(kind: Any) -> "TypeAdapter[Any]":  # noqa: ANN401  (any data class)
    return _adapter_of(kind)


@functools.cache  # making one takes longer than reading a small file with it
def _adapter_of(kind: Any) -> "TypeAdapter[Any]":  # noqa: ANN401
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
