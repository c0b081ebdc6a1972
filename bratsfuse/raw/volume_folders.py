"""The arrangement of 2013 and 2015: a folder and an ``.mha`` file per volume."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from bratsfuse.anatomy import MODALITY_ALIASES, Modality
from bratsfuse.issues import Issue, error
from bratsfuse.raw.case_folders import (
    grade_of,
    missing_modality,
    unlabelled,
)
from bratsfuse.raw.file_form import IMAGE_EXTENSION
from bratsfuse.raw.layout import MASK, Layout, PhantomCase, RawTree
from bratsfuse.raw.patients import patient_in
from bratsfuse.records import Case, Grade, ImageFile

# The number at the end differs between the volumes of a case: the MR_ token decides.
_VOLUME = (
    r"/VSD\.Brain[^/]*\.(?:MR_(?P<token>\w+)|OT)\.\d+"
    rf"(?:/[^/]+)?{IMAGE_EXTENSION}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFolders:
    """``HGG/<case>/VSD.Brain.XX.O.MR_T1c.<id>/VSD.Brain.XX.O.MR_T1c.<id>.mha``.

    Attributes
    ----------
    grades
        Grade -> the folder name for it, ``HG`` or ``HGG``.
    case
        Regular expression of a case id, with a group ``patient`` around the part that
        names the patient.
    phantom_case
        Format string that makes a case folder of a number that no real case has.

    Notes
    -----
    Numbers repeat between the grades, so the case id is ``<grade>_<case folder>``.
    """

    grades: Mapping[Grade, str]
    case: str
    phantom_case: str

    def find(self, layout: Layout, tree: RawTree) -> list[Case]:
        """Return the cases whose folder and file names fit, sorted by id."""
        grades = "|".join(self.grades.values())
        pattern = re.compile(rf"(?:.*/)?(?P<grade>{grades})/(?P<folder>[^/]+){_VOLUME}")
        found: dict[str, dict[str, list[PurePosixPath]]] = {}
        root = tree.root.resolve().name
        for path in tree.files:
            match = pattern.fullmatch(f"{root}/{path}")
            if match is None:
                continue
            name = f"{match['grade']}_{match['folder']}"
            if layout.patient_of(name) is None:
                continue
            role: str | None = MASK
            if match["token"]:
                role = MODALITY_ALIASES.get(match["token"].lower())
            if role is not None:
                found.setdefault(name, {}).setdefault(str(role), []).append(path)
        return [
            self._case(layout, tree, name, roles)
            for name, roles in sorted(found.items())
        ]

    def _case(
        self,
        layout: Layout,
        tree: RawTree,
        name: str,
        roles: Mapping[str, list[PurePosixPath]],
    ) -> Case:
        some_file = next(iter(roles.values()))[0]
        mask = roles.get(MASK)
        return Case(
            id=name,
            patient=patient_in(layout, name),
            grade=grade_of(tree, some_file),
            layout=layout.name,
            folder=(tree / some_file).parent.parent,
            images={
                modality: ImageFile(tree / roles[modality][0])
                for modality in Modality
                if modality in roles
            },
            mask=ImageFile(tree / mask[0]) if mask else None,
            label_map=layout.label_map,
            shapes=layout.shapes,
            regions=layout.regions,
            issues=tuple(_misfits(name, roles)),
        )

    def phantom_files(
        self, layout: Layout, case: PhantomCase
    ) -> Mapping[str, PurePosixPath]:
        """Return role -> relative path of a synthetic case."""
        grade = Grade.LGG if case.grade is Grade.LGG else Grade.HGG
        name = self.phantom_case.format(case.number)
        layout.named_phantom(f"{self.grades[grade]}_{name}")
        folder = PurePosixPath(self.grades[grade], name)
        tokens = {
            str(Modality.T1): "XX.O.MR_T1",
            str(Modality.T1CE): "XX.O.MR_T1c",
            str(Modality.T2): "XX.O.MR_T2",
            str(Modality.FLAIR): "XX.O.MR_Flair",
            MASK: "XX.XX.OT",
        }
        files = {}
        for offset, (role, token) in enumerate(tokens.items()):
            stem = f"VSD.Brain.{token}.{90000 + 10 * case.number + offset}"
            files[role] = folder / stem / f"{stem}.mha"
        return files


def _misfits(name: str, roles: Mapping[str, list[PurePosixPath]]) -> list[Issue]:
    issues = [
        missing_modality(name, modality, f"a VSD.Brain.XX.O.MR_{modality} folder")
        for modality in Modality
        if modality not in roles
    ]
    if MASK not in roles:
        issues.append(unlabelled(name, "a VSD.Brain*.OT folder"))
    issues += [
        error(
            name,
            "two-files",
            f"two files for {role}: {paths[0].name} and {paths[1].name}; keep one",
        )
        for role, paths in roles.items()
        if len(paths) > 1
    ]
    return issues
