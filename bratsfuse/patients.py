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
    for pattern, template in _KEY_RULES:
        match = pattern.fullmatch(case_id)
        if match is not None:
            return template.format(*match.groups())
    return case_id


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

    Raises
    ------
    InvalidInputError
        If a file cannot be read as a table or names no patient at all.
    """
    patients: dict[str, str] = {}
    grades: dict[str, Grade] = {}
    for path in paths:
        rows = [_identifiers(row) for row in _rows(path)]
        if not any(names for names, _ in rows):
            raise InvalidInputError(
                f"{path}: no BraTS or TCGA id in any cell; expected a name mapping "
                "such as name_mapping.csv of BraTS 2019 or 2020"
            )
        for names, grade in rows:
            _join(names, grade, patients, grades)
    return NameMapping(patients, grades)


def _join(
    names: list[str],
    grade: Grade,
    patients: dict[str, str],
    grades: dict[str, Grade],
) -> None:
    if not names:
        return
    keys = [patient_key(name) for name in sorted(names, key=_preference)]
    # A second table may know the patient by one name only: keep what the first said.
    common = next((patients[key] for key in keys if key in patients), keys[0])
    for key in keys:
        patients.setdefault(key, common)
    if grade is not Grade.UNKNOWN:
        grades[common] = grade


def _identifiers(cells: list[str]) -> tuple[list[str], Grade]:
    names = [cell for cell in cells if _preference(cell) < len(_PREFERENCE)]
    grade = next((Grade[cell] for cell in cells if cell in ("HGG", "LGG")), None)
    return names, grade or Grade.UNKNOWN


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
