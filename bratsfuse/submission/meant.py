"""Which form was probably meant by files that no submission consists of.

A refusal that only says "nothing found" sends people round in circles: volumes, JPEG
files, a folder ``masks/`` or one per case are what the field writes, and each has its
own way to a submission.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from bratsfuse.submission.file_names import COLUMN_OF, PREDICTIONS_NAME, RECORD_NAME
from bratsfuse.wording import closest, counted

_DOUBLE: Final = (".nii.gz", ".seg.nrrd", ".tar.gz", ".tar.bz2", ".tar.xz")
_VOLUMES: Final = {
    *(".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".seg.nrrd", ".npz", ".img", ".mgz")
}
_PICTURES: Final = {".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp"}
_ARRAYS: Final = {".npy", ".mat", ".pt", ".pth", ".pkl"}
_HDF5: Final = {".h5", ".hdf5", ".hdf", ".he5", ".h5py"}
_ARCHIVES: Final = {
    *(".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".gz", ".7z", ".rar")
}
_SYNONYMS: Final = {
    "fused": ("fuse", "fusion", "fused_images", "images", "results"),
    "mask": ("masks", "seg", "segmentation", "segmentations", "labels", "predictions"),
}
"""Folder of a track -> how else it is called."""
_SHOWN: Final = 4


def found_instead(names: Sequence[str]) -> str:
    """Return what is there, counted by folder and kind of file.

    Parameters
    ----------
    names
        Relative names of files, with ``/`` between folders.

    Examples
    --------
    >>> found_instead(["mask/a.jpg", "mask/b.jpg", "notes.txt"])
    '2 .jpg files in mask, 1 .txt file'
    >>> found_instead([f"case{n}/seg.nii.gz" for n in range(40)])
    '40 .nii.gz files in 40 folders (case0, case1, ...)'
    """
    places: dict[str, Counter[str]] = {}
    for name in names:
        folder, _, _ = name.rpartition("/")
        places.setdefault(suffix_of(name), Counter())[folder] += 1
    parts = []
    for suffix, folders in sorted(places.items(), key=lambda one: -one[1].total()):
        noun = f"{suffix} file" if suffix else "file without a suffix"
        plural = f"{suffix} files" if suffix else "files without a suffix"
        count = counted(folders.total(), noun, plural)
        parts.append(f"{count}{_in_folders(sorted(filter(None, folders)))}")
    if len(parts) > _SHOWN:
        parts = [*parts[:_SHOWN], "..."]
    return ", ".join(parts) or "no files"


def _in_folders(folders: Sequence[str]) -> str:
    if len(folders) <= 1:
        return f" in {folders[0]}" if folders else ""
    more = ", ..." if len(folders) > 2 else ""
    return f" in {len(folders)} folders ({folders[0]}, {folders[1]}{more})"


def suffix_of(name: str) -> str:
    """Return the suffix of a file in small letters, ``.nii.gz`` as one."""
    small = name.rpartition("/")[2].lower()
    double = next((end for end in _DOUBLE if small.endswith(end)), "")
    return double or PurePosixPath(small).suffix


def likely_fix(names: Sequence[str]) -> str:
    """Return how files become a submission, empty if that is not clear.

    Parameters
    ----------
    names
        Relative names of files that no track was read from.

    Examples
    --------
    >>> likely_fix(["masks/BraTS2021_00000_z077.png"])
    'rename the folder masks to mask'
    """
    for rule in (_below, _volumes, _other_hdf5, _pngs, _pictures, _arrays, _archives):
        hint = rule(names)
        if hint:
            return hint
    return ""


def _below(names: Sequence[str]) -> str:
    inside = [name for name in names if name.endswith(f"/{RECORD_NAME}")]
    if not inside:
        return ""
    folder = inside[0].removesuffix(f"/{RECORD_NAME}")
    more = " (each is a submission of its own)" if len(inside) > 1 else ""
    return f"give the path of the folder {folder} in it{more}"


def _volumes(names: Sequence[str]) -> str:
    if not _of(names, _VOLUMES):
        return ""
    return (
        "turn volumes of cases into a submission: bratsfuse import-predictions "
        "FOLDER --release RELEASE -o SUBMISSION"
    )


def _other_hdf5(names: Sequence[str]) -> str:
    files = [name for name in _of(names, _HDF5) if name != PREDICTIONS_NAME]
    if not files:
        return ""
    return f"rename {files[0]} to {PREDICTIONS_NAME}, at the top of the submission"


def _pngs(names: Sequence[str]) -> str:
    folders = sorted(
        {name.rpartition("/")[0] for name in _of(names, {".png"})}
        - set(COLUMN_OF.values())
    )
    if not folders:
        return ""
    if len(folders) == 1 and folders[0] and "/" not in folders[0]:
        track = _track_folder(folders[0])
        if track:
            return f"rename the folder {folders[0]} to {track}"
    return (
        "put the PNG files of all cases directly into fused/ or mask/, "
        "each as <case_id>_z<NNN>.png"
    )


def _track_folder(name: str) -> str | None:
    small = name.lower()
    for folder, synonyms in _SYNONYMS.items():
        if small == folder or small in synonyms:
            return folder
    return closest(small, COLUMN_OF.values())


def _pictures(names: Sequence[str]) -> str:
    files = _of(names, _PICTURES)
    if not files:
        return ""
    lossy = any(suffix_of(name) in (".jpg", ".jpeg") for name in files)
    why = ", from the arrays themselves: JPEG has altered the pixels" if lossy else ""
    return (
        "save the images as 8-bit grey PNG files, "
        f"fused/<case_id>_z<NNN>.png or mask/<case_id>_z<NNN>.png{why}"
    )


def _arrays(names: Sequence[str]) -> str:
    if not _of(names, _ARRAYS):
        return ""
    return f"store the arrays in {PREDICTIONS_NAME}, one row per slice set"


def _archives(names: Sequence[str]) -> str:
    files = _of(names, _ARCHIVES)
    if not files:
        return ""
    if suffix_of(files[0]) == ".zip":
        return f"unpack {files[0]}, or give the path of the zip itself"
    return f"unpack {files[0]}, and give the path of the folder"


def _of(names: Sequence[str], suffixes: set[str]) -> list[str]:
    return [name for name in names if suffix_of(name) in suffixes]
