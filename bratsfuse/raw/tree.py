"""The files below a raw folder by their names: volumes, archives, name mappings."""

import os
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Final

from bratsfuse.errors import RawDataError
from bratsfuse.raw.file_form import IMAGE_EXTENSION, is_archive
from bratsfuse.raw.layout import RawTree

_IMAGE: Final = re.compile(rf".+{IMAGE_EXTENSION}|dataset\.json")
_NAME_MAPPING: Final = re.compile(r".*mapping.*\.(?:csv|tsv|txt|xlsx)", re.I)
_SHOWN: Final = 3


def scan(raw: Path) -> RawTree:
    """Return the files below a folder that could be images, without opening any.

    Raises
    ------
    RawDataError
        If the folder does not exist or contains no image file; the message says what
        is there instead.
    """
    if not raw.is_dir():
        raise RawDataError(f"{raw}: no such folder; expected a folder of BraTS cases")
    paths: list[PurePosixPath] = []
    seen: set[str] = set()
    for folder, subfolders, names in os.walk(raw, onerror=_refuse, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a link back to a folder above would never end
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(
            name for name in subfolders if name[0] != "." and name != "__MACOSX"
        )
        relative = PurePosixPath(Path(folder).relative_to(raw).as_posix())
        paths += [relative / name for name in names if name[0] != "."]
    paths.sort()
    files = tuple(path for path in paths if _IMAGE.fullmatch(path.name))
    archives = tuple(filter(is_archive, paths))
    if not any(path.name != "dataset.json" for path in files):
        raise RawDataError(_no_image(raw, paths, archives))
    tables = tuple(path for path in paths if is_name_mapping(path.name))
    return RawTree(raw, files, archives, tables)


def is_name_mapping(name: str) -> bool:
    """Return whether a file is called as tables of patients' names are."""
    return _NAME_MAPPING.fullmatch(name) is not None


def _refuse(problem: OSError) -> None:
    raise RawDataError(
        f"{problem.filename}: cannot be listed ({problem.strerror}); allow it to be "
        "read, or move it away"
    )


def _no_image(
    raw: Path, paths: list[PurePosixPath], archives: tuple[PurePosixPath, ...]
) -> str:
    """Return what to do about a folder without volumes, by what it contains."""
    text = f"{raw}: no .nii, .nii.gz, .mha or .nrrd file in it or below"
    if archives:
        shown = ", ".join(str(path) for path in archives[:_SHOWN])
        more = ", ..." if len(archives) > _SHOWN else ""
        return f"{text}, but archives: {shown}{more}; unpack them first"
    kinds = Counter(path.suffix.lower() or "no suffix" for path in paths)
    found = ", ".join(f"{n} of {kind}" for kind, n in kinds.most_common(_SHOWN))
    found = f", but files of other kinds: {found}" if found else ""
    return f"{text}{found}; expected a folder of BraTS cases"
