"""Which case belongs to which patient, across releases.

BraTS renames its patients every year. The key of a patient is what the names of all
releases have in common, so that the same patient falls in the same split whichever
release is built. Where names have nothing in common, the organisers' name mappings
(CSV in 2019 and 2020, spreadsheets in 2021 and 2023) join them.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Grade

_KEY_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # 2017 writes TCIA_201 where 2018 and 2019 write TCIA01_201 for the same patient:
    # the site number is dropped. The 335 rows of the 2019 mapping stay distinct.
    (re.compile(r"Bra[tT][sS]1[789]_([A-Za-z]+)\d*_([A-Za-z0-9]+)_\d+"), "{0}_{1}"),
    (re.compile(r"Bra[tT][sS]1[789]_(2013)_(\d+)_\d+"), "{0}_{1}"),
    (re.compile(r"BraTS20_(Training|Validation)_(\d{3})"), "2020_{0}_{1}"),
    (re.compile(r"BraTS2021_(\d{5})"), "GLI_{0}"),
    (re.compile(r"BraTS-([A-Z]+)-(\d{5})(?:-\d{3})?"), "{0}_{1}"),
    # The 30 patients of 2012 are those of 2013 under the same numbers.
    (re.compile(r"(?:BRATS_)?([HL]G)_?(\d{4})"), "2013_{0}{1}"),
    (re.compile(r"(SimBRATS_[HL]G\d{4})"), "{0}"),
    # 2015 holds the 30 patients of 2013 under the same numbers. If that were wrong for
    # one of them, two patients would merely stay in one split; without the rule one
    # patient could fall in the training set of one release and the test set of another.
    (re.compile(r"([HL]G)G_brats_2013_pat(\d+)_\d+"), "2013_{0}{1}"),
    # Numbers of 2015 repeat between the grades; the last one is the time point.
    (re.compile(r"([HL]GG)_brats_(\w+?)_pat(\d+)_\d+"), "2015_{0}_{1}_{2}"),
    (re.compile(r"(TCGA-\w{2}-\w{4})"), "{0}"),
)


def patient_key(case_id: str) -> str:
    """Return the key of the patient that a case id of any release speaks of.

    Parameters
    ----------
    case_id
        For example ``Brats18_TCIA01_201_1`` or ``BraTS-GLI-02063-105``.

    Returns
    -------
    str
        For example ``TCIA_201`` or ``GLI_02063``; the case id itself if no rule
        knows it.
    """
    return _ruled_key(case_id) or case_id


def _ruled_key(case_id: str) -> str | None:
    for pattern, template in _KEY_RULES:
        match = pattern.fullmatch(case_id)
        if match is not None:
            return template.format(*match.groups())
    return None


# Lower comes first: the key that most releases can derive without a mapping wins.
_PREFERENCE: Final[tuple[re.Pattern[str], ...]] = (
    re.compile(r"Bra[tT][sS]1[789]_.*"),
    re.compile(r"BraTS(2021_|-GLI-).*"),
    re.compile(r"BraTS20_.*"),
    re.compile(r"TCGA-.*"),
)


def _preference(identifier: str) -> int:
    for rank, pattern in enumerate(_PREFERENCE):
        if pattern.fullmatch(identifier):
            return rank
    return len(_PREFERENCE)


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
    """What the organisers' tables say: which names are one patient, and its grade.

    Attributes
    ----------
    patients
        Patient key of a single release -> the patient's common key.
    grades
        The common key -> grade.
    """

    patients: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, Grade] = field(default_factory=dict)

    def patient(self, case_id: str) -> str:
        """Return the common key of the patient of a case."""
        key = patient_key(case_id)
        return self.patients.get(key, key)

    def grade(self, case_id: str) -> Grade:
        """Return the grade of a case, unknown if no table tells."""
        return self.grades.get(self.patient(case_id), Grade.UNKNOWN)


def read_name_mappings(paths: Iterable[Path]) -> NameMapping:
    """Return what name-mapping tables say together.

    Parameters
    ----------
    paths
        CSV files or XLSX spreadsheets with one patient per row, as published with
        BraTS 2019 to 2023. Cells are recognised by what they hold, so column names
        and order do not matter.

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
    rows = [row for path in paths for row in _named_rows(path)]
    ranks: dict[str, int] = {}
    groups: dict[str, set[str]] = {}
    for names, _ in rows:
        group = set()
        for name in names:
            key = patient_key(name)
            ranks[key] = min(_preference(name), ranks.get(key, len(_PREFERENCE)))
            group |= groups.get(key, {key})
        # Every key of the group now knows all others, whichever row named them.
        groups.update(dict.fromkeys(group, group))
    patients = {
        key: min(groups[key], key=lambda other: (ranks[other], other))
        for key in sorted(groups)
    }
    grades: dict[str, Grade] = {}
    for names, grade in rows:
        common = patients[patient_key(names[0])]
        if grade is not Grade.UNKNOWN:  # where tables disagree, the worst holds
            grades[common] = max(grade, grades.get(common, Grade.UNKNOWN))
    return NameMapping(patients, grades)


def _named_rows(path: Path) -> list[tuple[list[str], Grade]]:
    """Return the names and the grade of every row that names a patient."""
    rows = [(names, grade) for names, grade in map(_identifiers, _rows(path)) if names]
    if not rows:
        raise NoPatientError(
            path,
            f"{path}: no BraTS or TCGA id in any cell; expected a name mapping "
            "such as name_mapping.csv of BraTS 2019 or 2020",
        )
    return rows


def _identifiers(cells: list[str]) -> tuple[list[str], Grade]:
    # A rule has to know the name: the cohort TCGA-LGG is no patient, and as one it
    # would join all rows that name it.
    names = [
        cell
        for cell in cells
        if _preference(cell) < len(_PREFERENCE) and _ruled_key(cell) is not None
    ]
    grades = [Grade[cell.upper()] for cell in cells if cell.upper() in ("HGG", "LGG")]
    return names, max(grades, default=Grade.UNKNOWN)


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        if path.suffix.lower() == ".xlsx":
            yield from _spreadsheet_rows(path)
        else:
            with path.open(newline="", encoding="utf-8-sig") as file:
                yield from ([cell.strip() for cell in row] for row in csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(
            f"{path}: not readable as a table ({error}); expected a CSV or XLSX file"
        ) from error


def _spreadsheet_rows(path: Path) -> Iterator[list[str]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise InvalidInputError(f"{path}: not a spreadsheet ({error})") from error
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows(values_only=True):
            yield [str(cell).strip() for cell in row if cell is not None]
    workbook.close()
