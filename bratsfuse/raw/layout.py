"""The form that a dataset layout fills in: names, patients, labels, licence, citation.

A builder is one such form in one file. How its files are arranged is an `Arrangement`,
of which most layouts share one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from bratsfuse.anatomy import Label, Modality, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Case, Grade

Shape = tuple[int, int, int]

STANDARD_SHAPES: tuple[Shape, ...] = ((240, 240, 155),)
"""The grid of every adult-glioma release but the post-treatment ones."""


@dataclass(frozen=True, slots=True)
class RawTree:
    """The files below a raw folder that could be images.

    Attributes
    ----------
    root
        The folder that the user named.
    files
        Paths relative to it, sorted: volumes of every readable form and
        ``dataset.json``.
    archives
        Paths of archives, which may contain more.
    tables
        Paths of what is called like a name mapping.
    """

    root: Path
    files: tuple[PurePosixPath, ...]
    archives: tuple[PurePosixPath, ...] = ()
    tables: tuple[PurePosixPath, ...] = ()

    def __truediv__(self, relative: PurePosixPath) -> Path:
        return self.root.joinpath(*relative.parts)


MASK: Final = "mask"
"""The role of the mask among a case's files; the others are called by modality."""


@dataclass(frozen=True, slots=True)
class PhantomCase:
    """What a layout has to know to name the files of a synthetic case."""

    number: int
    grade: Grade


class Patients(Enum):
    """What a layout says of its patients where its case ids do not name them."""

    ONE_PER_CASE = "every case is a patient of its own"
    AS_NAMED_ELSEWHERE = "case ids are those of other releases, whichever they are"


class Arrangement(Protocol):
    """How the files of a layout lie, to find them and to write phantoms alike."""

    @property
    def case(self) -> str:
        """The regular expression of a case id, with a group ``patient`` if it can."""
        ...

    def find(self, layout: "Layout", tree: RawTree) -> list[Case]:
        """Return the cases whose names fit, with what is wrong in `Case.issues`."""
        ...

    def phantom_files(
        self, layout: "Layout", case: PhantomCase
    ) -> Mapping[str, PurePosixPath]:
        """Return role (a modality or ``"mask"``) -> relative path of a new case.

        Several roles may share a path: they become the channels of one 4D file, in
        the layout's `channels` order.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One dataset layout of BraTS.

    Attributes
    ----------
    name
        The name of its file in ``builders/`` and of the ``--layout`` option.
    title
        What it is, in words.
    arrangement
        How its files lie. The named group ``patient`` in its case pattern is the part
        of a case id that all cases of one patient have in common.
    label_map
        Source label value -> canonical label, background left out.
    regions
        The regions that these labels can express.
    shapes
        The volume shapes that the release promises, in LPS order.
    orientation
        The axis codes in which its files are stored; only phantoms go by it, reading
        goes by the header.
    year_hint
        A regular expression that the name of the raw folder, or of one below it, must
        match before this layout is taken for another one with the very same file
        names; None where file names suffice.
    channels
        The modality order of 4D or numbered files.
    patients
        Who the patients are where the case pattern has no group ``patient``.
    licence, licence_url
        The terms of the source data.
    citation
        The works that the organisers ask users to cite.
    synthetic
        Whether the cases are phantoms.
    metadata
        Writes what a phantom folder needs besides volumes, for example a
        ``dataset.json``; called with the folder and the case ids.

    Raises
    ------
    InvalidInputError
        If the form does not say which cases are one patient, or says it twice. Splits
        go by patients: without a rule, two time points of one patient would end up in
        the training set and in the test set.
    """

    name: str
    title: str
    arrangement: Arrangement
    label_map: Mapping[int, Label]
    licence: str
    licence_url: str
    citation: tuple[str, ...]
    regions: tuple[Region, ...] = tuple(Region)
    shapes: tuple[Shape, ...] = STANDARD_SHAPES
    orientation: str = "LPS"
    year_hint: str | None = None
    channels: tuple[Modality, ...] = tuple(Modality)
    patients: Patients | None = None
    synthetic: bool = False
    metadata: Callable[["Layout", Path, list[PurePosixPath]], None] | None = None

    def __post_init__(self) -> None:
        """Refuse a form without exactly one rule for its patients."""
        pattern: str = getattr(self.arrangement, "case", "")
        where = f"layout {self.name!r}: case pattern {pattern!r}"
        try:
            groups = re.compile(pattern).groupindex
        except (re.error, TypeError) as problem:
            raise InvalidInputError(
                f"{where} is not a regular expression ({problem}); correct it"
            ) from problem
        if ("patient" in groups) == (self.patients is not None):
            found = "says twice" if self.patients else "does not say"
            raise InvalidInputError(
                f"{where} {found} which cases are one patient; expected either "
                "(?P<patient>...) around the part of an id that names the patient, or "
                "patients=Patients.ONE_PER_CASE if every case is a patient of its own"
            )

    def named_phantom(self, case_id: str) -> str:
        """Return the id of a synthetic case, if this layout would find it again.

        Raises
        ------
        InvalidInputError
            If the layout's names have no room for its number.
        """
        if self.patient_of(case_id) is None:
            raise InvalidInputError(
                f"phantom case {case_id} is no case id of {self.name}: its names have "
                "no room for so many; ask for fewer --cases"
            )
        return case_id

    def patient_of(self, case_id: str) -> str | None:
        """Return what this layout calls the patient of a case.

        Parameters
        ----------
        case_id
            For example ``BraTS-GLI-02063-105``.

        Returns
        -------
        str or None
            For example ``BraTS-GLI-02063``; the case id itself if no part of it names
            the patient; None if it is no case id of this layout.
        """
        match = re.fullmatch(self.arrangement.case, case_id)
        if match is None:
            return None
        return match["patient"] if self.patients is None else case_id
