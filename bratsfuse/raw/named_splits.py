"""Splits that somebody else has drawn: a JSON file of patients or cases by split."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Case
from bratsfuse.wording import id_meant, some

NAMES = ("train", "validation", "test")


def read_splits(path: Path, cases: Sequence[Case]) -> dict[str, str]:
    """Return patient -> split by a file, for the patients of some cases.

    Parameters
    ----------
    path
        ``{"train": [...], "validation": [...], "test": [...]}``: ids of cases, or keys
        of patients as a release's ``manifest.json`` has them.
    cases
        The cases of the raw folder.

    Raises
    ------
    InvalidInputError
        If it is no such file; if an id is none of the cases; if a case or a patient is
        in two splits.
    """
    content = _read(path)
    patients = {case.id: case.patient for case in cases}
    patients |= {case.patient: case.patient for case in cases}
    found: dict[str, str] = {}
    unknown = []
    for split, names in content.items():
        for name in names:
            patient = patients.get(name)
            if patient is None:
                unknown.append(name)
            elif found.setdefault(patient, split) != split:
                raise InvalidInputError(
                    f"{path}: patient {patient} ({name}) is in {found[patient]} and in "
                    f"{split}; expected each patient, with all cases, in one split"
                )
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        hint = id_meant(unknown[0], patients) or "correct the file"
        raise InvalidInputError(
            f"{path}: {some([*map(repr, unknown)])} {verb} no case or patient of the "
            f"raw folder; its names are such as {some(sorted(patients), 2)}; {hint}"
        )
    return found


def _read(path: Path) -> Mapping[str, Sequence[str]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as problem:
        raise InvalidInputError(
            f"{path}: no JSON file ({problem}); {_EXPECTED}"
        ) from problem
    if isinstance(content, list):
        raise InvalidInputError(
            f"{path}: a list, as nnU-Net's splits_final.json; {_EXPECTED}: "
            "its val is no test split"
        )
    if not isinstance(content, dict) or set(content) - set(NAMES):
        keys = some([*map(str, content)]) if isinstance(content, dict) else "no object"
        raise InvalidInputError(f"{path}: found {keys}; {_EXPECTED}")
    for split, names in content.items():
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise InvalidInputError(f"{path}: {split} is no list of ids; {_EXPECTED}")
    return content


_EXPECTED = 'expected {"train": [ids], "validation": [ids], "test": [ids]}'
