"""Finding the cases of a raw folder by the names of its files.

No image is opened. The layouts that may fit are given by the caller: this module knows
no registry.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from bratsfuse.errors import RawDataError
from bratsfuse.issues import Issue, error, note, warning
from bratsfuse.raw.detection import detect
from bratsfuse.raw.layout import Layout, Patients, RawTree
from bratsfuse.raw.name_tables import NameMapping, read_name_mappings, tables_near
from bratsfuse.raw.patients import patient_in, patient_key
from bratsfuse.raw.tree import scan
from bratsfuse.records import Case, Grade
from bratsfuse.wording import check_names, counted

PHANTOM_NOTE: Final = "PHANTOM.txt"
"""The file that marks a folder of phantoms, not of patients."""


def as_phantoms(layout: Layout) -> Layout:
    """Return the form of a layout for phantoms in it: no patients, no terms."""
    return replace(
        layout,
        title=f"phantom cases in the layout of {layout.title}",
        licence="synthetic images, no patient's data: Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        citation=(),
        synthetic=True,
    )


@dataclass(frozen=True, slots=True)
class Collection:
    """The cases of one raw folder.

    Attributes
    ----------
    layout
        The layout that its names fit.
    cases
        All of them, usable or not, sorted by id.
    name_mappings
        The tables that joined its patients with those of other releases.
    strays
        Image files that belong to no case, relative to the folder.
    unused_tables
        What is called like a name mapping and is none, with the reason.
    archives
        Archives, relative to the folder; nothing looks into them.
    """

    layout: Layout
    cases: tuple[Case, ...]
    name_mappings: tuple[Path, ...]
    strays: tuple[PurePosixPath, ...]
    unused_tables: tuple[tuple[Path, str], ...] = ()
    archives: tuple[PurePosixPath, ...] = ()

    def notes(self) -> list[Issue]:
        """Return what is to be reported of the folder itself."""
        issues = [
            note(
                table.name,
                "name-mapping",
                "patients joined across releases by this table, SHA-256 "
                f"{hashlib.sha256(table.read_bytes()).hexdigest()}",
            )
            for table in self.name_mappings
        ]
        told = "not used as a name mapping: {}; correct it or move it away"
        issues += [
            warning(table.name, "table-unused", told.format(reason))
            for table, reason in self.unused_tables
        ]
        issues += self._unmatched_patients()
        if self.archives:
            text = (
                f"{counted(len(self.archives), 'archive')} beside the cases, for "
                f"example {self.archives[0]}; unpack what is not yet unpacked"
            )
            issues.append(note("raw folder", "archives", text))
        if self.strays:
            text = (
                f"{len(self.strays)} image files belong to no case of "
                f"{self.layout.title}, for example {self.strays[0]}; left out"
            )
            issues.append(warning("raw folder", "stray-files", text))
        return issues

    def _unmatched_patients(self) -> list[Issue]:
        """Warn where patients cannot be distinguished, here or from other releases."""
        unknown = [case.id for case in self.cases if case.patient == case.id]
        if self.layout.patients is None or self.layout.synthetic or not unknown:
            return []
        text = (
            f"{len(unknown)} of {len(self.cases)} case ids name no patient, for "
            f"example {unknown[0]}; each case is taken for a patient of its own, and "
            "none can be matched with another release: do not train on one release "
            "and test on the other"
        )
        return [warning("raw folder", "patients-unknown", text)]


def find_cases(
    raw: Path,
    layouts: Mapping[str, Layout],
    chosen: Layout | None = None,
    name_mappings: Sequence[Path] = (),
) -> Collection:
    """Return the cases below a raw folder, found by their names.

    Parameters
    ----------
    raw
        The folder; it is searched completely, links to folders included.
    layouts
        Name -> layout, all that are known: ids of one release may stand in the tables
        and the copies of another.
    chosen
        The layout whose names the files must have. None to detect the one that fits
        from file and folder names; label values are never looked at: 4 means enhancing
        tumour in 2018, resection cavity in 2024 and oedema in the paediatric set.
    name_mappings
        Tables that join patients across releases; without any, those in `raw`, below
        it or up to three folders above it are found by their names.

    Raises
    ------
    RawDataError
        If there is no such folder, no layout fits, or several do.
    InvalidInputError
        If an id or a patient, by a third party's pattern or a table, is no plain name.
    """
    tree = scan(raw)
    if chosen is None:
        chosen, cases = detect(tree, layouts)
    else:
        cases = _as_asked(tree, chosen)
    known = tuple(layouts.values())
    cases = [replace(case, patient=_patient(chosen, case, known)) for case in cases]
    if (raw / PHANTOM_NOTE).is_file():
        chosen = as_phantoms(chosen)
    tables: tuple[Path, ...] = tuple(name_mappings)
    unused: tuple[tuple[Path, str], ...] = ()
    if not tables:
        tables, unused = tables_near(tree, known)
    joined = _joined(cases, read_name_mappings(tables, known))
    strays = _strays(tree, cases)
    return Collection(chosen, joined, tables, strays, unused, tree.archives)


def _patient(layout: Layout, case: Case, known: Sequence[Layout]) -> str:
    """Return the key that the form gives, whatever an arrangement made of it."""
    if layout.patients is Patients.AS_NAMED_ELSEWHERE:
        return patient_key(case.id, known)
    return patient_in(layout, case.id)


def _as_asked(tree: RawTree, layout: Layout) -> list[Case]:
    cases = layout.arrangement.find(layout, tree)
    if not cases:
        raise RawDataError(
            f"{tree.root}: no file is named as {layout.title} names them; "
            "leave out --layout to see which layout fits"
        )
    return cases


def _strays(tree: RawTree, cases: list[Case]) -> tuple[PurePosixPath, ...]:
    """Return the images that no case uses, but for the Decathlon's test images."""
    used = {path for case in cases for path in case.files()}
    return tuple(
        path
        for path in tree.files
        if path.name != "dataset.json"
        and tree / path not in used
        and path.parent.name not in ("imagesTs", "labelsTs")
    )


def _joined(cases: list[Case], mapping: NameMapping) -> tuple[Case, ...]:
    """Return the cases with patients and grades as the name mappings say."""
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.id] = counts.get(case.id, 0) + 1
    joined: list[Case] = []
    for case in sorted(cases, key=lambda case: (case.id, str(case.folder))):
        issues = case.issues
        if counts[case.id] > 1:
            where = f"{case.id} in {case.folder}"
            text = "the same case is in several folders; keep one"
            issues = (*issues, error(where, "case-twice", text))
        grade = case.grade
        if grade is Grade.UNKNOWN:
            grade = mapping.grade(case.patient)
        patient = mapping.patient(case.patient)
        joined.append(replace(case, patient=patient, grade=grade, issues=issues))
    check_names("cases", (case.id for case in joined))
    check_names("patients", (case.patient for case in joined))
    return tuple(joined)
