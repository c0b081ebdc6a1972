"""The arrangement of most releases: ``<case>/<case>_<modality>.nii.gz``."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.issues import Issue, error, warning
from bratsfuse.raw.file_form import IMAGE_EXTENSION
from bratsfuse.raw.layout import MASK, Layout, PhantomCase, RawTree
from bratsfuse.raw.patients import patient_in
from bratsfuse.records import Case, Grade, ImageFile

"""The role of the segmentation beside the four modalities."""

_GRADE_FOLDERS: Final = {
    "HGG": Grade.HGG,
    "HG": Grade.HGG,
    "LGG": Grade.LGG,
    "LG": Grade.LGG,
}


def grade_of(tree: RawTree, path: PurePosixPath) -> Grade:
    """Return the grade that a folder on the way to a file names, if one does."""
    for part in reversed((tree.root.resolve().name, *path.parent.parts)):
        if part in _GRADE_FOLDERS:
            return _GRADE_FOLDERS[part]
    return Grade.UNKNOWN


@dataclass(slots=True)
class _Found:
    """The files of one case folder, by role."""

    roles: dict[str, list[PurePosixPath]] = field(default_factory=dict)
    others: list[PurePosixPath] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFolders:
    """Files that carry the case id and a modality token, in a folder per case.

    Attributes
    ----------
    case
        Regular expression of a case id, with a group ``patient`` around the part that
        names the patient; one per generation of releases.
    separator
        What stands between case id and token.
    tokens
        The token of each modality as this release writes it; case is ignored.
    mask
        The token of the segmentation.
    phantom_case
        Format string that makes a case id of a number that no real case has.
    extension
        What phantoms are written as; reading takes every form of a volume.
    grade_folders
        Whether phantoms lie below ``HGG/`` and ``LGG/``.
    """

    case: str
    tokens: Mapping[Modality, str]
    mask: str
    phantom_case: str
    separator: str = "_"
    extension: str = ".nii.gz"
    grade_folders: bool = False

    def find(self, layout: Layout, tree: RawTree) -> list[Case]:
        """Return the cases whose file names fit, sorted by id."""
        found = self._group(tree)
        cases = [
            self._case(layout, tree, folder, name, files)
            for (folder, name), files in sorted(found.items())
        ]
        return sorted(cases, key=lambda case: case.id)

    def phantom_files(
        self, layout: Layout, case: PhantomCase
    ) -> Mapping[str, PurePosixPath]:
        """Return role -> relative path of a synthetic case."""
        name = layout.named_phantom(self.phantom_case.format(case.number))
        folder = PurePosixPath(name)
        if self.grade_folders:
            folder = PurePosixPath(case.grade.name, name)
        roles = {str(modality): token for modality, token in self.tokens.items()}
        roles[MASK] = self.mask
        return {
            role: folder / f"{name}{self.separator}{token}{self.extension}"
            for role, token in roles.items()
        }

    def _group(self, tree: RawTree) -> dict[tuple[PurePosixPath, str], _Found]:
        # The whole token is compared, so that t1ce is never read as t1.
        volume = rf"(?P<case>{self.case}){re.escape(self.separator)}(?P<token>[^.]+)"
        pattern = re.compile(volume + IMAGE_EXTENSION)
        # Some copies give every volume a folder of its name and the file another one.
        folder_pattern = re.compile(rf"{volume}(?:{IMAGE_EXTENSION})?")
        roles = {token.lower(): str(role) for role, token in self.tokens.items()}
        roles[self.mask.lower()] = MASK
        found: dict[tuple[PurePosixPath, str], _Found] = {}
        strangers: dict[PurePosixPath, list[PurePosixPath]] = {}
        for path in tree.files:
            if path.name == "dataset.json":
                continue
            match = pattern.fullmatch(path.name)
            match = match or folder_pattern.fullmatch(path.parent.name)
            role = roles.get(match["token"].lower()) if match else None
            if match is None or role is None:
                strangers.setdefault(path.parent, []).append(path)
                continue
            files = found.setdefault((path.parent, match["case"]), _Found())
            files.roles.setdefault(role, []).append(path)
        found = _joined_folders(found)
        cases = Counter(folder for folder, _ in found)
        for (folder, _), files in found.items():
            if cases[folder] == 1:
                files.others = strangers.get(folder, [])
        return found

    def _case(
        self,
        layout: Layout,
        tree: RawTree,
        folder: PurePosixPath,
        name: str,
        files: _Found,
    ) -> Case:
        issues = [*self._misfits(name, files)]
        mask = next(iter(files.roles.get(MASK, [])), None)
        guesses = [] if mask else [p for p in files.others if _says_mask(p, name)]
        if len(guesses) == 1:
            mask = guesses[0]
            text = f"no {self.mask} file; took the only other image, {mask.name}"
            issues.append(warning(name, "misnamed-mask", text))
        elif mask is None:
            issues.append(
                unlabelled(name, self._file_name(name, self.mask), files.others)
            )
        some_file = next(iter(files.roles.values()))[0]
        return Case(
            id=name,
            patient=patient_in(layout, name),
            grade=grade_of(tree, some_file),
            layout=layout.name,
            folder=tree / folder,
            images={
                modality: ImageFile(tree / files.roles[modality][0])
                for modality in Modality
                if modality in files.roles
            },
            mask=ImageFile(tree / mask) if mask else None,
            mask_is_guess=bool(guesses) and mask is not None,
            label_map=layout.label_map,
            shapes=layout.shapes,
            regions=layout.regions,
            issues=tuple(issues),
        )

    def _misfits(self, name: str, files: _Found) -> Iterator[Issue]:
        for modality in Modality:
            if modality not in files.roles:
                expected = self._file_name(name, self.tokens[modality])
                yield missing_modality(name, modality, expected)
        for role, paths in files.roles.items():
            if len(paths) > 1:
                names = " and ".join(path.name for path in paths)
                yield error(
                    name, "two-files", f"two files for {role}: {names}; keep one"
                )

    def _file_name(self, name: str, token: str) -> str:
        return f"{name}{self.separator}{token}{self.extension}"


def missing_modality(name: str, modality: Modality, expected: str) -> Issue:
    """Return the issue of a case that lacks a modality."""
    return error(name, "missing-modality", f"no {modality} volume; expected {expected}")


def unlabelled(name: str, expected: str, others: Sequence[PurePosixPath] = ()) -> Issue:
    """Return the issue of a case without a segmentation, with what was not taken."""
    text = f"no segmentation ({expected}): an unlabelled case cannot enter a release"
    if others:
        text += (
            f"; not taken for it: {', '.join(path.name for path in others)} (rename it "
            "if it is the reference)"
        )
    return error(name, "unlabelled", text)


_REFERENCE: Final = re.compile(r"seg|truth|label|annot|tumou?r|(?<![a-z])gt(?![a-z])")
_NO_REFERENCE: Final = re.compile(r"brain|pred|auto|output|result|prob|skull|strip")


def _says_mask(path: PurePosixPath, case: str) -> bool:
    """Return whether a name says that the file is a reference segmentation.

    Brain masks, predictions and automatic segmentations are in wide use beside a case,
    as are the ``-mask`` and ``-voided`` companions of the inpainting task.
    """
    name = path.name.removeprefix(case).lower()
    return bool(_REFERENCE.search(name)) and not _NO_REFERENCE.search(name)


def _joined_folders(
    found: dict[tuple[PurePosixPath, str], _Found],
) -> dict[tuple[PurePosixPath, str], _Found]:
    """Return the same files with a case whose volumes have folders of their own joined.

    Some copies unpack every volume into a folder of its name. Folders are joined if no
    role occurs twice; two copies of a case stay two.
    """
    by_name: dict[str, list[PurePosixPath]] = {}
    for folder, name in found:
        by_name.setdefault(name, []).append(folder)
    joined = dict(found)
    for name, folders in by_name.items():
        roles = [role for folder in folders for role in found[folder, name].roles]
        if len(folders) == 1 or len(set(roles)) < len(roles):
            continue
        together = _Found()
        for folder in folders:
            together.roles |= joined.pop((folder, name)).roles
        joined[folders[0].parent, name] = together
    return joined
