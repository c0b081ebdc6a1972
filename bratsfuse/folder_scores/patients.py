"""Who the patient of a case or an image is: by its name, or by a table."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bratsfuse.builders import BUILDERS
from bratsfuse.errors import InvalidInputError
from bratsfuse.raw.patients import patient_key
from bratsfuse.wording import counted, some

_SLICE: Final = re.compile(r"(.+)_z\d+")
"""Name of a slice, ``<case id>_z077``; slices of a case are of one patient."""


def case_of(name: str) -> str:
    """Return the case that a slice is of; any other name as it is.

    Examples
    --------
    >>> case_of("Brats18_TCIA01_201_1_z077"), case_of("a_b")
    ('Brats18_TCIA01_201_1', 'a_b')
    """
    match = _SLICE.fullmatch(name)
    return match[1] if match else name


def patients_of(
    names: Sequence[str], table: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the patient of each case or image.

    Parameters
    ----------
    names
        Of cases, or of slices ``<case>_z077``.
    table
        Case -> patient; None reads it from the name by the rules of all dataset
        layouts. A name of no layout is a patient of its own.

    Raises
    ------
    InvalidInputError
        If the table lacks a case.
    """
    cases = [case_of(name) for name in names]
    if table is None:
        layouts = [layout for _, layout in BUILDERS.usable()]
        return tuple(patient_key(case, layouts) for case in cases)
    pairs = list(zip(names, cases, strict=True))
    lacking = [name for name, case in pairs if not {name, case} & table.keys()]
    if lacking:
        raise InvalidInputError(
            f"patients: found no patient of {counted(len(lacking), 'case')} "
            f"({some(lacking, 2)}); expected a line for each, with names such as these"
        )
    return tuple(table[name if name in table else case] for name, case in pairs)


def read_patients(path: Path) -> dict[str, str]:
    """Return case -> patient of a CSV file with the columns ``case`` and ``patient``.

    Raises
    ------
    InvalidInputError
        If it is no such file, or has two patients for a case.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInputError(
            f"{path}: not a readable text file; expected CSV with the columns case and "
            "patient"
        ) from problem
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames is None or not {"case", "patient"} <= set(rows.fieldnames):
        raise InvalidInputError(
            f"{path}: found the columns {', '.join(rows.fieldnames or ()) or 'none'}; "
            "expected case and patient in the first line"
        )
    patients: dict[str, str] = {}
    for row in rows:
        case, patient = (row["case"] or "").strip(), (row["patient"] or "").strip()
        if not case or not patient or patients.setdefault(case, patient) != patient:
            raise InvalidInputError(
                f"{path}: line {rows.line_num}: found case {case!r} of patient "
                f"{patient!r}; expected one patient for every case"
            )
    return patients
