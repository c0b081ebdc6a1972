"""The organisers' name mappings: which patients of different releases are the same.

Tables are CSV files (2019 and 2020) or spreadsheets (2021 and 2023) with a patient a
row.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.raw.layout import Layout, RawTree
from bratsfuse.raw.patients import known_key
from bratsfuse.raw.tree import is_name_mapping
from bratsfuse.records import Grade

_LEVELS_ABOVE: Final = 3
"""How far above the named folder tables are looked for.

Downloads nest the cases two folders deep; which level a user names must not decide who
a patient is.
"""

_DELIMITERS: Final = ",;\t|"


class NoPatientError(InvalidInputError):
    """A table that can be read, but in which no cell names a patient.

    Attributes
    ----------
    path
        The table.
    """

    def __init__(self, path: Path, message: str) -> None:
        self.path = path
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class NameMapping:
    """What the organisers' tables say: which keys are one patient, and its grade.

    Attributes
    ----------
    patients
        Key -> the key of the same patient that is valid.
    grades
        Valid key -> grade.
    """

    patients: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, Grade] = field(default_factory=dict)

    def patient(self, key: str) -> str:
        """Return the valid key of a patient."""
        return self.patients.get(key, key)

    def grade(self, key: str) -> Grade:
        """Return the grade of a patient, unknown if no table lists it."""
        return self.grades.get(self.patient(key), Grade.UNKNOWN)


def read_name_mappings(paths: Iterable[Path], layouts: Iterable[Layout]) -> NameMapping:
    """Return what name-mapping tables say together.

    Parameters
    ----------
    paths
        Text tables or XLSX spreadsheets with one patient per row, as published with
        BraTS 2019 to 2023. Cells are recognised by what they contain, so column names
        and order do not matter; nor do delimiter and encoding.
    layouts
        As in `patient_key`.

    Returns
    -------
    NameMapping
        Names that any chain of rows connects are one patient, so the order of tables
        and rows does not matter.

    Raises
    ------
    NoPatientError
        If a table names no patient at all.
    InvalidInputError
        If a file cannot be read as a table.
    """
    known = tuple(layouts)
    rows = [row for path in paths for row in _named_rows(path, known)]
    ranks: dict[str, int] = {}
    groups: dict[str, set[str]] = {}
    for names, _ in rows:
        group = set()
        for rank, key in names:
            ranks[key] = min(rank, ranks.get(key, rank))
            group |= groups.get(key, {key})
        # Every key of the group now knows all others, whichever row named them.
        groups.update(dict.fromkeys(group, group))
    patients = {
        key: min(groups[key], key=lambda other: (ranks[other], other))
        for key in sorted(groups)
    }
    grades: dict[str, Grade] = {}
    for names, grade in rows:
        _, key = names[0]
        if grade is not Grade.UNKNOWN:  # where tables disagree, the worst holds
            holds = patients[key]
            grades[holds] = max(grade, grades.get(holds, Grade.UNKNOWN))
    return NameMapping(patients, grades)


_Names = list[tuple[int, str]]
"""Rank and key of every patient that a row names."""


def _named_rows(path: Path, layouts: tuple[Layout, ...]) -> list[tuple[_Names, Grade]]:
    """Return the names and the grade of every row that names a patient."""
    read = (_identifiers(cells, layouts) for cells in _rows(path))
    rows = [(names, grade) for names, grade in read if names]
    if not rows:
        raise NoPatientError(
            path,
            f"{path}: no BraTS or TCGA id in any cell; expected a name mapping "
            "such as name_mapping.csv of BraTS 2019 or 2020",
        )
    return rows


def _identifiers(cells: list[str], layouts: tuple[Layout, ...]) -> tuple[_Names, Grade]:
    # A rule has to know the name: the cohort TCGA-LGG is no patient, and as one it
    # would join all rows that name it.
    known = (known_key(cell, layouts) for cell in cells)
    grades = [Grade[cell.upper()] for cell in cells if cell.upper() in ("HGG", "LGG")]
    names = [name for name in known if name is not None]
    return names, max(grades, default=Grade.UNKNOWN)


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        if path.suffix.lower() == ".xlsx":
            yield from _spreadsheet_rows(path)
        else:
            text = _decoded(path.read_bytes())
            delimiter = max(_DELIMITERS, key=text.count)
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            yield from ([cell.strip() for cell in row] for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(
            f"{path}: not readable as a table ({error}); expected a CSV or XLSX file"
        ) from error


def _decoded(content: bytes) -> str:
    """Return the text of a table in any encoding that spreadsheets write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _spreadsheet_rows(path: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
        with closing(workbook):
            # A sheet is parsed while its rows are asked for: all of it in here.
            rows = [
                [str(cell).strip() for cell in row if cell is not None]
                for sheet in workbook.worksheets
                for row in sheet.iter_rows(values_only=True)
            ]
    except Exception as error:  # a damaged part raises what its parser raises
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInputError(
            f"{path}: not a readable spreadsheet ({reason}); expected XLSX, save or "
            "download it again"
        ) from error
    yield from rows


def tables_near(
    tree: RawTree, layouts: Sequence[Layout]
) -> tuple[tuple[Path, ...], tuple[tuple[Path, str], ...]]:
    """Return the name mappings around a raw folder that nobody asked for by name.

    Returns
    -------
    tables
        In the folder, below it, or in one of the three folders above it.
    unused
        What is called like one and cannot be used, with the reason.
    """
    root = tree.root.resolve()
    above = [
        path
        for folder in root.parents[:_LEVELS_ABOVE]
        for path in _listed(folder)
        if is_name_mapping(path.name) and path.is_file()
    ]
    found = {(tree / path).resolve() for path in tree.tables} | set(above)
    tables, unused = [], []
    for path in sorted(found, key=lambda path: (path.name, path)):
        try:
            read_name_mappings([path], layouts)
        except InvalidInputError as problem:
            unused.append((path, str(problem)))
        else:
            tables.append(path)
    return tuple(tables), tuple(unused)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # a folder above that may not be listed is none of ours
        return []
