"""Folders of predicted volumes, as programs write them: which file has which name."""

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.image_files import SUFFIXES as PICTURES
from bratsfuse.raw.array_file import ARRAYS
from bratsfuse.raw.case_names import named_by_folder
from bratsfuse.raw.file_form import IMAGE_EXTENSION, is_archive
from bratsfuse.raw.own_folders import RECORD_NAME, VOLUMES
from bratsfuse.wording import counted

_VOLUME: Final = re.compile(rf"(?P<name>.+?)(?:{IMAGE_EXTENSION}|\.(?i:npz))")


def find_predicted_volumes(place: Path) -> dict[str, list[Path]]:
    """Return the volumes of a folder of predictions, by name.

    Parameters
    ----------
    place
        A folder of volumes or of arrays (``.npz``), a folder with one folder per case,
        as MONAI writes it, or one file. Hidden files are left out, and so is an array
        beside a volume of its name, where nnU-Net puts probabilities.

    Returns
    -------
    dict
        Name without suffix -> its files, sorted; the name of the folder where the
        files of all folders are called alike. More than one is one too many. What
        bratsfuse itself took off the beginning of all names is there again.

    Raises
    ------
    InvalidInputError
        If there is no such place or no volume in it, with what is there instead.
    """
    if place.is_file():
        found = [place]
    elif place.is_dir():
        found = _files(place, "*")
        if not any(_VOLUME.fullmatch(path.name) for path in found):
            found += _files(place, "*/*")
    else:
        raise InvalidInputError(f"{place}: no such file or folder; check the path")
    names = {
        path: match["name"] for path in found if (match := _VOLUME.fullmatch(path.name))
    }
    if not names:
        deeper = _files(place, "*/*/*") if place.is_dir() else []
        inner = [path for path in deeper if _VOLUME.fullmatch(path.name)]
        if inner:
            below = inner[0].relative_to(place).parts[0]
            text = f"volumes are further below; give the folder {place / below}"
            raise InvalidInputError(f"{place}: {text}")
        raise InvalidInputError(f"{place}: no volume; {_what_instead(found)}")
    names = named_by_folder(names)
    before = _taken_off(place)
    named: dict[str, list[Path]] = {}
    for path, name in sorted(names.items(), key=lambda one: (one[1], one[0])):
        named.setdefault(f"{before}{name}", []).append(path)
    return {name: _without_probabilities(paths) for name, paths in named.items()}


def _files(place: Path, pattern: str) -> list[Path]:
    return [
        path
        for path in sorted(place.glob(pattern))
        if path.is_file() and not path.name.startswith(".")
    ]


def _without_probabilities(paths: list[Path]) -> list[Path]:
    volumes = [path for path in paths if not path.name.lower().endswith(ARRAYS)]
    return volumes or paths


def _taken_off(place: Path) -> str:
    """Return what `bratsfuse fuse` and `predict` took off the beginning of all names.

    They say so beside what they write; names without it fit no release.
    """
    path = (place if place.is_dir() else place.parent) / RECORD_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        starts = {str(start) for start, _ in content["affixes"].values()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ""
    return starts.pop() if len(starts) == 1 else ""


def _what_instead(found: Sequence[Path]) -> str:
    """Return what is in a folder where volumes are expected, and what to do."""
    expected = f"expected one file per case, ending in {', '.join((*VOLUMES, *ARRAYS))}"
    if not found:
        return f"it is empty; {expected}"
    shown = f"found {counted(len(found), 'other file')} such as {found[0].name}"
    if any(path.suffix.lower() in PICTURES for path in found):
        return (
            f"{shown}; {expected}: pictures of slices go into mask/ or fused/ of a "
            "submission, named after their slices"
        )
    if any(is_archive(PurePosixPath(path.name)) for path in found):
        return f"{shown}; {expected}: unpack the archive"
    return f"{shown}; {expected}"
