"""Folders of one image per case: what users bring along, and what they take home.

A folder, or a single file, has NIfTI, MetaImage or NRRD volumes, or pictures such as
PNG, in no particular layout. A case is known by the name of its file; what all names of
a folder have in common at either end is no part of it, nor is the name of a modality.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from bratsfuse.anatomy import MODALITY_ALIASES
from bratsfuse.errors import InvalidInputError, RawDataError
from bratsfuse.image_files import SUFFIXES as PICTURES
from bratsfuse.image_files import inspect_picture, read_grey
from bratsfuse.issues import errors_in
from bratsfuse.raw.affixes import JOINTS, same_start
from bratsfuse.raw.volume_file import VolumeFile, read_volume_file
from bratsfuse.raw.write_volume import write_volume
from bratsfuse.wording import counted

RECORD_NAME: Final = "bratsfuse.json"
"""What says beside volumes that bratsfuse has written how they were made."""

VOLUMES: Final = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".mha")
_CHANNEL: Final = re.compile(r"000\d")
"""How nnU-Net numbers the modalities of a case."""

_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class CaseImages:
    """The files of one folder, by case.

    Attributes
    ----------
    place
        The folder or the file.
    files
        Case -> file, sorted by case.
    affix
        What was taken off the names, such as ``BraTS_`` and ``_flair``.
    """

    place: Path
    files: Mapping[str, Path]
    affix: tuple[str, str]


@dataclass(frozen=True, slots=True)
class CaseImage:
    """One file: a stack of slices as a release stores them.

    Attributes
    ----------
    slices
        Shape (Z, H, W); rows run from anterior to posterior, columns from the patient's
        right to the left, z upwards. A picture is one slice, as it is.
    volume
        The volume; None of a picture.
    """

    slices: npt.NDArray[np.generic]
    volume: VolumeFile | None

    def fits(self, other: "CaseImage", tolerance_mm: float = 1e-3) -> bool:
        """Return whether both are on one grid, so that their pixels correspond."""
        if self.slices.shape != other.slices.shape:
            return False
        if self.volume is None or other.volume is None:
            return self.volume is other.volume
        return np.allclose(
            self.volume.affine, other.volume.affine, rtol=0, atol=tolerance_mm
        )


def find_case_images(place: Path) -> CaseImages:
    """Return the images of a folder, or one file, by case.

    Parameters
    ----------
    place
        A folder of volumes or of pictures, or one such file; hidden files and
        sub-folders are left out.

    Raises
    ------
    InvalidInputError
        If there is no image, or there are volumes and pictures, or two files of a case.
    """
    return _by_case(place, images_in(place))


def images_in(place: Path) -> list[Path]:
    """Return the images of a folder, or one file, sorted by name.

    Parameters
    ----------
    place
        As in `find_case_images`.

    Raises
    ------
    InvalidInputError
        If there is no image, or there are volumes and pictures.
    """
    if place.is_file():
        found = [place]
    elif place.is_dir():
        found = sorted(path for path in place.iterdir() if _is_wanted(path))
    else:
        raise InvalidInputError(f"{place}: no such file or folder; check the path")
    known = [path for path in found if _suffix(path)]
    if not known:
        others = f"; found {counted(len(found), 'other file')}" if found else ""
        raise InvalidInputError(
            f"{place}: no image{others}; expected files ending in "
            f"{', '.join((*VOLUMES, *sorted(PICTURES)))}"
        )
    if len({_suffix(path) in VOLUMES for path in known}) > 1:
        raise InvalidInputError(
            f"{place}: volumes and pictures in one folder; expected one kind: put them "
            "into folders of their own"
        )
    return known


def is_volume(path: Path) -> bool:
    """Return whether a file is a volume by its name, and not a picture."""
    return _suffix(path) in VOLUMES


def is_image(path: Path) -> bool:
    """Return whether a path is a volume or a picture by its name, and not hidden."""
    return _is_wanted(path) and bool(_suffix(path))


def stem_of(path: Path) -> str:
    """Return the name of an image without its suffix, such as ``.nii.gz``."""
    return path.name[: -len(_suffix(path)) or None]


def match_cases(folders: Mapping[str, CaseImages]) -> list[str]:
    """Return the cases that every folder has, sorted.

    Parameters
    ----------
    folders
        What a folder is for, such as a modality -> its images.

    Raises
    ------
    InvalidInputError
        If a case is missing somewhere, with two examples.
    """
    cases = sorted(set().union(*(one.files for one in folders.values())))
    for name, folder in folders.items():
        missing = [case for case in cases if case not in folder.files]
        if missing:
            examples = ", ".join(missing[:_SHOWN])
            raise InvalidInputError(
                f"{folder.place}: no {name} of {counted(len(missing), 'case')} "
                f"({examples}); found names such as {next(iter(folder.files))}; name "
                "the files of a case alike in every folder"
            )
    return cases


def read_case_image(path: Path) -> CaseImage:
    """Return the content of a volume or a picture.

    Raises
    ------
    RawDataError
        If it cannot be read, is no image of one channel, or is a picture of other than
        8 bits.
    """
    if is_volume(path):
        volume = read_volume_file(path)
        if volume.data.ndim != 3:
            raise RawDataError(
                f"{path}: {volume.data.shape[3]} channels; expected one volume: save "
                "each channel by itself"
            )
        return CaseImage(volume.data.T, volume)
    _, issues = inspect_picture(path)
    for issue in errors_in(issues):
        raise RawDataError(f"{path}: {issue.message}")
    return CaseImage(read_grey(path)[None], None)


def write_case_image(
    folder: Path, case: str, slices: npt.NDArray[np.uint8], like: CaseImage
) -> Path:
    """Write slices as a file of the kind and on the grid of another one.

    Parameters
    ----------
    folder
        Where; it exists.
    case
        What to call the file.
    slices
        uint8, shape (Z, H, W), as `CaseImage.slices`.
    like
        Whose orientation, position and spacing they have.

    Returns
    -------
    pathlib.Path
        ``CASE.nii.gz`` for a volume, ``CASE.png`` for a picture.
    """
    if like.volume is not None:
        path = folder / f"{case}.nii.gz"
        write_volume(path, slices.T, like.volume)
        return path
    path = folder / f"{case}.png"
    Image.fromarray(slices[0]).save(path)
    return path


def _is_wanted(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _suffix(path: Path) -> str:
    """Return the suffix by which an image is known, empty if it is none."""
    name = path.name.lower()
    ends = (*VOLUMES, *PICTURES)
    return next((end for end in ends if name.endswith(end) and name != end), "")


def _by_case(place: Path, paths: Iterable[Path]) -> CaseImages:
    stems = {path: stem_of(path) for path in paths}
    start, end = _affix(list(stems.values()))
    files: dict[str, Path] = {}
    for path, stem in sorted(stems.items()):
        case = stem[len(start) : len(stem) - len(end)]
        if case in files:
            raise InvalidInputError(
                f"{place}: {files[case].name} and {path.name} are of one case, {case}; "
                "keep one of them"
            )
        files[case] = path
    return CaseImages(place, dict(sorted(files.items())), (start, end))


def _affix(stems: list[str]) -> tuple[str, str]:
    """Return what names have in common at both ends, cut where words meet.

    Of names that differ in nothing, a single one, only the modality at its end is no
    part of the case.
    """
    if len(set(stems)) < 2:
        return "", _modality_at_end(stems[0])
    start = same_start(stems)
    start = start[: max(start.rfind(joint) for joint in JOINTS) + 1]
    end = same_start([stem[::-1] for stem in stems])[::-1]
    joints = [end.find(joint) for joint in JOINTS if joint in end]
    end = end[min(joints) :] if joints else ""
    if any(len(stem) <= len(start) + len(end) for stem in stems):
        start = ""  # A name lies within another: nothing is left of it.
    if any(len(stem) <= len(end) for stem in stems):
        end = ""
    return start, end


def _modality_at_end(stem: str) -> str:
    match = re.search(rf"[{re.escape(JOINTS)}]([^{re.escape(JOINTS)}]+)$", stem)
    if match is None:
        return ""
    word = match[1].lower()
    known = word in MODALITY_ALIASES or _CHANNEL.fullmatch(word)
    return match[0] if known else ""
