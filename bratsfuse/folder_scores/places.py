"""Where the images of a method or of a reference lie: a folder, a list or a pattern.

A list is a text file with a path in each line, or a CSV file with the columns ``case``
and ``path``; its paths are relative to the list. A pattern such as
``data/*/*-seg.nii.gz`` finds images in case folders; a folder of folders with one image
each needs none.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.raw.case_names import named_by_folder
from bratsfuse.raw.own_folders import images_in, is_image, stem_of
from bratsfuse.wording import counted

_LISTS: Final = (".txt", ".csv")
_WILD: Final = ("*", "?", "[")
_MASK: Final = re.compile("seg|mask|label|pred", re.IGNORECASE)
"""How names of masks end."""


@dataclass(frozen=True, slots=True)
class Place:
    """The images of one place.

    Attributes
    ----------
    path
        The folder, the list or the pattern.
    files
        Name without suffix -> file; name of its folder, where all files are called
        alike; of a CSV list, case -> file.
    named
        Whether the list says which case each file is, so that nothing is taken off.
    """

    path: Path
    files: Mapping[str, Path]
    named: bool = False

    @property
    def is_file(self) -> bool:
        """Whether the place is an image itself."""
        return self.path in self.files.values()


def find_place(path: Path) -> Place:
    """Return the images of a folder, a list of files, a pattern or a single file.

    Raises
    ------
    InvalidInputError
        If there is no image, volumes and pictures are mixed, a listed file does not
        exist, or two files have one name.
    """
    if path.is_file() and path.suffix.lower() == ".csv":
        return Place(path, _from_csv(path), named=True)
    if path.is_file() and path.suffix.lower() in _LISTS:
        return Place(path, _by_stem(path, _from_text(path)))
    if not path.exists() and any(sign in str(path) for sign in _WILD):
        return Place(path, _by_stem(path, _from_pattern(path)))
    return Place(path, _by_stem(path, _in_case_folders(path) or images_in(path)))


def _in_case_folders(path: Path) -> list[Path]:
    """Return the image of each folder in a folder; none if it has images of its own.

    Raises
    ------
    InvalidInputError
        If a folder has several images, with the pattern that picks one.
    """
    if not path.is_dir():
        return []
    inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    folders = [one for one in inside if one.is_dir()]
    if not folders or any(map(is_image, inside)):
        return []
    images = {one: sorted(filter(is_image, one.iterdir())) for one in folders}
    found = [image for several in images.values() for image in several]
    if all(len(several) <= 1 for several in images.values()) and found:
        return found
    raise InvalidInputError(
        f"{path}: found {counted(len(folders), 'folder')} with "
        f"{counted(sum(map(is_image, path.rglob('*'))), 'image')}; expected the "
        f"images themselves, or one in each folder: give {_pattern_for(path)}a list of "
        "files (.txt)"
    )


def _pattern_for(path: Path) -> str:
    """Return a pattern that picks one image of each folder below, if there is one."""
    images = sorted(one for one in path.rglob("*") if one.is_file() and is_image(one))
    folders = {one.parent for one in images}
    endings = Counter(re.split(r"[_-]", one.name)[-1] for one in images)
    depths = {len(folder.relative_to(path).parts) for folder in folders}
    for ending in sorted(endings, key=lambda one: not _MASK.match(one)):
        chosen = [one.parent for one in images if one.name.endswith(ending)]
        if len(depths) == 1 and sorted(chosen) == sorted(folders):
            inner = "*/" * depths.pop()
            return f"a pattern in quotes, such as '{path}/{inner}*{ending}', or "
    return ""


def _by_stem(place: Path, paths: list[Path]) -> dict[str, Path]:
    """Return name -> file; the name of its folder where all files are called alike."""
    files: dict[str, Path] = {}
    for path, name in named_by_folder({one: stem_of(one) for one in paths}).items():
        if name in files:
            raise InvalidInputError(
                f"{place}: {files[name]} and {path} have one name; keep one of them, "
                "or name the cases in a CSV list with the columns case and path"
            )
        files[name] = path
    return files


def _from_pattern(pattern: Path) -> list[Path]:
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if any(w in part for w in _WILD))
    base = Path(*parts[:first])
    found = sorted(p for p in base.glob(str(Path(*parts[first:]))) if p.is_file())
    if not found:
        raise InvalidInputError(f"{pattern}: no file fits this pattern; check it")
    return [image for path in found for image in images_in(path)]


def _from_text(path: Path) -> list[Path]:
    lines = [line.strip() for line in _read(path).splitlines()]
    return _existing(path, [line for line in lines if line])


def _from_csv(path: Path) -> dict[str, Path]:
    rows = csv.DictReader(io.StringIO(_read(path)))
    if rows.fieldnames is None or not {"case", "path"} <= set(rows.fieldnames):
        raise InvalidInputError(
            f"{path}: found the columns {', '.join(rows.fieldnames or ()) or 'none'}; "
            "expected case and path in the first line"
        )
    pairs = [(row["case"].strip(), row["path"].strip()) for row in rows]
    files: dict[str, Path] = {}
    found = _existing(path, [one for _, one in pairs])
    for (case, _), file in zip(pairs, found, strict=True):
        if case in files or not case:
            raise InvalidInputError(
                f"{path}: case {case!r} is {'listed twice' if case else 'no name'}; "
                "expected one line per case"
            )
        files[case] = file
    return files


def _existing(place: Path, listed: list[str]) -> list[Path]:
    paths = [place.parent / one for one in listed]
    gone = [one for one, path in zip(listed, paths, strict=True) if not path.is_file()]
    if gone or not paths:
        found = "lists nothing"
        if gone:
            found = f"{len(gone)} listed files do not exist, the first is {gone[0]}"
        raise InvalidInputError(
            f"{place}: {found}; expected paths of images, relative to the list"
        )
    return [image for path in paths for image in images_in(path)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InvalidInputError(
            f"{path}: not a text file; expected a list of paths"
        ) from problem
