"""What a file beside masks says their labels mean."""

import json
from pathlib import Path
from typing import Final

from bratsfuse.anatomy.codings import OURS, Coding, find_coding
from bratsfuse.raw.dataset_json import label_coding, read_dataset_json
from bratsfuse.raw.own_folders import RECORD_NAME

DATASET_JSON: Final = "dataset.json"
"""nnU-Net copies it beside its predictions; it names the labels."""

_ONE_BELOW: Final = ("labelsTr", "labelsTs", "gt_segmentations")
"""Folders of references, as nnU-Net calls them; the file lies beside the folder."""


def coding_beside(folder: Path) -> Coding | None:
    """Return the coding that a file beside masks says they have.

    Parameters
    ----------
    folder
        With a ``dataset.json`` of nnU-Net, of its references one folder above, of its
        validation two; or written by bratsfuse, which its ``bratsfuse.json`` shows,
        there or one folder above. Of a file, that of it.

    Returns
    -------
    Coding or None
        None if there is no such file.

    Raises
    ------
    RawDataError
        If the file does not say what the labels are.
    """
    folder = (folder if folder.is_dir() else folder.parent).absolute()
    if _is_our_own(folder):
        return find_coding(OURS)
    places = [folder]
    if folder.name in _ONE_BELOW:
        places.append(folder.parent)
    if folder.name == "validation" and folder.parent.name.startswith("fold_"):
        places.append(folder.parent.parent)
    for place in places:
        path = place / DATASET_JSON
        if path.is_file():
            return Coding(str(path), label_coding(read_dataset_json(path), path))
    return None


def _is_our_own(folder: Path) -> bool:
    """Return whether bratsfuse wrote the masks of a folder, whose labels are ours."""
    if (folder / RECORD_NAME).is_file():
        return True
    try:
        content = json.loads((folder.parent / RECORD_NAME).read_text(encoding="utf-8"))
        return folder.name in content["folders"]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False  # any other error of the system may hide what the labels mean
    except (ValueError, LookupError, TypeError):
        return False
