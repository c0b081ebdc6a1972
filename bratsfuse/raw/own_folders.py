"""Folders of one image per case: what users bring along, and what they take home.

A folder, or a single file, has NIfTI, MetaImage or NRRD volumes, or pictures such as
PNG, in no particular layout. A case is known by the name of its file; what all names of
a folder have in common at either end is no part of it, nor is the name of a modality.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from bratsfuse.errors import InvalidInputError, RawDataError
from bratsfuse.image_files import SUFFIXES as PICTURES
from bratsfuse.image_files import inspect_picture, read_grey
from bratsfuse.issues import errors_in
from bratsfuse.raw.array_file import ARRAYS
from bratsfuse.raw.case_names import common_affix
from bratsfuse.raw.file_form import is_archive
from bratsfuse.raw.volume_file import VolumeFile, read_volume_file
from bratsfuse.raw.write_volume import write_volume
from bratsfuse.wording import counted

RECORD_NAME: Final = "bratsfuse.json"
"""What says beside volumes that bratsfuse has written how they were made."""

VOLUMES: Final = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".mha")
_FILES: Final = (*VOLUMES, *ARRAYS)
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
    return _by_case(place, known)


def find_named_volumes(place: Path) -> dict[str, list[Path]]:
    """Return the volumes of a folder as programs write predictions, by name.

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
        found = sorted(path for path in place.iterdir() if _is_wanted(path))
    else:
        raise InvalidInputError(f"{place}: no such file or folder; check the path")
    volumes = [path for path in found if _suffix(path, _FILES) in _FILES]
    if not volumes and place.is_dir():
        below = [path for path in sorted(place.glob("*/*")) if _is_wanted(path)]
        volumes = [path for path in below if _suffix(path, _FILES)]
        found += below
    if not volumes:
        raise InvalidInputError(f"{place}: no volume; {_what_instead(found)}")
    stems = {path: path.name[: -len(_suffix(path, _FILES))] for path in volumes}
    nested = len({path.parent for path in volumes}) > 1
    by_folder = nested and len(set(stems.values())) == 1
    named: dict[str, list[Path]] = {}
    for path, stem in stems.items():
        named.setdefault(path.parent.name if by_folder else stem, []).append(path)
    for name, paths in named.items():
        originals = [path for path in paths if _suffix(path, ARRAYS) == ""]
        named[name] = originals or paths
    before = _taken_off(place)
    return {f"{before}{name}": named[name] for name in sorted(named)}


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
    if _suffix(path) in VOLUMES:
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


def _what_instead(found: Iterable[Path]) -> str:
    """Return what is in a folder where volumes are expected, and what to do."""
    expected = f"expected one file per case, ending in {', '.join(_FILES)}"
    names = [path.name for path in found]
    if not names:
        return f"it is empty; {expected}"
    shown = f"found {counted(len(names), 'other file')} such as {names[0]}"
    if any(_suffix(Path(name)) in PICTURES for name in names):
        return (
            f"{shown}; {expected}: pictures of slices go into mask/ or fused/ of a "
            "submission, named after their slices"
        )
    if any(is_archive(PurePosixPath(name)) for name in names):
        return f"{shown}; {expected}: unpack the archive"
    return f"{shown}; {expected}"


def _suffix(path: Path, ends: Iterable[str] = (*VOLUMES, *PICTURES)) -> str:
    """Return the suffix by which an image is known, empty if it is none."""
    name = path.name.lower()
    return next((end for end in ends if name.endswith(end) and name != end), "")


def _by_case(place: Path, paths: Iterable[Path]) -> CaseImages:
    stems = {path: path.name[: -len(_suffix(path))] for path in paths}
    start, end = common_affix(list(stems.values()))
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
